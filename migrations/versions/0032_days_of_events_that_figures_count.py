"""Sums know the days of their event where a figure counts a part of its time: so totals can say on how many days nobody counted.

All versions are filled in from the event as it was when they were added: no release has recorded revisions under the rule that reads them.
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

FILL = """
update figure_sum s set event_first = e.started_on, event_final = e.ended_on
from (select key, added_in, null::bigint as removed_in, event, basis, period_start, period_end from figure union all
    select key, added_in, removed_in, event, basis, period_start, period_end from figure_history) f
join (select key, added_in, null::bigint as removed_in, started_on, ended_on from event union all
    select key, added_in, removed_in, started_on, ended_on from event_history) e on e.key = f.event
where f.key = s.key and f.basis = 'flow' and not s.rough
  and e.started_on <= f.period_start and f.period_start <= f.period_end and coalesce(e.ended_on, 'infinity') >= f.period_end
  and (f.period_start, f.period_end) is distinct from (e.started_on, e.ended_on)
  and case when s.removed_in is null then f.removed_in is null and e.removed_in is null
    else f.added_in <= s.added_in and coalesce(f.removed_in, s.removed_in) > s.added_in and e.added_in <= s.added_in and coalesce(e.removed_in, s.removed_in) > s.added_in end
"""


def upgrade() -> None:
    op.add_column('figure_sum', sa.Column('event_first', sa.Date(), nullable=True, comment='The first day of its event, if it counts a part of the time of this one.'))
    op.add_column('figure_sum', sa.Column('event_final', sa.Date(), nullable=True, comment='The last day of the same event, if that is known.'))
    op.execute(FILL)
    op.create_index('figure_sum_part_of_time_idx', 'figure_sum', ['country', 'measure'], unique=False, postgresql_where=sa.text('event_first IS NOT NULL'))
