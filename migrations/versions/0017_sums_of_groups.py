"""What each figure adds to totals, and functions that find groups of connected figures and the disjoint ones with the largest sum."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

FUNCTIONS = [
    """
create function overlap_groups(p_a bigint[], p_b bigint[]) returns table (node bigint, grp bigint)
language plpgsql immutable set enable_nestloop = off as $$
-- The connected components of a graph, given by its edges; each component is named after its smallest node.
declare
  nodes bigint[]; a integer[]; b integer[]; parent integer[]; x integer; y integer;
begin
  nodes := array(select distinct n from (select unnest(p_a) union all select unnest(p_b)) every(n) order by n);
  if cardinality(nodes) = 0 then return; end if;
  parent := array(select generate_series(1, cardinality(nodes)));
  with place as (select n, i::integer from unnest(nodes) with ordinality u(n, i))
  select array_agg(s.i order by e.o), array_agg(t.i order by e.o) into a, b
  from unnest(p_a, p_b) with ordinality e(a, b, o) join place s on s.n = e.a join place t on t.n = e.b;
  for e in 1 .. cardinality(a) loop
    x := a[e]; y := b[e];
    while parent[x] <> x loop parent[x] := parent[parent[x]]; x := parent[x]; end loop;
    while parent[y] <> y loop parent[y] := parent[parent[y]]; y := parent[y]; end loop;
    if x < y then parent[y] := x; elsif y < x then parent[x] := y; end if;
  end loop;
  for x in 1 .. cardinality(nodes) loop parent[x] := parent[parent[x]]; end loop;  -- A parent has a smaller number, and is final.
  return query select nodes[i], nodes[p] from unnest(parent) with ordinality u(p, i);
end $$;
""",
    """
create function heaviest_disjoint(
  p_first numeric[], p_second numeric[], p_third numeric[], p_a integer[], p_b integer[], out chosen integer[], out exact boolean
) language plpgsql immutable set enable_nestloop = off as $$
-- Of nodes 1 to n, the set without two that share an edge with the largest sum of the first weights; then of the second, then of the third;
-- then the one whose sorted numbers come first. Exact for connected nodes up to 12, and where one node is connected to all others, recursively.
declare
  n constant integer := cardinality(p_first);
  conflicts integer[]; s1 numeric[]; s2 numeric[]; s3 numeric[]; bit integer; t integer; best integer := 0; part record; hub integer; rest record;
  rest_members integer[]; parent integer[]; x integer; y integer; c1 numeric; c2 numeric; c3 numeric; taken boolean[]; near integer[];
