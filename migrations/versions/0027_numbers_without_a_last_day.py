"""Stored numbers whose last day is unknown have no exact day.

All versions are corrected, also those of earlier revisions: only databases of unreleased programs have rows under the rule that these columns serve.
"""

from alembic import op

revision = '0027'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
update figure_sum set rough = true, rough_month = true, rough_year = true
where (final is null or (basis = 'flow' and first is null)) and not (rough and rough_month and rough_year)
"""
    )
