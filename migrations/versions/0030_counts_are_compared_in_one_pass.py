"""Counts that contain others are compared level by level in one pass, and not one below the other."""

from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

HEAVIEST_DISJOINT = """
create or replace function heaviest_disjoint(
  p_first numeric[], p_second numeric[], p_third numeric[], p_a integer[], p_b integer[], out chosen integer[], out exact boolean
) language plpgsql immutable parallel restricted set enable_nestloop = off as $$
-- Of nodes 1 to n, the set without two that share an edge with the largest sum of the first weights; then of the second, then of the third;
-- then the one whose sorted numbers come first. A hub is connected to all others of its component: either it is chosen alone, or hubs are left out and
-- the components of the rest are looked at by themselves, in the same way. Exact as long as there are hubs, and for components up to 12 without one.
declare
  n constant integer := cardinality(p_first);
  w1 numeric[] := p_first; w2 numeric[] := p_second; w3 numeric[] := p_third;  -- An element of a parameter is found by reading all before it.
  nothing constant numeric[] := array_fill(0::numeric, array[n]);
  ranked integer[] := array_fill(0, array[n]);  -- The nodes by their number of edges: a hub has more than what is below it.
  root integer[] := array(select generate_series(1, n)); size integer[] := array_fill(0, array[n]);
  above integer[] := array_fill(0, array[n]);  -- The node that joined the component of which this one was the last.
  hub boolean[] := array_fill(false, array[n]); top integer[] := array_fill(0, array[n]); general integer[] := '{}';
  sum1 numeric[] := nothing; sum2 numeric[] := nothing; sum3 numeric[] := nothing; least_ integer[] := array_fill(0, array[n]);  -- What is chosen in a component.
  picked boolean[] := array_fill(false, array[n]); taken boolean[];
  conflicts integer[]; s1 numeric[]; s2 numeric[]; s3 numeric[]; c1 numeric; c2 numeric; c3 numeric;
  bit integer; t integer; best integer; part record; x integer; y integer; near integer[]; met integer; place integer := 0;
begin
  chosen := '{}'; exact := true;
  if n = 0 then return; end if;
  if coalesce(cardinality(p_a), 0) = 0 then
    chosen := array(select i::integer from unnest(p_first, p_second, p_third) with ordinality u(a, b, c, i) where (a, b, c) > (0, 0, 0) order by i);
    return;
  end if;
  for x, near in
    select i, e.near from generate_series(1, n) i left join (
      select j, array_agg(o) as near from (select unnest(p_a), unnest(p_b) union all select unnest(p_b), unnest(p_a)) e(j, o) group by j
    ) e on e.j = i order by coalesce(cardinality(e.near), 0), i
  loop
    place := place + 1; ranked[place] := x; size[x] := 1; met := 0;
    foreach y in array coalesce(near, '{}') loop
      if size[y] > 0 then
        met := met + 1;
        while root[y] <> y loop root[y] := root[root[y]]; y := root[y]; end loop;
        if y <> x then root[y] := x; above[y] := x; size[x] := size[x] + size[y]; end if;
      end if;
    end loop;
    hub[x] := met = size[x] - 1;
  end loop;
  -- `top`: the last node of a component that is looked at by itself. Those whose last node is no hub have none.
  for k in reverse n .. 1 loop
    x := ranked[k]; y := above[x];
    top[x] := case when y = 0 or (top[y] = y and hub[y]) then x else top[y] end;
    if top[x] = x and not hub[x] then general := general || x; end if;
  end loop;
  for part in
    with m as materialized (
      select i::integer, u.top, u.a1, u.a2, u.a3, (row_number() over (partition by u.top order by i))::integer as j
      from unnest(top, p_first, p_second, p_third) with ordinality u(top, a1, a2, a3, i) where u.top = any (general)
    ), e as materialized (
      select f.top, array_agg(f.j) as a, array_agg(l.j) as b from unnest(p_a, p_b) e(a, b) join m f on f.i = e.a join m l on l.i = e.b where f.top = l.top group by f.top
    )
    select p.*, e.a, e.b from (
      select m.top, array_agg(i order by j) as members, array_agg(m.a1 order by j) as w1, array_agg(m.a2 order by j) as w2, array_agg(m.a3 order by j) as w3,
        count(*)::integer as k
      from m group by m.top
    ) p join e on e.top = p.top
  loop
    if part.k <= 12 then
      conflicts := array_fill(0, array[part.k]);
      for e in 1 .. cardinality(part.a) loop
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
        picked[part.members[j]] := best & (1 << (part.k - j)) <> 0;
      end loop;
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
          picked[part.members[x]] := true;
          foreach y in array coalesce(near, '{}') loop taken[y] := false; end loop;
        end if;
      end loop;
    end if;
    for j in reverse part.k .. 1 loop
      x := part.members[j]; y := part.top;
      if picked[x] then
        sum1[y] := sum1[y] + w1[x]; sum2[y] := sum2[y] + w2[x]; sum3[y] := sum3[y] + w3[x]; least_[y] := x;
      end if;
    end loop;
  end loop;
  -- Of each component, the hub or what is chosen below it.
  for k in 1 .. n loop
    x := ranked[k]; y := above[x];
    if top[x] = x then
      if hub[x] and ((w1[x], w2[x], w3[x]) > (sum1[x], sum2[x], sum3[x])
          or (w1[x], w2[x], w3[x]) = (sum1[x], sum2[x], sum3[x]) and x < least_[x]) then
        picked[x] := true; sum1[x] := w1[x]; sum2[x] := w2[x]; sum3[x] := w3[x]; least_[x] := x;
      end if;
      if y > 0 then
        sum1[y] := sum1[y] + sum1[x]; sum2[y] := sum2[y] + sum2[x]; sum3[y] := sum3[y] + sum3[x];
        least_[y] := case when least_[x] = 0 or least_[y] between 1 and least_[x] then least_[y] else least_[x] end;
      end if;
    end if;
  end loop;
  taken := array_fill(false, array[n]);  -- Whether its component is chosen from: no hub above it is chosen.
  for k in reverse n .. 1 loop
    x := ranked[k]; y := above[x];
    taken[x] := case when top[x] <> x then taken[top[x]] when y = 0 then true else taken[y] and not picked[y] end;
  end loop;
  chosen := array(select i::integer from unnest(taken, picked) with ordinality u(a, b, i) where a and b order by i);
end $$;
"""


def upgrade() -> None:
    op.execute(HEAVIEST_DISJOINT)