begin
  chosen := '{}'; exact := true;
  if n = 0 then return; end if;
  if coalesce(cardinality(p_a), 0) = 0 then
    chosen := array(select i::integer from unnest(p_first, p_second, p_third) with ordinality u(a, b, c, i) where (a, b, c) > (0, 0, 0) order by i);
    return;
  end if;
  parent := array(select generate_series(1, n));
  for e in 1 .. cardinality(p_a) loop
    x := p_a[e]; y := p_b[e];
    while parent[x] <> x loop parent[x] := parent[parent[x]]; x := parent[x]; end loop;
    while parent[y] <> y loop parent[y] := parent[parent[y]]; y := parent[y]; end loop;
    if x < y then parent[y] := x; elsif y < x then parent[x] := y; end if;
  end loop;
  for x in 1 .. n loop parent[x] := parent[parent[x]]; end loop;
  chosen := array(
    select i::integer from unnest(p_first, p_second, p_third) with ordinality u(a, b, c, i)
    where (a, b, c) > (0, 0, 0) and i not in (select unnest(p_a) union all select unnest(p_b)) order by i);
  for part in
    with m as materialized (
      select i::integer, root, w1, w2, w3, (row_number() over (partition by root order by i))::integer as j
      from unnest(parent, p_first, p_second, p_third) with ordinality u(root, w1, w2, w3, i)
    ), e as materialized (
      select x.root, array_agg(x.j) as a, array_agg(y.j) as b from unnest(p_a, p_b) e(a, b) join m x on x.i = e.a join m y on y.i = e.b group by x.root
    )
    select p.*, e.a, e.b from (
      select root, array_agg(i order by j) as members, array_agg(w1 order by j) as w1, array_agg(w2 order by j) as w2, array_agg(w3 order by j) as w3,
        count(*)::integer as k
      from m group by root
    ) p join e on e.root = p.root
  loop
    if part.k <= 12 then
      conflicts := array_fill(0, array[part.k]);
      for e in 1 .. coalesce(cardinality(part.a), 0) loop
        conflicts[part.a[e]] := conflicts[part.a[e]] | (1 << (part.k - part.b[e]));
        conflicts[part.b[e]] := conflicts[part.b[e]] | (1 << (part.k - part.a[e]));
      end loop;
      s1 := array_fill(null::numeric, array[1 << part.k]); s2 := s1; s3 := s1;  -- The sums of set s are at s + 1.
      s1[1] := 0; s2[1] := 0; s3[1] := 0; best := 0;
      for j in reverse part.k .. 1 loop
        bit := 1 << (part.k - j);
        for t in 0 .. bit - 1 loop
          if s1[t + 1] is not null and conflicts[j] & t = 0 then
            c1 := s1[t + 1] + part.w1[j]; c2 := s2[t + 1] + part.w2[j]; c3 := s3[t + 1] + part.w3[j];
            s1[bit + t + 1] := c1; s2[bit + t + 1] := c2; s3[bit + t + 1] := c3;
            if (c1, c2, c3) >= (s1[best + 1], s2[best + 1], s3[best + 1]) then best := bit + t; end if;
          end if;
        end loop;
      end loop;
      for j in 1 .. part.k loop
        if best & (1 << (part.k - j)) <> 0 then chosen := chosen || part.members[j]; end if;
      end loop;
    else
      select j into hub from (select unnest(part.a) union all select unnest(part.b)) u(j) group by j having count(*) = part.k - 1 order by j limit 1;
      if hub is not null then
        select h.chosen, h.exact into rest from heaviest_disjoint(
          part.w1[1 : hub - 1] || part.w1[hub + 1 :], part.w2[1 : hub - 1] || part.w2[hub + 1 :], part.w3[1 : hub - 1] || part.w3[hub + 1 :],
          array(select a - (a > hub)::integer from unnest(part.a, part.b) with ordinality e(a, b, o) where hub not in (a, b) order by o),
          array(select b - (b > hub)::integer from unnest(part.a, part.b) with ordinality e(a, b, o) where hub not in (a, b) order by o)) h;
        exact := exact and rest.exact;
        rest_members := array(select c + (c >= hub)::integer from unnest(rest.chosen) u(c) order by c);
        select coalesce(sum(a), 0), coalesce(sum(b), 0), coalesce(sum(c), 0) into c1, c2, c3
        from unnest(rest_members) r(i) join unnest(part.w1, part.w2, part.w3) with ordinality u(a, b, c, i) on u.i = r.i;
        if (part.w1[hub], part.w2[hub], part.w3[hub]) > (c1, c2, c3)
          or (part.w1[hub], part.w2[hub], part.w3[hub]) = (c1, c2, c3) and array[hub] < rest_members then
          chosen := chosen || part.members[hub];
        else
          chosen := chosen || array(select m from unnest(rest_members) r(i) join unnest(part.members) with ordinality u(m, i) on u.i = r.i);
        end if;
      else
        exact := false;
        taken := array_fill(true, array[part.k]);  -- False once a node that was chosen is connected to it.
        for x, near in
          select i, n.near from unnest(part.w1, part.w2, part.w3) with ordinality u(a, b, c, i) left join (
            select j, array_agg(o) as near from (
              select unnest(part.a), unnest(part.b) union all select unnest(part.b), unnest(part.a)
            ) e(j, o) group by j
          ) n on n.j = u.i where (a, b, c) > (0, 0, 0) order by a desc, b desc, c desc, i
        loop
          if taken[x] then
            chosen := chosen || part.members[x];
            foreach y in array coalesce(near, '{}') loop taken[y] := false; end loop;
          end if;
        end loop;
      end if;
    end if;
  end loop;
