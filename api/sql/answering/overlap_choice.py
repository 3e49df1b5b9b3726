"""The rule `widest/2` in SQL, its second half: groups of connected records, the sets that are added, and the numbers of each group in each row.

Reads the relations `compared_` and `pairs_` of overlap.py. Each step is a common table expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.model.totals import SPLIT_KEYS, SUM_COLUMNS

from ..text import quote_literal

# Ends a subquery that is to be joined first: the planner expects few rows, and might join all rows of a cell with each other.
FIRST = "offset 0"
WHOLE = 0  # The cell of an entire group; the parts of a group in rows have the cells 1, 2, 3, …


class Groups:
    """The steps that sum up groups. `split` are the keys, of CELL_KEYS, by which one group can be in several rows."""

    def __init__(self, split: Sequence[str], flow: str) -> None:
        self.split, self.flow = list(split), flow

    def steps(self) -> Iterator[str]:
        yield from self._members()
        yield from self._parts()
        yield from self._added()
        yield from self._lower_bounds()
        yield self._verdicts()
        yield from self._sums()

    def _members(self) -> Iterator[str]:
        """`member_`: the records of each group; `alone_` and `tangled_`: those that are a group by themselves, and the others."""
        yield """grouped_ as materialized (
  select g.node, g.grp from (
    select array_agg(n) as n, array_agg(w) as w from (select n, w from pairs_ union all select node, min(node) over (partition by above) from crowd_) p
  ) p cross join lateral overlap_groups(p.n, p.w) g)"""
        yield """member_ as materialized (
  select c.*, coalesce(g.grp, c.class) as grp, g.grp is null and count(*) over (partition by c.class) = 1 as alone, a.node is not null as aside
  from compared_ c left join grouped_ g on g.node = c.node left join aside_ a on a.node = c.node where not c.superseded)"""
        yield "alone_ as (select * from member_ where alone)"
        yield "tangled_ as materialized (select * from member_ where not alone)"
        # What is set aside contains nothing: otherwise its parts would be left out with it.
        yield """strict_ as materialized (
  select n, w, why from (select n, w, why from pairs_ where down and not up union all select w, n, why from pairs_ where up and not down) s
  where not exists (select from aside_ a where a.node = s.w))"""
        yield "inner_ as materialized (select n as node, min(why) as why from strict_ group by n)"

    def _parts(self) -> Iterator[str]:
        """`part_`: each record with the cells that it is in; and what their outermost records state, cell by cell.

        `undivided_`: the groups of which all records are in one cell, and that cell. In `part_` they are only in the cell `WHOLE`.
        """
        stated = ", ".join(f"case when not aside then {column} end as {column}" for column in (*SUM_COLUMNS[:2], "least_"))
        columns = f"key, id, node, class, grp, {stated}, high, bad, origin"
        split = ""
        if self.split:
            place = " left join within_ p on p.key = t.place" if SPLIT_KEYS[3] in self.split else ""
            keys = ", ".join(CELL_KEYS[key].format(alias="t") for key in self.split)
            named = ", ".join(f"{CELL_KEYS[key].format(alias='t')} as cell_{key}" for key in self.split)
            yield f"celled_ as materialized (select t.*, {named}, dense_rank() over (order by {keys}) as cell from tangled_ t{place})"
            # The whole of such a group has the numbers of its only cell, which are not computed again.
            yield "undivided_ as materialized (select grp, min(cell) as cell from celled_ group by grp having min(cell) = max(cell))"
            split = f" union all select {columns}, cell from celled_ c where not exists (select from undivided_ u where u.grp = c.grp)"
        yield f"part_ as materialized (select {columns}, {WHOLE}::bigint as cell from tangled_{split})"
        yield "part_node_ as materialized (select cell, grp, node, min(class) as class, max(greatest(low, best)) as most from part_ group by cell, grp, node)"
        yield f"""part_outer_ as materialized (
  select p.* from part_node_ p left join (
    select distinct s.n, w.cell from strict_ s join part_node_ w on w.node = s.w
  ) x on x.n = p.node and {same_cell("p", "x")} where x.n is null)"""
        yield f"""part_class_ as materialized (
  select m.cell, m.grp, m.class, min(m.high) as high, min(coalesce(m.high, m.best)) as top, min(m.best) as best, min(m.least_) as least_
  from part_ m join part_outer_ o on o.node = m.node and {same_cell("m", "o")} group by m.cell, m.grp, m.class)"""
        sums = ", ".join(f"case when count(*) = count({column}) then sum({column}) end as {column}" for column in "high top best".split())
        yield f"part_bound_ as materialized (select cell, grp, {sums} from part_class_ group by cell, grp)"
        reached = "select cell, grp, node from part_node_"
        if self.split:  # What a row counts is also what its records contain, even where that is in other rows.
            reached += f" union select w.cell, w.grp, s.n from strict_ s join part_node_ w on w.node = s.w where w.cell <> {WHOLE}"
        yield from heaviest(
            "most_",
            f"""select r.cell, r.grp, r.node, r.node as key, null::text as id, n.most as w1, 0 as w2, 0 as w3
  from ({reached}) r join part_node_ n on n.node = r.node and n.cell = {WHOLE} where n.most > 0""",
        )
        yield "part_most_ as materialized (select cell, grp, sum(w1) as most from most_ group by cell, grp)"

    def _added(self) -> Iterator[str]:
        """`best_`: the records that are added."""
        yield from heaviest(
            "best_",
            f"""select distinct on (t.node) {WHOLE}::bigint as cell, t.grp, t.node, t.key, t.id, coalesce(greatest(t.low, t.best), 0) as w1, coalesce(t.best, 0) as w2, 1 as w3
  from tangled_ t join part_outer_ o on o.node = t.node and o.cell = {WHOLE} where not t.aside order by t.node, w1 desc, w2 desc, t.id""",
        )

    def _lower_bounds(self) -> Iterator[str]:
        """`added_low_`: the records whose lower bounds are added, and what each adds; `group_`: the facts of each group."""
        yield from heaviest(
            "low_",
            f"""select distinct on (t.node) {WHOLE}::bigint as cell, t.grp, t.node, t.key, t.id, t.low as w1, -1 as w2, (o.node is not null)::integer as w3
  from tangled_ t left join part_outer_ o on o.node = t.node and o.cell = {WHOLE} where t.low > 0 and not t.aside order by t.node, w1 desc, t.id""",
        )
        yield f"""overlapping_ as materialized (
  select distinct n.grp from (
    select p.w, n.grp from pairs_ p join part_outer_ n on n.node = p.n and n.cell = {WHOLE} where not (p.down and p.up) {FIRST}
  ) n join part_outer_ w on w.node = n.w and w.cell = {WHOLE})"""
        yield f"""group_ as materialized (
  select g.*, coalesce(g.low > b.top or g.low > b.best, false) as narrowed,
    g.bad or coalesce(m.most > b.top or g.low > b.top or g.low > b.best, false) as contradicted,
    u.grp is not null or g.aside as unknown_,
    g.aside or not (coalesce(e.exact, true) and coalesce(i.exact, true) and coalesce(a.exact, true)) as approximated
  from (
    select t.grp, bool_or(t.low is not null and not t.aside) as has_low, bool_or(t.bad) as bad, bool_or(t.aside) as aside, coalesce(max(l.low), 0) as low
    from tangled_ t left join (select grp, sum(w1) as low from low_ group by grp) l on l.grp = t.grp group by t.grp
  ) g left join overlapping_ u on u.grp = g.grp left join part_bound_ b on b.grp = g.grp and b.cell = {WHOLE} left join part_most_ m on m.grp = g.grp and m.cell = {WHOLE}
  left join best_sets_ e on e.grp = g.grp left join low_sets_ i on i.grp = g.grp left join most_sets_ a on a.grp = g.grp and a.cell = {WHOLE})"""
        yield from heaviest("least_set_", _least(f"select grp, {WHOLE}::bigint as cell from group_ where narrowed"))
        yield """added_low_ as materialized (
  select l.grp, l.key, l.w1 as low from low_ l join group_ g on g.grp = l.grp where not g.narrowed union all select grp, key, w1 from least_set_)"""

    def _verdicts(self) -> str:
        """`verdict_`: the rank of the reason for which each tangled record is left out; null for those that are added."""
        return f"""verdict_ as materialized (
  select t.key, case when b.key is not null then null when i.why is not null then i.why when c.class is null then 5
    when t.basis = {quote_literal(self.flow)} then 4 else 3 end as why
  from tangled_ t left join best_ b on b.key = t.key left join inner_ i on i.node = t.node
  left join (select distinct t.class from best_ b join tangled_ t on t.key = b.key) c on c.class = t.class)"""

    def _sums(self) -> Iterator[str]:
        """`sum_`: the numbers of each group in each row, by cell; those of `undivided_` groups have the cell `WHOLE`."""
        only = f"where p.cell <> {WHOLE} or p.grp in (select grp from undivided_)" if self.split else ""
        yield f"""part_low_ as materialized (
  select p.cell, p.grp, coalesce(sum(a.low), 0) as low from part_ p left join added_low_ a on a.key = p.key {only} group by p.cell, p.grp)"""
        yield f"""narrow_ as materialized (
  select l.cell, l.grp from part_low_ l join part_bound_ b using (cell, grp) where l.cell <> {WHOLE} and (l.low > b.top or l.low > b.best))"""
        yield from heaviest("narrow_set_", _least("select grp, cell from narrow_"))
        yield f"""sum_ as materialized (
  select l.cell, l.grp, g.has_low, case when g.has_low then
      case when n.grp is not null then coalesce((select sum(w1) from narrow_set_ s where s.cell = l.cell and s.grp = l.grp), 0) else l.low end end as low,
    case when b.high is not null then greatest(b.high, m.most) end as high,
    g.contradicted or coalesce(m.most > b.top or l.low > b.top or l.low > b.best, false) as contradicted, g.unknown_, g.approximated,
    o.grp is not null as outermost
  from part_low_ l join group_ g on g.grp = l.grp join part_bound_ b on b.cell = l.cell and b.grp = l.grp
  left join part_most_ m on m.cell = l.cell and m.grp = l.grp left join narrow_ n on n.cell = l.cell and n.grp = l.grp
  left join (select distinct p.cell, p.grp from part_outer_ o join part_ p on p.node = o.node where o.cell = {WHOLE}) o on o.cell = l.cell and o.grp = l.grp)"""
        yield """rests_ as materialized (
  select p.cell, p.grp, p.key, p.origin from part_ p left join part_outer_ o on o.cell = p.cell and o.node = p.node
  join sum_ s on s.cell = p.cell and s.grp = p.grp where o.node is not null or p.key in (select key from added_low_ union all select key from best_))"""


# The keys that place the records of one group in several rows, as expressions of a record.
CELL_KEYS = dict(zip(SPLIT_KEYS, ("{alias}.month", "extract(year from {alias}.day)::integer", "{alias}.country", "p.above"), strict=True))


def same_cell(one: str, other: str) -> str:
    """A condition: two rows are of one cell. Not as an equality of columns, because a join by cell alone would pair all its rows."""
    return f"{one}.cell - {other}.cell = 0"


def heaviest(name: str, source: str) -> Iterator[str]:
    """The relation `name` of the rows of `source` that are chosen in each cell and group; `{name}sets_` says whether the choice is exact.

    `source` has one row for each node, with the weights w1, w2 and w3. Of equal choices, the one whose sorted ids come first is taken.
    """
    yield f"{name}rows_ as materialized (select s.*, (row_number() over (partition by cell, grp order by id, key))::integer as i from ({source}) s)"
    yield f"""{name}edges_ as materialized (
  select a.cell, a.grp, array_agg(a.i) as a, array_agg(b.i) as b
  from (select p.w, a.cell, a.grp, a.i from pairs_ p join {name}rows_ a on a.node = p.n {FIRST}) a
  join {name}rows_ b on b.node = a.w and {same_cell("a", "b")} group by a.cell, a.grp)"""
    # Where nothing overlaps, everything is chosen, and the function is not asked.
    yield f"""{name}sets_ as materialized (
  select g.cell, g.grp, h.chosen, h.exact from (
    select r.cell, r.grp, array_agg(r.w1 order by r.i) as w1, array_agg(r.w2::numeric order by r.i) as w2, array_agg(r.w3::numeric order by r.i) as w3
    from {name}rows_ r join {name}edges_ e on e.cell = r.cell and e.grp = r.grp group by r.cell, r.grp
  ) g join {name}edges_ e on e.cell = g.cell and e.grp = g.grp
  cross join lateral heaviest_disjoint(g.w1, g.w2, g.w3, e.a, e.b) h)"""
    yield f"""{name} as materialized (
  select r.* from (select s.cell, s.grp, c.i from {name}sets_ s cross join lateral unnest(s.chosen) c(i) {FIRST}) s
  join {name}rows_ r on r.cell = s.cell and r.grp = s.grp and r.i = s.i
  union all select r.* from {name}rows_ r left join {name}edges_ e on e.cell = r.cell and e.grp = r.grp where e.grp is null and (r.w1, r.w2, r.w3) > (0, 0, 0))"""


def _least(which: str) -> str:
    """The source of `heaviest` for the least numbers that the outermost records state, in the cells and groups that `which` selects."""
    return f"""select distinct on (o.cell, o.node) o.cell, o.grp, o.node, p.key, p.id, c.least_ as w1, -1 as w2, 0 as w3
  from ({which}) x join part_outer_ o on o.cell = x.cell and o.grp = x.grp join part_class_ c on c.cell = o.cell and c.grp = o.grp and c.class = o.class
  join part_ p on p.cell = o.cell and p.node = o.node where c.least_ > 0 order by o.cell, o.node, p.id"""
