"""Settles facts from claims, set by set, by a rule that has a name and a version."""

from __future__ import annotations

from schema.model.field import Field
from schema.model.kind import Kind

# Change the rule, change its version: every revision records which rule settled it.
RULE = "preference/1"
RULE_SENTENCE = (
    "For each group of fields, among the live claims that give any of them a value and are not deprecated: preferred rank first, "
    "then the more reliable source, then the more credible claim, then the later publication, then in alphabetical order the source's "
    "id, the ids of those it is quoted from, the credited voice, the locator and the collection; none before any. Claims about sources "
    "are not weighed by reliability or date, which they settle."
)
RANKED = """
      (c.rank = 'preferred') desc, {weight}c.credibility nulls last, {date}s.id collate "C",
      case when c.quoted_from <> '{{}}' then (
        select array_agg(q.id collate "C" order by u.n) from unnest(c.quoted_from) with ordinality u(key, n) join {sources} q on q.key = u.key
      ) end nulls first,
      c.attributed_to collate "C" nulls first, c.locator collate "C" nulls first, c.collection collate "C"
"""


def preference(kind: Kind, sources: str) -> str:
    """The order of claims `c` of sources `s`, best first. What claims are told apart by comes last, so no two are equal."""
    about_sources = kind.name == "source"
    weight = "" if about_sources else "s.reliability nulls last, "
    date = "" if about_sources else "s.published_on desc nulls last, "
    return RANKED.strip().format(weight=weight, date=date, sources=sources)


def covered(fields: tuple[Field, ...], alias: str = "") -> str:
    """Whether a claim gives any field of a group a value."""
    names = [f"{alias}.{one.name}" if alias else one.name for one in fields]
    return f"{names[0]} is not null" if len(names) == 1 else f"num_nonnulls({', '.join(names)}) > 0"


def settled(kind: Kind, which: str, sources: str = "source") -> str:
    """A select of settled rows, without id, derived and bookkeeping columns, of the records for which `which` holds.

    `sources` is the relation that sources are read from: their table, or what is to become of it.
    """
    columns = []
    for group, fields in kind.groups.items():
        usable = f"filter (where rank <> 'deprecated' and {covered(fields)})"
        columns.append(f"(array_agg(key order by place_) {usable})[1] as {group}_claim")
        # Arrays of arrays must be of one size in PostgreSQL, so a list is fetched by its claim afterwards.
        columns += [f"(array_agg({one.name} order by place_) {usable})[1] as {one.name}" for one in fields if not one.type.many]
    lists = "".join(
        f",\n  (select l.{one.name} from {kind.name}_claim l where l.key = g.{one.group_name}_claim) as {one.name}"
        for one in kind.fields.values() if one.type.many
    )  # fmt: skip
    joined = ",\n    ".join(columns)
    return f"""
select g.*{lists}
from (
  select record as key, count(*)::integer as claims,
    {joined}
  from (
    select c.*, row_number() over (partition by c.record order by {preference(kind, sources)}) as place_
    from {kind.name}_claim c join {sources} s on s.key = c.source
    where {which}
  ) claims
  group by record
) g
"""


def search(kind: Kind, alias: str) -> str:
    """What `search` looks in, folded once so that a request only compares."""
    parts = [f"array_to_string({alias}.{f.name}, ' ')" if f.type.many else f"{alias}.{f.name}" for f in kind.searched]
    return f"fold(concat_ws(' ', {', '.join(parts)}))"


def in_isolation(kind: Kind) -> str:
    """The same select as `settled`, of claims `c` that are the only ones of their records: there is nothing to sort or to gather."""
    columns = ["c.record as key", "1 as claims"]
    for group, fields in kind.groups.items():
        usable = f"case when c.rank <> 'deprecated' and {covered(fields, 'c')}"
        columns.append(f"{usable} then c.key end as {group}_claim")
        columns += [f"{usable} then c.{one.name} end as {one.name}" for one in fields if not one.type.many]
    columns += [f"{_stands(one)} then c.{one.name} end as {one.name}" for one in kind.fields.values() if one.type.many]
    joined = ",\n  ".join(columns)
    return f"""
select {joined}
from {kind.name}_claim c
where not exists (select from several_{kind.name} v where v.record = c.record)"""


def _stands(one: Field) -> str:
    return f"case when c.rank <> 'deprecated' and c.{one.name} is not null"