end $$;
""",
]



def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("comment on function overlap_groups(bigint[], bigint[]) is 'The connected components of a graph.'")
    op.execute(
        "comment on function heaviest_disjoint(numeric[], numeric[], numeric[], integer[], integer[]) is 'The heaviest set of pairwise disjoint nodes of a graph.'"
    )
    op.add_column(
        'revision',
        sa.Column('totals_rule', sa.Text(), nullable=False, server_default='widest/1', comment='The rule by which totals as of this revision are computed, with its version.'),
    )
    op.alter_column('revision', 'totals_rule', server_default=None)
    # Empty: the next revision fills it, by the rule that it is recorded under.
    op.drop_table('figure_overlap')
    op.drop_table('figure_total')
    op.create_table('figure_sum',
    sa.Column('key', sa.BigInteger(), nullable=False, comment='The figure.'),
    sa.Column('added_in', sa.BigInteger(), nullable=False, comment='The revision that added this version of the row.'),
    sa.Column('removed_in', sa.BigInteger(), nullable=True, comment='The revision that removed this version of the row; null while it is current.'),
    sa.Column('event', sa.BigInteger(), nullable=True, comment='The event that the number describes.'),
    sa.Column('measure', sa.Text(), nullable=True, comment='What was counted or measured. Codes: measure, Conflict Facts; displacement after IDMC and HXL (#affected, #indicator).'),
    sa.Column('population', sa.Text(), nullable=True, comment="Which people were counted, if people were. Codes: population, Conflict Facts; after UCDP's deaths_civilians and deaths_unknown; sex and age after HXL."),
    sa.Column('actor', sa.BigInteger(), nullable=True, comment='The actor that suffered the loss or made the gain.'),
    sa.Column('location', sa.BigInteger(), nullable=True, comment='The place that the number is about, if it is not the place of the event.'),
    sa.Column('unit', sa.Text(), nullable=True, comment='The unit of `low`, `best` and `high`. Codes: unit, IDMC for people and households; SI for measures.'),
    sa.Column('basis', sa.Text(), nullable=True, comment='Whether the number covers a period, holds at a time or is a running total. Codes: basis, IDMC, stock and flow; cumulative as in daily tallies.'),
    sa.Column('origin', sa.Text(), nullable=True, comment='How the number was obtained. Codes: origin, Conflict Facts; after IDMC and Tech for Palestine (ext_).'),
    sa.Column('best', sa.Numeric(), nullable=True, comment='The best estimate, in `unit`; unknown if the source gives only a bound.'),
    sa.Column('country', sa.Text(), nullable=True, comment='The country in which it happened. Codes: country, ISO 3166-1 alpha-3 and ISO 3166-3 (formerly used codes), by pycountry; XKX is user-assigned.'),
    sa.Column('place', sa.BigInteger(), nullable=True, comment='The place of the figure or, if it has none, of its event.'),
    sa.Column('first', sa.Date(), nullable=True, comment='The first day of its own period or, if it has none, of its event.'),
    sa.Column('final', sa.Date(), nullable=True, comment='The last day of its own period or, if it has none, of its event.'),
    sa.Column('month', sa.Date(), nullable=True, comment='The first day of the month that it is attributed to.'),
    sa.Column('lower', sa.Numeric(), nullable=True, comment='Its lower bound.'),
    sa.Column('upper', sa.Numeric(), nullable=True, comment='Its upper bound.'),
    sa.Column('least_stated', sa.Numeric(), nullable=True, comment='The least number that it states.'),
    sa.Column('contradicted', sa.Boolean(), nullable=False, comment='Whether its own numbers contradict each other.'),
    sa.Column('disputed', sa.Boolean(), nullable=False, comment='Whether live claims differ in its number.'),
    sa.Column('rough', sa.Boolean(), nullable=False, comment='Whether it has no exact day.'),
    sa.Column('rough_month', sa.Boolean(), nullable=False, comment='Whether it has no exact day, or days of more than one month.'),
    sa.Column('rough_year', sa.Boolean(), nullable=False, comment='Whether it has no exact day, or days of more than one year.'),
    sa.Column('reason', sa.Text(), nullable=True, comment='Why it is in no sum, whatever else there is; null if it can be added.'),
    sa.Column('shape', sa.SmallInteger(), nullable=False, comment='0: disjoint from all others. 1: contains others that are disjoint. 2: one of these. 3: anything else.'),
    sa.Column('hub', sa.BigInteger(), nullable=True, comment='For the shapes 1 and 2: the one that contains the others.'),
    sa.Column('why', sa.SmallInteger(), nullable=True, comment='For the shape 2: the rank of the reason why it is left out if the one that contains it is not.'),
    sa.Column('same_population', sa.Boolean(), nullable=False, comment='For the shapes 1 and 2: whether one of each has the same population.'),
    sa.Column('same_actor', sa.Boolean(), nullable=False, comment='For the shapes 1 and 2: whether one of each has the same actor.'),
    sa.Column('group_low', sa.Numeric(), nullable=True, comment='For the shape 1: the lower bound of all of them together.'),
    sa.Column('group_high', sa.Numeric(), nullable=True, comment='For the shape 1: the upper bound of all of them together.'),
    sa.Column('group_contradicted', sa.Boolean(), nullable=False, comment='For the shape 1: whether their numbers contradict each other.'),
    sa.Column('counted_in', sa.Text(), nullable=True, comment='Why totals without conditions leave it out; null if it is counted in them.'),
    sa.PrimaryKeyConstraint('key', 'added_in', name=op.f('figure_sum_pkey')),
    comment='What each of the figures adds to totals, now and as of earlier revisions.'
    )
    op.create_index('figure_sum_counted_in_idx', 'figure_sum', ['counted_in', 'key'], unique=False, postgresql_where=sa.text('removed_in IS NULL'))
    op.create_index('figure_sum_event_idx', 'figure_sum', ['event'], unique=False)
    op.create_index('figure_sum_removed_in_idx', 'figure_sum', ['removed_in'], unique=False)
    op.create_index('figure_sum_tangled_idx', 'figure_sum', ['key'], unique=False, postgresql_where=sa.text('shape = 3'))
