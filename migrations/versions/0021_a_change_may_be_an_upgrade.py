"""Say that a change may be an upgrade."""

from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

BEFORE = 'What sort of change it was: load, correction, retraction or undo.'
AFTER = 'What sort of change it was: load, correction, retraction, undo or upgrade.'


def upgrade() -> None:
    op.execute(f"comment on column revision.kind is '{AFTER}'".replace(':', r'\:'))


def downgrade() -> None:
    op.execute(f"comment on column revision.kind is '{BEFORE}'".replace(':', r'\:'))
