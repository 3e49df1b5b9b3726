"""Settles the records of a kind from the claims about them, in SQL, for many records at once. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.model.field import Field
from schema.model.kind import Kind

from .preference import LIVE, NEWEST, Rule, covered, describes, preference


def settled(kind: Kind, which: str, sources: str = "source", rule: Rule = NEWEST) -> str:
    """A select of the settled rows of the records for which `which` holds, without id, derived and bookkeeping columns.

    `sources` is the relation that sources are read from: their table, or rows that are about to be written to it.
    """
    claims = f"{kind.name}_claim c join {sources} s on s.key = c.source\n    where {which}"
    return settled_rows(kind, claims, sources, f"{kind.name}_claim", rule=rule)


def settled_rows(
    kind: Kind,
    claims: str,
    sources: str,
    table: str,
    moments: tuple[str, ...] = (),
    stands: str = "true",
    rule: Rule = NEWEST,
    revisers: str = "",
) -> str:
    """A select of settled rows from claims `c` of sources `s`, which the text `claims` joins; one per record and `moments`.

    `moments` are columns of a relation `m` in `claims`, for records that are settled as of several moments. Lists are fetched afterwards
    from `table` (alias `l`); `stands` picks the version of `l` that was live at `g`'s moment. `revisers` has the versions of sources, each
    with `added_in` and `until_`; it is needed if there are moments, whose first column is then the revision.
    """
    settling = Settling(kind, rule, sources, moments, revisers)
    # In PostgreSQL, arrays of arrays must have equal lengths, so a list is fetched by its claim afterwards.
    condition = "" if stands == "true" else f" and {stands}"
    lists = "".join(
        f",\n  (select l.{field.name} from {table} l where l.key = g.{field.group_name}_claim{condition}) as {field.name}"
        for field in kind.fields.values() if field.type.many
    )  # fmt: skip
    steps = ", ".join(f"{name} as ({text})" for name, text in settling.steps(claims))
    return f"""
