"""Sums of figures that every load keeps, and the function that refuses what only the database can know to be too much."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('figure_overlap',
    sa.Column('key', sa.BigInteger(), autoincrement=False, nullable=False, comment='The figure.'),
    sa.Column('loose', sa.Boolean(), nullable=False, comment='Whether it depends on one of another month or country; then it is in no sum.'),
    sa.Column('needed', sa.Boolean(), nullable=False, comment='Whether it is loose, or a loose one depends on it.'),
    sa.PrimaryKeyConstraint('key', name=op.f('figure_overlap_pkey')),
    comment='The figures that overlap with others, so that adding both would count the same twice.'
    )
    op.create_index('figure_overlap_needed_idx', 'figure_overlap', ['key'], unique=False, postgresql_where=sa.text('needed'))
    op.create_table('figure_total',
    sa.Column('month', sa.Date(), nullable=True, comment='The first day of the month.'),
    sa.Column('country', sa.Text(), nullable=True, comment='The country it happened in. Codes: country, ISO 3166-1 alpha-3 and ISO 3166-3 (formerly used codes), by pycountry; XKX is user-assigned.'),
    sa.Column('measure', sa.Text(), nullable=True, comment='What was counted or measured. Codes: measure, Conflict Facts; displacement after IDMC and HXL (#affected, #indicator).'),
    sa.Column('population', sa.Text(), nullable=True, comment="Which people were counted, where people were. Codes: population, Conflict Facts; after UCDP's deaths_civilians and deaths_unknown."),
    sa.Column('unit', sa.Text(), nullable=True, comment='The unit of `low`, `best` and `high`. Codes: unit, IDMC for people and households; SI for measures.'),
    sa.Column('basis', sa.Text(), nullable=True, comment='Whether the number is of a period, at a time, or a running total. Codes: basis, IDMC, stock and flow; cumulative as in daily tallies.'),
    sa.Column('mixed', sa.Text(), nullable=False, comment='Added, or why not where populations are added to each other.'),
    sa.Column('apart', sa.Text(), nullable=False, comment='Added, or why not where populations are kept apart.'),
    sa.Column('low', sa.Numeric(), nullable=False, comment='The sum of `low`, of those that have it.'),
    sa.Column('best', sa.Numeric(), nullable=False, comment='The sum of `best`, of those that have it.'),
    sa.Column('high', sa.Numeric(), nullable=False, comment='The sum of `high`, of those that have it.'),
    sa.Column('open', sa.BigInteger(), nullable=False, comment='How many of them have no upper bound.'),
    sa.Column('figures', sa.BigInteger(), nullable=False, comment='How many figures are summed.'),
    sa.Column('without_best', sa.BigInteger(), nullable=False, comment='How many of them have no best estimate.'),
    sa.Column('disputed', sa.BigInteger(), nullable=False, comment='How many of them are disputed.'),
    sa.Column('rough', sa.BigInteger(), nullable=False, comment='How many of them have no exact day.'),
    sa.Column('rough_month', sa.BigInteger(), nullable=False, comment='The same, or days of more than one month.'),
    sa.Column('rough_year', sa.BigInteger(), nullable=False, comment='The same, or days of more than one year.'),
    sa.UniqueConstraint('country', 'month', 'measure', 'population', 'unit', 'basis', 'mixed', 'apart', name='figure_total_cell_key', postgresql_nulls_not_distinct=True),
    comment='Sums of figures, kept by every load; totals are answered from here where that gives the same.'
    )
    op.execute(
        """
        create function refuse(text) returns text language plpgsql
        as $$ begin raise exception using message = $1; end $$
        """
    )
    op.execute("comment on function refuse(text) is 'Refuses a statement with a message.'")
    # What is loaded already is summed here, by the rule `widest/1` as it stood when this was written; loads keep it from now on.
    op.execute(
        """
set local enable_nestloop = off
"""
    )
    op.execute(
        """
