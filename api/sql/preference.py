"""The rule `preference/1` in SQL: it settles the facts of a record from the claims about it, for many records at once."""

from __future__ import annotations

from schema.model.field import Field
from schema.model.kind import Kind

# A change of the rule needs a new version: every revision records the rule that settled it.
RULE = "preference/1"
RULE_SENTENCE = (
    "It considers each group of fields separately, and only live claims that give one of them a value and are not deprecated. A claim of "
    "preferred rank comes first, then the more reliable source, then the more credible claim, then the later publication. Ties are "
    "broken in alphabetical order by the source's id, the ids of the sources it is quoted from, the party it is attributed to, the locator "
    "and the collection; a claim without one of these comes before a claim with one. Reliability and date are ignored for claims about "
    "sources, because such claims settle them."
)
ORDER = """
      (c.rank = 'preferred') desc, {weight}c.credibility nulls last, {date}s.id collate "C",
      case when c.quoted_from <> '{{}}' then (
        select array_agg(q.id collate "C" order by u.n) from unnest(c.quoted_from) with ordinality u(key, n) join {sources} q on q.key = u.key
      ) end nulls first,
      c.attributed_to collate "C" nulls first, c.locator collate "C" nulls first, c.collection collate "C"
"""


def preference(kind: Kind, sources: str) -> str:
    """The order of claims `c` of sources `s`, best first. It ends with the columns that identify a claim, so that no two claims are equal."""
    about_sources = kind.name == "source"
    weight = "" if about_sources else "s.reliability nulls last, "
    date = "" if about_sources else "s.published_on desc nulls last, "
    return ORDER.strip().format(weight=weight, date=date, sources=sources)


def covered(fields: tuple[Field, ...], alias: str = "") -> str:
    """A condition: a claim gives a value to any field of a group."""
    names = [f"{alias}.{field.name}" if alias else field.name for field in fields]
    return f"{names[0]} is not null" if len(names) == 1 else f"num_nonnulls({', '.join(names)}) > 0"


def settled(kind: Kind, which: str, sources: str = "source") -> str:
    """A select of the settled rows of the records for which `which` holds, without id, derived and bookkeeping columns.

    `sources` is the relation that sources are read from: their table, or rows that are about to be written to it.
    """
    claims = f"{kind.name}_claim c join {sources} s on s.key = c.source\n    where {which}"
    return settled_rows(kind, claims, sources, f"{kind.name}_claim")


def settled_rows(kind: Kind, claims: str, sources: str, table: str, moments: tuple[str, ...] = (), stands: str = "true") -> str:
    """A select of settled rows from claims `c` of sources `s`, which the text `claims` joins; one per record and `moments`.

    `moments` are columns of a relation `m` in `claims`, for records that are settled as of several moments. Lists are fetched afterwards
    from `table` (alias `l`); `stands` picks the version of `l` that was live at `g`'s moment.
    """
    columns = []
    for group, fields in kind.groups.items():
        usable = f"filter (where rank <> 'deprecated' and {covered(fields)})"
        columns.append(f"(array_agg(key order by place_) {usable})[1] as {group}_claim")
        # In PostgreSQL, arrays of arrays must have equal lengths, so a list is fetched by its claim afterwards.
        columns += [f"(array_agg({field.name} order by place_) {usable})[1] as {field.name}" for field in fields if not field.type.many]
    condition = "" if stands == "true" else f" and {stands}"
    lists = "".join(
        f",\n  (select l.{field.name} from {table} l where l.key = g.{field.group_name}_claim{condition}) as {field.name}"
        for field in kind.fields.values() if field.type.many
    )  # fmt: skip
    joined = ",\n    ".join(columns)
    by = "".join(f", {name}" for name in moments)
    qualified = "".join(f", m.{name}" for name in moments)
    return f"""
select g.*{lists}
from (
  select record as key{by}, count(*)::integer as claims,
    {joined}
  from (
    select c.*{qualified}, row_number() over (partition by c.record{qualified} order by {preference(kind, sources)}) as place_
    from {claims}
  ) claims
  group by record{by}
) g
"""


def search(kind: Kind, alias: str) -> str:
    """The content of the search column: all searched fields, folded once, so that a request only compares."""
    parts = [f"array_to_string({alias}.{field.name}, ' ')" if field.type.many else f"{alias}.{field.name}" for field in kind.searched]
    return f"fold(concat_ws(' ', {', '.join(parts)}))"


def in_isolation(kind: Kind) -> str:
    """The same select as `settled`, for records with a single claim `c`: nothing has to be sorted or aggregated."""
    columns = ["c.record as key", "1 as claims"]
    for group, fields in kind.groups.items():
        usable = f"case when c.rank <> 'deprecated' and {covered(fields, 'c')}"
        columns.append(f"{usable} then c.key end as {group}_claim")
        columns += [f"{usable} then c.{field.name} end as {field.name}" for field in fields if not field.type.many]
    columns += [f"{_usable(field)} then c.{field.name} end as {field.name}" for field in kind.fields.values() if field.type.many]
    joined = ",\n  ".join(columns)
    return f"""
select {joined}
from {kind.name}_claim c
where not exists (select from several_{kind.name} v where v.record = c.record)"""


def _usable(field: Field) -> str:
    return f"case when c.rank <> 'deprecated' and c.{field.name} is not null"
