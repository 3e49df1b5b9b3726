"""What a total adds to sums says how many of its parts are left out because of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'figure_sum',
        sa.Column('group_parts', postgresql.ARRAY(sa.BigInteger()), nullable=True, comment='For the shape 1: how many of the others are left out for each reason, by its rank.'),
    )
    # The shapes of a group are stored in the same version: its parts are those of the same hub that were added with it or before, and not removed before.
    op.execute(
        """
update figure_sum h set group_parts = (
  select array[count(*) filter (where p.why = 1), count(*) filter (where p.why = 2), count(*) filter (where p.why = 3), count(*) filter (where p.why = 4)]
  from figure_sum p where p.event = h.event and p.hub = h.key and p.shape = 2 and p.added_in <= h.added_in and (p.removed_in is null or p.removed_in > h.added_in)
) where h.shape = 1
"""
    )
