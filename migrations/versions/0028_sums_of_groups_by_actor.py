"""What a total adds to sums is stored for rows by population and by actor too; sums are found by the revision that added them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

# The numbers of each group whose parts have the same population or actor as the one that contains them, in the version of that one.
FILL = """
update figure_sum s set {key}_low = case when n.lows = 0 then null when n.narrowed then greatest(n.least_stated, 0) else n.low end,
  {key}_high = case when n.upper is not null then greatest(n.upper, n.most) end,
  {key}_contradicted = n.bad or n.narrowed or coalesce(n.most > coalesce(n.upper, n.best), false), {key}_parts = n.parts
from (
  select *, coalesce(low > coalesce(upper, best), false) or coalesce(low > best, false) as narrowed from (
    select h.key, h.added_in, h.best, h.upper, h.least_stated, count(h.lower) + coalesce(sum(p.lows), 0) as lows, greatest(h.lower, sum(p.low)) as low,
      greatest(h.lower, h.best, sum(p.most)) as most, h.contradicted or coalesce(bool_or(p.bad), false) as bad,
      array[coalesce(sum(p.why_1), 0), coalesce(sum(p.why_2), 0), coalesce(sum(p.why_3), 0), coalesce(sum(p.why_4), 0)]::bigint[] as parts
    from figure_sum h left join lateral (
      select count(p.lower) as lows, sum(p.lower) as low, sum(greatest(p.lower, p.best)) as most, bool_or(p.contradicted) as bad,
        count(*) filter (where p.why = 1) as why_1, count(*) filter (where p.why = 2) as why_2, count(*) filter (where p.why = 3) as why_3, count(*) filter (where p.why = 4) as why_4
      from figure_sum p where p.event = h.event and p.hub = h.key and p.shape = 2 and p.same_{key} and p.added_in <= h.added_in and (p.removed_in is null or p.removed_in > h.added_in)
    ) p on true
    where h.shape = 1 and h.same_{key} group by h.key, h.added_in
  ) g
) n where s.key = n.key and s.added_in = n.added_in
"""


def upgrade() -> None:
    for key in ('population', 'actor'):
        of = f'For the shape 1, if there is one with the same {key}'
        op.add_column('figure_sum', sa.Column(f'{key}_low', sa.Numeric(), nullable=True, comment=f'{of}: the lower bound of these and of the one that contains them.'))
        op.add_column('figure_sum', sa.Column(f'{key}_high', sa.Numeric(), nullable=True, comment=f'{of}: the upper bound of these and of the one that contains them.'))
        op.add_column('figure_sum', sa.Column(f'{key}_contradicted', sa.Boolean(), nullable=True, comment=f'{of}: whether their numbers contradict each other.'))
        op.add_column('figure_sum', sa.Column(f'{key}_parts', postgresql.ARRAY(sa.BigInteger()), nullable=True, comment=f'{of}: how many of these are left out for each reason, by its rank.'))
        op.execute(FILL.format(key=key))
    op.create_index('figure_sum_added_in_idx', 'figure_sum', ['added_in'], unique=False)
