"""Sums are found by country, and figures that have to be compared are compared by a statement of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

COMPARE = """
create function compare_records(p_statement text, p_keys bigint[], p_since date, p_until date, p_revision bigint) returns setof record
language plpgsql stable parallel restricted set enable_nestloop = off set enable_sort = off set work_mem = '64MB' as $$
-- Plans and runs a statement that compares the records with these keys: only if it is called, which the planner of the calling one cannot know.
begin
  return query execute p_statement using p_keys, p_since, p_until, p_revision;
end $$;
"""


# Without these statistics, the planner expects no record to be of one day, and does not use the index of the others.
DAYS = "create statistics figure_sum_days_stat on ((first = final)) from figure_sum"


def upgrade() -> None:
    op.execute(COMPARE)
    op.execute(
        "comment on function compare_records(text, bigint[], date, date, bigint) is 'What records that may overlap add to a total, by a statement that is planned only if there are any.'"
    )
    op.drop_index('figure_sum_shape_idx', table_name='figure_sum')
    op.create_index('figure_sum_shape_idx', 'figure_sum', ['shape', 'country', 'measure', 'month'], unique=False)
    op.drop_index('figure_sum_left_out_idx', table_name='figure_sum')
    op.create_index('figure_sum_left_out_idx', 'figure_sum', ['country'], unique=False, postgresql_where=sa.text("reason IS NOT NULL OR origin IN ('extrapolated', 'computed')"))
    op.create_index('figure_sum_days_idx', 'figure_sum', ['country', 'measure'], unique=False, postgresql_where=sa.text('(first = final) IS NOT true'))
    op.execute(DAYS)