select g.*{lists}
from (
  with recursive {steps}
  {settling.chosen()}
) g
"""


@dataclass(frozen=True)
class Settling:
    """The steps by which a rule settles the records of a kind, as common table expressions.

    `ranked` has the claims with their `place_` in the order; `left_out` those about something else; `passed_over` those of a source
    that was revised, with the groups that its later version gives.
    """

    kind: Kind
    rule: Rule
    sources: str
    moments: tuple[str, ...]
    revisers: str = ""

    @property
    def whole(self) -> bool:
        return self.rule.whole and bool(self.kind.told_apart)

    @property
    def revising(self) -> bool:
        """Claims about sources are not weighed by what they settle."""
        return self.rule.revising and self.kind is not self.kind.sources and self.kind.sources.revises is not None

    @property
    def together(self) -> tuple[Field, ...]:
        return self.kind.told_together if self.whole else ()

    def columns(self, alias: str, *names: str) -> str:
        """Columns of a relation, with the moments."""
        return ", ".join(f"{alias}.{name}" for name in (*names, *self.moments))

    def same(self, left: str, right: str, name: str) -> str:
        return " and ".join(f"{left}.{column} = {right}.{column}" for column in (name, *self.moments))

    def steps(self, claims: str) -> Iterator[tuple[str, str]]:
        """Name and text of each common table expression."""
        yield "ranked", self._ranked(claims)
        if self.revising:
            yield (
                ("revised(newer, older, from_, until_)", self._revised_at_moments())
                if self.moments
                else ("revised(newer, older)", self._revised())
            )
            yield "outdated", self._outdated()
        if self.whole:
            yield "contested", self._contested()
            yield "left_out", self._left_out()
        if self.revising:
            yield "passed_over", self._passed_over()

    def _ranked(self, claims: str) -> str:
        names = ["key", "record", "source", "rank", *(field.name for field in self.kind.fields.values() if not field.type.many)]
        lists = [f"c.{field.name} is not null as {field.name}" for field in self.kind.fields.values() if field.type.many]
        listed = ", ".join([*(f"c.{name}" for name in names), *lists, *(f"m.{name}" for name in self.moments)])
        order = preference(self.kind, self.sources)
        partition = ", ".join(["c.record", *(f"m.{name}" for name in self.moments)])
        full = f"c.{LIVE} and {describes(self.kind, 'c')} as full_, " if self.whole else ""
        return f"""
    select {listed}, {full}row_number() over (partition by {partition} order by {order}) as place_
    from {claims}
  """

    def _revised(self) -> str:
        """Every source with each earlier version of it."""
        link = self.kind.sources.revises
        return f"""
    select v.key, v.{link} from {self.sources} v where v.{link} is not null
    union
    select r.newer, v.{link} from revised r join {self.sources} v on v.key = r.older where v.{link} is not null
  """

    def _revised_at_moments(self) -> str:
        """The same, with the revisions from which and until which it was so."""
        link = self.kind.sources.revises
        return f"""
    select v.key, v.{link}, v.added_in, v.until_ from {self.revisers} v where v.{link} is not null
    union
    select r.newer, v.{link}, greatest(r.from_, v.added_in), least(r.until_, v.until_) from revised r join {self.revisers} v
      on v.key = r.older and (r.until_ is null or v.added_in < r.until_) and (v.until_ is null or r.from_ < v.until_)
    where v.{link} is not null
  """

    def _outdated(self) -> str:
        """Claims of an earlier version of a source, each with every claim of a later one, and what that one gives."""
        gives = [f"{self._gives(self.kind.leading(group), 'n')} as gives_{group}" for group in self.kind.groups]
        what = ", n.full_ as gives_what_" if self.whole else ""
        then = f" and r.from_ <= o.{self.moments[0]} and (r.until_ is null or r.until_ > o.{self.moments[0]})" if self.moments else ""
        return f"""
    select {self.columns("o", "key")}, n.key as by_{what}, {", ".join(gives)}
    from ranked o join revised r on r.older = o.source{then} join ranked n on n.source = r.newer and {self.same("n", "o", "record")}
    where o.{LIVE} and n.{LIVE} and (n.rank = 'preferred' or o.rank <> 'preferred')
  """

    def _contested(self) -> str:
        """The records of which claims contradict each other in what they are: few, so that only these are compared claim by claim."""
        differ = " or ".join(f"min({field.name}) <> max({field.name})" for field in self.kind.told_apart)
        return f"select {self.columns('r', 'record')} from ranked r where {self._compared('r')} group by {self.columns('r', 'record')} having {differ}"

    def _left_out(self) -> str:
        told = ", ".join(f"r.{field.name}::text" for field in self.kind.told_apart)
        passed = f"exists (select from outdated o where {self.same('o', 'r', 'key')} and o.gives_what_), " if self.revising else ""
        return f"""
    select {self.columns("t", "key")} from (
      select {self.columns("r", "key")}, r.told_, agreed_claims(r.told_) over (partition by {self.columns("r", "record")} order by r.turn_) as agreed_
      from (
        select {self.columns("r", "key", "record")}, array[{told}] as told_, row_number() over (
          partition by {self.columns("r", "record")} order by r.full_ desc, {passed}r.place_
        ) as turn_
        from ranked r join contested d on {self.same("d", "r", "record")} where {self._compared("r")}
      ) r
    ) t where exists (select from unnest(t.agreed_, t.told_) u(agreed, told) where agreed <> told)
  """

    def _compared(self, alias: str) -> str:
        """Which claims are compared in what the record is. An actor is what its id names, so only full descriptions can be of another."""
        return f"{alias}.{LIVE}" if self.together else f"{alias}.full_"

    def _passed_over(self) -> str:
        out = f" and not exists (select from left_out u where u.key = o.by_{''.join(f' and u.{m} = o.{m}' for m in self.moments)})"
        gives = [f"bool_or(o.gives_{group}{out if self.whole else ''}) as passed_{group}" for group in self.kind.groups]
        what = ", bool_or(o.gives_what_) as passed_what_" if self.whole else ""
        return f"select {self.columns('o', 'key')}{what}, {', '.join(gives)} from outdated o group by {self.columns('o', 'key')}"

    def chosen(self) -> str:
        """The final select, of one row per record: its columns in the order of its groups."""
        columns = [column for group, fields in self.kind.groups.items() for column in self._group(group, fields)]
        joined = ",\n    ".join(columns)
        joins = f" left join left_out u on {self.same('u', 'r', 'key')}" if self.whole else ""
        joins += f" left join passed_over p on {self.same('p', 'r', 'key')}" if self.revising else ""
        by = "".join(f", r.{name}" for name in self.moments)
        return f"""select r.record as key{by}, count(*)::integer as claims,
    {joined}
  from ranked r{joins}
  group by r.record{by}"""

    def _group(self, group: str, fields: tuple[Field, ...]) -> Iterator[str]:
        """The key of the chosen claim of a group, and the values of its fields."""
        (first, *_) = fields
        leads = ""
        if first in self.together:  # Without a claim that says what the record is, which loads refuse, each field comes from its own.
            leads = f"r.full_{' and p.passed_what_ is not true' if self.revising else ''}"
        elif self.rule.whole and first.follows:
            leads = self._usable(first.follows, self.kind.leading(first.follows))
        if leads:
            for value, name in (
                (f"case when r.{first.name} is not null then r.key end", f"{group}_claim"),
                (f"r.{first.name}", first.name),
            ):
                own = _first(value, f"filter (where {self._usable(group, fields)})")
                yield f"case when bool_or({leads}) then {_first(value, f'filter (where {leads})')} else {own} end as {name}"
        else:
            which, leading = f"filter (where {self._usable(group, fields)})", self.kind.leading(group)
            first_of = f"({self._gives(leading, 'r')}) desc, " if self.rule.whole and leading != fields else ""
            yield f"{_first('r.key', which, first_of)} as {group}_claim"
            yield from (f"{_first(f'r.{field.name}', which, first_of)} as {field.name}" for field in fields if not field.type.many)

    def _usable(self, group: str, fields: tuple[Field, ...]) -> str:
        """A condition: a claim may be chosen for a group."""
        conditions = [f"r.{LIVE}", self._gives(fields, "r")]
        conditions += ["u.key is null"] if self.whole else []
        conditions += [f"p.passed_{group} is not true"] if self.revising else []
        return " and ".join(conditions)

    def _gives(self, fields: tuple[Field, ...], alias: str) -> str:
        """A condition: a claim gives a value to any of some fields. Of a list, `ranked` only has whether it is given."""
        return f"{alias}.{fields[0].name}" if fields[0].type.many else covered(fields, alias)


def _first(value: str, which: str, first_of: str = "") -> str:
    return f"(array_agg({value} order by {first_of}r.place_) {which})[1]"


def search(kind: Kind, alias: str) -> str:
    """The content of the search column: all searched fields, folded once, so that a request only compares."""
    parts = [f"array_to_string({alias}.{field.name}, ' ')" if field.type.many else f"{alias}.{field.name}" for field in kind.searched]
    return f"fold(concat_ws(' ', {', '.join(parts)}))"


def in_isolation(kind: Kind) -> str:
    """The same select as `settled`, for records with a single claim `c`: nothing has to be sorted or aggregated."""
    columns = ["c.record as key", "1 as claims"]
    for group, fields in kind.groups.items():
        usable = f"case when c.{LIVE} and {covered(fields, 'c')}"
        columns.append(f"{usable} then c.key end as {group}_claim")
        columns += [f"{usable} then c.{field.name} end as {field.name}" for field in fields if not field.type.many]
    columns += [f"{_usable_list(field)} then c.{field.name} end as {field.name}" for field in kind.fields.values() if field.type.many]
    joined = ",\n  ".join(columns)
    return f"""
select {joined}
from {kind.name}_claim c
where not exists (select from several_{kind.name} v where v.record = c.record)"""


def _usable_list(field: Field) -> str:
    return f"case when c.{LIVE} and c.{field.name} is not null"
