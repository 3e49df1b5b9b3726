"""Events know in which revision they were last told what hangs on them."""

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("lock table event in access exclusive mode")  # A load that is under way would add a revision after it was asked for.
    # Of the events that are there it is only known that it was by now. With a constant for a default their rows stay as they lie.
    op.execute(
        """
do $$ begin
  execute format('alter table event add column packed_in bigint not null default %s', (select coalesce(max(id), 0) from revision));
end $$
"""
    )
    op.execute("alter table event alter column packed_in drop default")
    op.execute("comment on column event.packed_in is 'The revision in which the row was last told what hangs on it.'")


def downgrade() -> None:
    op.execute("alter table event drop column packed_in")
