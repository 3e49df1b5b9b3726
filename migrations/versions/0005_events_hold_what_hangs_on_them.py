"""Events hold what hangs on them."""

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

COLUMNS = {
    "packed_location": "location",
    "packed_participations": "participation[]",
    "packed_figures": "figure[]",
}


def upgrade() -> None:
    for column, type in COLUMNS.items():
        op.execute(f"alter table event add column {column} {type}")
    op.execute(
        """
update event e set
  packed_location = (select p from location p where p.key = e.location),
  packed_participations = (select array_agg(p order by p.id) from participation p where p.event = e.key),
  packed_figures = (select array_agg(p order by p.id) from figure p where p.event = e.key)
"""
    )
