"""Of counts that contain each other, those that contain all others are compared at once, and not one below the other."""

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
-- then the one whose sorted numbers come first. Exact for connected nodes up to 12, and where some nodes are connected to all others, recursively. These
-- are left out together: one after the other, a chain of sets that contain each other would take a level of recursion, with all of its edges, for each.
declare
  n constant integer := cardinality(p_first);
  conflicts integer[]; s1 numeric[]; s2 numeric[]; s3 numeric[]; bit integer; t integer; best integer := 0; part record; hubs integer[]; rest record;
  others integer[];
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
      select array_agg(j order by j) into hubs from (
        select j from (select unnest(part.a) union all select unnest(part.b)) u(j) group by j having count(*) = part.k - 1) h;
      if hubs is not null then
        others := array(select j from generate_series(1, part.k) j where j <> all (hubs) order by j);
        with o as materialized (select j, i::integer from unnest(others) with ordinality u(j, i))
        select h.chosen, h.exact into rest from heaviest_disjoint(
          array(select (part.w1)[j] from o order by i), array(select part.w2[j] from o order by i), array(select part.w3[j] from o order by i),
          array(select one.i from unnest(part.a, part.b) with ordinality e(a, b, nr) join o one on one.j = e.a join o other on other.j = e.b order by nr),
          array(select other.i from unnest(part.a, part.b) with ordinality e(a, b, nr) join o one on one.j = e.a join o other on other.j = e.b order by nr)) h;
        exact := exact and rest.exact;
        rest_members := array(select others[c] from unnest(rest.chosen) u(c) order by c);
        select coalesce(sum(part.w1[j]), 0), coalesce(sum(part.w2[j]), 0), coalesce(sum(part.w3[j]), 0) into c1, c2, c3 from unnest(rest_members) r(j);
        foreach x in array hubs loop
          if (part.w1[x], part.w2[x], part.w3[x]) > (c1, c2, c3)
            or (part.w1[x], part.w2[x], part.w3[x]) = (c1, c2, c3) and array[x] < rest_members then
            rest_members := array[x]; c1 := part.w1[x]; c2 := part.w2[x]; c3 := part.w3[x];
          end if;
        end loop;
        chosen := chosen || array(select m from unnest(rest_members) r(i) join unnest(part.members) with ordinality u(m, i) on u.i = r.i);
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
"""


def upgrade() -> None:
    op.execute(HEAVIEST_DISJOINT)
