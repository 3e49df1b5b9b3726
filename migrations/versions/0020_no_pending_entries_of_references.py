"""Keep no pending entries in the indexes of lists of references."""

from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

KINDS = ('source', 'actor', 'location', 'event', 'participation', 'figure')
INDEXES = (*(f'{kind}_claim_{column}_idx' for kind in KINDS for column in ('quoted_from', 'consulted')), 'source_claim_relays_idx')


def upgrade() -> None:
    for index in INDEXES:
        op.execute(f'alter index {index} set (fastupdate = off)')
        op.execute(f"select gin_clean_pending_list('{index}')")  # The entries that are pending already stay so otherwise.


def downgrade() -> None:
    for index in INDEXES:
        op.execute(f'alter index {index} reset (fastupdate)')
