"""Index what loads and undos look up."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

KINDS = ('source', 'actor', 'location', 'event', 'participation', 'figure')
# The columns of claims that are lists of references.
LISTS = (*((kind, 'quoted_from') for kind in KINDS), ('source', 'relays'))


def upgrade() -> None:
    for kind in KINDS:
        op.create_index(f'{kind}_claim_locator_idx', f'{kind}_claim', ['locator'], postgresql_using='hash')
        op.create_index(f'{kind}_claim_added_in_idx', f'{kind}_claim', ['added_in'])
        op.create_index(f'{kind}_claim_history_added_in_idx', f'{kind}_claim_history', ['added_in'])
        op.create_index(f'{kind}_claim_history_source_idx', f'{kind}_claim_history', ['source'])
        op.create_index(f'{kind}_withheld_source_idx', f'{kind}_withheld', ['source'], postgresql_where=sa.text('removed_in IS NULL'))
        op.create_index(f'{kind}_withheld_added_in_idx', f'{kind}_withheld', ['added_in'])
        op.create_index(f'{kind}_withheld_removed_in_idx', f'{kind}_withheld', ['removed_in'])
    for kind, column in LISTS:
        op.create_index(f'{kind}_claim_{column}_idx', f'{kind}_claim', [column], postgresql_using='gin')


def downgrade() -> None:
    for kind, column in LISTS:
        op.drop_index(f'{kind}_claim_{column}_idx', table_name=f'{kind}_claim')
    for kind in KINDS:
        op.drop_index(f'{kind}_withheld_removed_in_idx', table_name=f'{kind}_withheld')
        op.drop_index(f'{kind}_withheld_added_in_idx', table_name=f'{kind}_withheld')
        op.drop_index(f'{kind}_withheld_source_idx', table_name=f'{kind}_withheld')
        op.drop_index(f'{kind}_claim_history_source_idx', table_name=f'{kind}_claim_history')
        op.drop_index(f'{kind}_claim_history_added_in_idx', table_name=f'{kind}_claim_history')
        op.drop_index(f'{kind}_claim_added_in_idx', table_name=f'{kind}_claim')
        op.drop_index(f'{kind}_claim_locator_idx', table_name=f'{kind}_claim')
