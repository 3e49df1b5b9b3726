"""Sums are found by shape, and those that are left out by an index of their own; statements with our functions may run in parallel."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('figure_sum_tangled_idx', table_name='figure_sum')
    op.create_index('figure_sum_shape_idx', 'figure_sum', ['shape', 'key'], unique=False)
    op.create_index('figure_sum_left_out_idx', 'figure_sum', ['key'], unique=False, postgresql_where=sa.text("reason IS NOT NULL OR origin IN ('extrapolated', 'computed')"))
    op.execute("alter function refuse(text) parallel safe")
    op.execute("alter function overlap_groups(bigint[], bigint[]) parallel restricted")
    op.execute("alter function heaviest_disjoint(numeric[], numeric[], numeric[], integer[], integer[]) parallel restricted")
