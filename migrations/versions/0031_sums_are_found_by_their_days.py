"""Sums of several days are found by their days, and those to compare are counted by basis: totals of a span read fewer, and costs know how many."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('figure_sum_shape_idx', table_name='figure_sum')
    op.create_index('figure_sum_shape_idx', 'figure_sum', ['shape', 'country', 'measure', 'month', 'basis'], unique=False)
    op.drop_index('figure_sum_days_idx', table_name='figure_sum')
    op.create_index('figure_sum_days_idx', 'figure_sum', ['country', 'measure', 'first', 'final'], unique=False, postgresql_where=sa.text('(first = final) IS NOT true'))
