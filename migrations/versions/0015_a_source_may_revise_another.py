"""A source may revise another; and claims about a record are taken in order, leaving out those about something else."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create function agreed_with(agreed text[], told text[]) returns text[]
        language sql immutable parallel safe
        return case
          when agreed is null then told
          when exists (select from unnest(agreed, told) u(a, t) where a <> t) then agreed
          else (select array_agg(coalesce(a, t) order by place) from unnest(agreed, told) with ordinality u(a, t, place))
        end
        """
    )
    op.execute("create aggregate agreed_claims(text[]) (sfunc = agreed_with, stype = text[], parallel = safe)")
    op.execute(
        "comment on aggregate agreed_claims(text[]) is 'What claims, taken in order, tell of which record they are about; "
        "a claim that contradicts an earlier one is left out.'"
    )
    op.add_column('source', sa.Column('revises', sa.BigInteger(), nullable=True, comment='The earlier version of the same work that it replaces (PROV wasRevisionOf): both are one origin, and its claims are preferred.'))
    op.add_column('source', sa.Column('revises_claim', sa.BigInteger(), nullable=True, comment='The key of the claim chosen for revises.'))
    op.create_index(op.f('source_revises_idx'), 'source', ['revises'], unique=False, postgresql_using='btree')
    op.create_foreign_key(op.f('source_revises_fkey'), 'source', 'source', ['revises'], ['key'], initially='DEFERRED', deferrable=True)
    op.add_column('source_claim', sa.Column('revises', sa.BigInteger(), nullable=True, comment='The earlier version of the same work that it replaces (PROV wasRevisionOf): both are one origin, and its claims are preferred.'))
    op.create_index(op.f('source_claim_revises_idx'), 'source_claim', ['revises'], unique=False)
    op.create_foreign_key(op.f('source_claim_revises_fkey'), 'source_claim', 'source', ['revises'], ['key'], initially='DEFERRED', deferrable=True)
    op.add_column('source_claim_history', sa.Column('revises', sa.BigInteger(), nullable=True, comment='The earlier version of the same work that it replaces (PROV wasRevisionOf): both are one origin, and its claims are preferred.'))
    op.add_column('source_history', sa.Column('revises', sa.BigInteger(), nullable=True, comment='The earlier version of the same work that it replaces (PROV wasRevisionOf): both are one origin, and its claims are preferred.'))
    op.add_column('source_history', sa.Column('revises_claim', sa.BigInteger(), nullable=True, comment='The key of the claim chosen for revises.'))
    op.create_index(op.f('source_history_revises_idx'), 'source_history', ['revises'], unique=False, postgresql_using='btree')
    op.add_column('source_withheld', sa.Column('revises', sa.Text(), nullable=True, comment='The earlier version of the same work that it replaces (PROV wasRevisionOf): both are one origin, and its claims are preferred.'))


def downgrade() -> None:
    op.drop_column('source_withheld', 'revises')
    op.drop_index(op.f('source_history_revises_idx'), table_name='source_history', postgresql_using='btree')
    op.drop_column('source_history', 'revises_claim')
    op.drop_column('source_history', 'revises')
    op.drop_column('source_claim_history', 'revises')
    op.drop_constraint(op.f('source_claim_revises_fkey'), 'source_claim', type_='foreignkey')
    op.drop_index(op.f('source_claim_revises_idx'), table_name='source_claim')
    op.drop_column('source_claim', 'revises')
    op.drop_constraint(op.f('source_revises_fkey'), 'source', type_='foreignkey')
    op.drop_index(op.f('source_revises_idx'), table_name='source', postgresql_using='btree')
    op.drop_column('source', 'revises_claim')
    op.drop_column('source', 'revises')
    op.execute("drop aggregate agreed_claims(text[])")
    op.execute("drop function agreed_with(text[], text[])")