create temp table tallied_figure on commit drop as 
with recursive admitted_ as materialized (
  select f.key, f.id, f.event as event, f.measure as measure, f.population as population, f.actor as actor,
    f.unit as unit, f.basis as basis, coalesce(f.location, e.location) as place, f.location is not null as placed, e.country as country,
    date_trunc('month', d.day::timestamp)::date as month, case when f.period_start is not null or f.period_end is not null then f.period_start else e.started_on end as start_,
    case when f.period_start is not null or f.period_end is not null then f.period_end else e.ended_on end as end_,
    coalesce(f.low, case when f.quantifier = 'less_than' then 0 else f.best end, 0) as low, f.best as best,
    coalesce(f.high, case when f.quantifier = 'more_than' then null else f.best end) as high, f.claims,
    (d.day is null or coalesce(e.date_precision > 1, false)) as rough, (d.day is null or coalesce(e.date_precision > 1, false)) or date_trunc('month', d.day::timestamp)::date <> date_trunc('month', d.last::timestamp)::date as rough_month,
    (d.day is null or coalesce(e.date_precision > 1, false)) or extract(year from d.day) <> extract(year from d.last) as rough_year,
    case when f.low is null and f.best is null and f.high is null then 'no_number' when f.measure = any(array['distance', 'population']::text[]) then 'no_sum' when f.unit is null then 'unit_unknown' when f.basis is null then 'basis_unknown' end as reason, true as summed
  from figure f join event e on e.key = f.event
  cross join lateral (select coalesce(f.period_start, e.started_on) as day, case
    when f.period_start is not null then coalesce(f.period_end, f.period_start) else coalesce(e.ended_on, e.started_on) end as last) d
  where true), actors_(key, above) as (select key, key from (select distinct a.actor from admitted_ a where a.actor is not null and true) start(key) union select actors_.key, k.part_of from actors_ join actor k on k.key = actors_.above where k.part_of is not null), actor_line_ as materialized (select key, array_agg(above) as line from actors_ group by key), places_(key, above) as (select key, key from (select distinct a.place from admitted_ a where a.place is not null and true) start(key) union select places_.key, k.part_of from places_ join location k on k.key = places_.above where k.part_of is not null), place_line_ as materialized (select key, array_agg(above) as line from places_ group by key), candidates_ as materialized (
  select a.key, a.id, a.event, a.measure, a.unit, a.basis, a.population, a.actor, x.line as actors, a.place, a.placed, y.line as places,
    a.start_, a.end_, a.month, a.country,
    case when a.population = any(array['all']::text[]) then 0 when a.population is null or a.population = any(array['unknown']::text[]) then 1
      when a.population = any(array['civilians', 'combatants']::text[]) then 2 else 3 end as rank1,
    coalesce(cardinality(x.line), 0) as rank2, case when a.placed then cardinality(y.line) else 0 end as rank3,
    case when a.basis = 'flow' then -coalesce(a.end_ - a.start_, 1000000000) else coalesce(date '2000-01-01' - coalesce(a.end_, a.start_), 1000000000) end as rank4,
    case when a.basis = 'flow' then coalesce(date '2000-01-01' - a.start_, 1000000000) else -coalesce(a.end_ - a.start_, 1000000000) end as rank5
  from admitted_ a left join actor_line_ x on x.key = a.actor left join place_line_ y on y.key = a.place
  where a.reason is null and true), up_(key, above) as (select key, key from (select distinct event from candidates_) start(key) union select up_.key, k.part_of from up_ join event k on k.key = up_.above where k.part_of is not null), near_ as materialized (select n.*, u.above from candidates_ n join up_ u on u.key = n.event), edges_ as materialized (
  select n.key as narrow, w.key as wide, case when w.event <> n.event then 1
      when (w.population, w.actor, case when w.placed then w.place end) is distinct from (n.population, n.actor, case when n.placed then n.place end) then 2 when n.basis <> 'flow' then 3 else 4 end as why,
    w.population is not distinct from n.population as same_population, w.actor is not distinct from n.actor as same_actor,
    w.month is distinct from n.month or w.country is distinct from n.country as across
  from near_ n join candidates_ w on w.event = n.above and w.measure = n.measure and w.unit = n.unit and w.basis = n.basis
  where (w.event <> n.event or (w.rank1, w.rank2, w.rank3, w.rank4, w.rank5, w.id) < (n.rank1, n.rank2, n.rank3, n.rank4, n.rank5, n.id))
    and (w.population is null or n.population is null or w.population = any(array['all', 'unknown']::text[]) or n.population = any(array['all', 'unknown']::text[]) or not (w.population, n.population) in (('civilians', 'combatants'), ('combatants', 'civilians'), ('women', 'children'), ('children', 'women'), ('combatants', 'media'), ('media', 'combatants'), ('combatants', 'aid_workers'), ('aid_workers', 'combatants'), ('media', 'medical'), ('medical', 'media'), ('media', 'aid_workers'), ('aid_workers', 'media'), ('media', 'peacekeepers'), ('peacekeepers', 'media'), ('aid_workers', 'peacekeepers'), ('peacekeepers', 'aid_workers')))
    and (w.actor is null or n.actor is null or w.actor = any(n.actors) or n.actor = any(w.actors))
    and (not w.placed or (not n.placed and w.event = n.event) or n.place is null or w.place = any(n.places) or n.place = any(w.places))
    and (n.basis <> 'flow' or (w.start_ > n.end_ or w.end_ < n.start_) is not true)), mixed_marks_ as materialized (
  select narrow, why, bool_or(mark) over (partition by wide) as below from (
    select narrow, wide, why, false as mark from edges_ where true
    union all select null, narrow, null, true from (select distinct narrow from edges_ where true) narrow_
  ) both_), mixed_first_ as materialized (
  select narrow as key, bool_or(not below) as out from mixed_marks_ where narrow is not null group by narrow), mixed_rest_ as materialized (
  select narrow, wide from edges_ where true and narrow in (select key from mixed_first_ where not out)
    and wide in (select key from mixed_first_ where not out)), mixed_rounds_(fresh, open) as (
  select f.keys, array(select unnest(u.keys) except select unnest(f.keys))
  from (select array(select key from mixed_first_ where not out) as keys) u
  cross join lateral (select array(select unnest(u.keys) except select narrow from mixed_rest_) as keys) f
  union all
  select f.keys, array(select unnest(u.keys) except select unnest(f.keys))
  from mixed_rounds_ r
  cross join lateral (select array(
    select unnest(r.open) except select narrow from mixed_rest_ where wide in (select unnest(r.fresh))) as keys) u
  cross join lateral (select array(
    select unnest(u.keys) except select narrow from mixed_rest_ where wide in (select unnest(u.keys))) as keys) f
  where cardinality(r.fresh) > 0 and cardinality(r.open) > 0), mixed_outs_ as materialized (
  select key, min(why) as why from (
    select narrow as key, why from mixed_marks_ where not below and narrow is not null
    union all select narrow, why from edges_ where true and wide in (select unnest(fresh) from mixed_rounds_)
  ) outs_ group by key), apart_marks_ as materialized (
  select narrow, why, bool_or(mark) over (partition by wide) as below from (
    select narrow, wide, why, false as mark from edges_ where same_population
    union all select null, narrow, null, true from (select distinct narrow from edges_ where same_population) narrow_
  ) both_), apart_first_ as materialized (
  select narrow as key, bool_or(not below) as out from apart_marks_ where narrow is not null group by narrow), apart_rest_ as materialized (
  select narrow, wide from edges_ where same_population and narrow in (select key from apart_first_ where not out)
    and wide in (select key from apart_first_ where not out)), apart_rounds_(fresh, open) as (
  select f.keys, array(select unnest(u.keys) except select unnest(f.keys))
  from (select array(select key from apart_first_ where not out) as keys) u
  cross join lateral (select array(select unnest(u.keys) except select narrow from apart_rest_) as keys) f
  union all
  select f.keys, array(select unnest(u.keys) except select unnest(f.keys))
  from apart_rounds_ r
  cross join lateral (select array(
    select unnest(r.open) except select narrow from apart_rest_ where wide in (select unnest(r.fresh))) as keys) u
  cross join lateral (select array(
    select unnest(u.keys) except select narrow from apart_rest_ where wide in (select unnest(u.keys))) as keys) f
  where cardinality(r.fresh) > 0 and cardinality(r.open) > 0), apart_outs_ as materialized (
  select key, min(why) as why from (
    select narrow as key, why from apart_marks_ where not below and narrow is not null
    union all select narrow, why from edges_ where same_population and wide in (select unnest(fresh) from apart_rounds_)
  ) outs_ group by key), loose_(key) as (select narrow from edges_ where across union select e.narrow from loose_ join edges_ e on e.wide = loose_.key), needed_(key) as (select key from loose_ union select e.wide from needed_ join edges_ e on e.narrow = needed_.key)
