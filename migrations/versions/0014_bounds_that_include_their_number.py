"""Add the quantifiers at_least and at_most, and the disaggregation of figures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('figure', sa.Column('disaggregation', sa.Text(), nullable=True, comment='A name that figures of one event share if their source divides what it counts among them, so that none is counted twice.'))
    op.add_column('figure', sa.Column('disaggregation_claim', sa.BigInteger(), nullable=True, comment='The key of the claim chosen for disaggregation.'))
    op.drop_constraint('figure_quantifier_8faf6b24', 'figure', type_='check')
    op.create_check_constraint('figure_quantifier_da27d3c2', 'figure', "quantifier in ('exact', 'approximately', 'more_than', 'at_least', 'less_than', 'at_most', 'between')")
    op.add_column('figure_claim', sa.Column('disaggregation', sa.Text(), nullable=True, comment='A name that figures of one event share if their source divides what it counts among them, so that none is counted twice.'))
    op.drop_constraint('figure_claim_quantifier_8faf6b24', 'figure_claim', type_='check')
    op.create_check_constraint('figure_claim_quantifier_da27d3c2', 'figure_claim', "quantifier in ('exact', 'approximately', 'more_than', 'at_least', 'less_than', 'at_most', 'between')")
    op.add_column('figure_claim_history', sa.Column('disaggregation', sa.Text(), nullable=True, comment='A name that figures of one event share if their source divides what it counts among them, so that none is counted twice.'))
    op.add_column('figure_history', sa.Column('disaggregation', sa.Text(), nullable=True, comment='A name that figures of one event share if their source divides what it counts among them, so that none is counted twice.'))
    op.add_column('figure_history', sa.Column('disaggregation_claim', sa.BigInteger(), nullable=True, comment='The key of the claim chosen for disaggregation.'))
    op.add_column('figure_withheld', sa.Column('disaggregation', sa.Text(), nullable=True, comment='A name that figures of one event share if their source divides what it counts among them, so that none is counted twice.'))


def downgrade() -> None:
    op.drop_column('figure_withheld', 'disaggregation')
    op.drop_column('figure_history', 'disaggregation_claim')
    op.drop_column('figure_history', 'disaggregation')
    op.drop_column('figure_claim_history', 'disaggregation')
    op.drop_constraint('figure_claim_quantifier_da27d3c2', 'figure_claim', type_='check')
    op.create_check_constraint('figure_claim_quantifier_8faf6b24', 'figure_claim', "quantifier = ANY (ARRAY['exact'::text, 'approximately'::text, 'more_than'::text, 'less_than'::text, 'between'::text])")
    op.drop_column('figure_claim', 'disaggregation')
    op.drop_constraint('figure_quantifier_da27d3c2', 'figure', type_='check')
    op.create_check_constraint('figure_quantifier_8faf6b24', 'figure', "quantifier = ANY (ARRAY['exact'::text, 'approximately'::text, 'more_than'::text, 'less_than'::text, 'between'::text])")
    op.drop_column('figure', 'disaggregation_claim')
    op.drop_column('figure', 'disaggregation')
