"""Figures of places or actors that may overlap, because nobody says what they are part of, are no longer added: all sums are stored anew.

`conflict-facts migrate`, `load` and `serve` store them, for every revision under the rule that reads them: no release has recorded one.
"""

from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('delete from figure_sum')