select a.key, a.month, a.country as country, a.measure as measure, a.population as population, a.unit as unit,
  a.basis as basis, coalesce(a.reason, (array['part_of_event', 'part_of_total', 'superseded', 'repeated'])[m.why], 'added') as mixed, coalesce(a.reason, (array['part_of_event', 'part_of_total', 'superseded', 'repeated'])[p.why], 'added') as apart, a.low, a.best, a.high, (a.claims > 1 and (select count(distinct (c.low, c.best, c.high, c.quantifier, c.unit)) > 1 from figure_claim c where c.record = a.key and c.rank <> 'deprecated' and num_nonnulls(c.low, c.best, c.high, c.quantifier, c.unit) > 0)) as disputed, a.rough, a.rough_month, a.rough_year,
  o.key is not null as overlapping, l.key is not null as loose, n.key is not null as needed
from admitted_ a left join mixed_outs_ m on m.key = a.key left join apart_outs_ p on p.key = a.key
left join (select narrow as key from edges_ union select wide from edges_) o on o.key = a.key
left join loose_ l on l.key = a.key left join needed_ n on n.key = a.key
"""
    )
    op.execute(
        """
set local enable_nestloop = on
"""
    )
    op.execute(
        """
insert into figure_overlap (key, loose, needed) select key, loose, needed from tallied_figure where overlapping
"""
    )
    op.execute(
        """
insert into figure_total (month, country, measure, population, unit, basis, mixed, apart, low, best, high, open, figures, without_best, disputed, rough, rough_month, rough_year) select month, country, measure, population, unit, basis, mixed, apart, coalesce(sum(low), 0) as low, coalesce(sum(best), 0) as best, coalesce(sum(high), 0) as high, count(*) filter (where high is null) as open, count(*) filter (where true) as figures, count(*) filter (where best is null) as without_best, count(*) filter (where disputed) as disputed, count(*) filter (where rough) as rough, count(*) filter (where rough_month) as rough_month, count(*) filter (where rough_year) as rough_year from tallied_figure cells where not loose group by month, country, measure, population, unit, basis, mixed, apart
"""
    )
    op.execute(
        """
drop table tallied_figure
"""
    )


def downgrade() -> None:
    op.execute("drop function refuse(text)")
    op.drop_table('figure_total')
    op.drop_index('figure_overlap_needed_idx', table_name='figure_overlap', postgresql_where=sa.text('needed'))
    op.drop_table('figure_overlap')
