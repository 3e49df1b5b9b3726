"""Settles facts from claims, set by set, by a rule that has a name and a version."""

from __future__ import annotations

from collections.abc import Iterator

from schema.kind import Field, Kind, Kinds

from .sql.columns import listed, live, packs

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


def settle(kinds: Kinds, kind: Kind) -> Iterator[tuple[str, str]]:
    """Name and text of each statement that settles the touched records of a kind, in order.

    $1 is the revision; in `history`, $2 is the reason for what is gone.
    """
    name, columns = kind.name, live(kind)
    compared = [one for one in columns if one != "added_in"]
    held = packs(kinds, kind, "n")
    sources = "source"
    if name == "source":  # New sources have a key, but no row yet; of the row, the rule asks only the id here.
        sources = "named_source"
        yield "named", "create temp table named_source on commit drop as select key, id from keys_source union select key, id from source"
        yield "index of named", "create unique index on named_source (key)"
        yield "statistics of named", "analyze named_source"
    else:
        # A source that changed its reliability or its date weighs differently from now on.
        yield (
            "weigh",
            f"""
insert into touched_{name}
select c.record from {name}_claim c join source s on s.key = c.source where s.added_in = $1
""",
        )
    yield (
        "settle",
        f"""
create temp table settled_{name} on commit drop as
select coalesce(l.id, k.id) as id, n.*{f", {search(kind, 'n')} as search" if kind.searched else ""}
from ({settled(kind, f"c.record in (select record from touched_{name})", sources)}) n
left join {name} l on l.key = n.key
left join keys_{name} k on k.key = n.key
""",
    )
    yield "statistics", f"analyze settled_{name}"
    if kind.root:
        yield from _roots(kind)
    yield (
        "removed",
        f"""
create temp table removed_{name} on commit drop as
select l.key, l.id from {name} l
where l.key in (select record from touched_{name}) and not exists (select from settled_{name} n where n.key = l.key)
""",
    )
    yield (
        "superseded",
        f"""
create temp table superseded_{name} on commit drop as
select l.key, false as gone
from {name} l join settled_{name} n on n.key = l.key
where ({listed(compared, "l")}) is distinct from ({listed(compared, "n")})
union all select key, true from removed_{name}
""",
    )
    yield (
        "history",
        f"""
insert into {name}_history (key, {listed(columns)}, removed_in, reason)
select l.key, {listed(columns, "l")}, $1, case when o.gone then $2 else 'resettled' end from {name} l join superseded_{name} o on o.key = l.key
""",
    )
    yield "removals", f"delete from {name} l using removed_{name} r where r.key = l.key"
    yield (
        "updates",
        f"""
update {name} l set {", ".join(f"{one} = n.{one}" for one in compared if one != "id")}, added_in = $1
from settled_{name} n join superseded_{name} o on o.key = n.key where l.key = n.key
""",
    )
    yield (
        "additions",
        f"""
insert into {name} (key, {listed([*columns, *held])})
select n.key, {listed(compared, "n")}, $1{"".join(f", {value}" for value in held.values())} from settled_{name} n
where not exists (select from {name} l where l.key = n.key)
""",
    )
    if held:
        yield from _packed(kinds, kind, packs(kinds, kind, "l"))


def _packed(kinds: Kinds, kind: Kind, held: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Records that were there hold again what they hang on: those that changed, and those of which a held record did."""
    name, affected = kind.name, []
    for link in kind.packs:
        target = kinds.packed(kind, link).name
        if link in kind.reverses:
            back = kind.reverses[link].field.name
            affected.append(f"select {back} from {target} where key in (select key from settled_{target})")
            affected.append(f"select {back} from {target}_history where removed_in = $1")
        else:
            affected.append(f"select key from {name} where {link} in (select key from settled_{target})")
    union = "\n  union ".join(affected)
    yield "stale", f"create temp table stale_{name} (key bigint primary key) on commit drop"
    yield (
        "stale records",
        f"""
insert into stale_{name}
select key from superseded_{name} where not gone
union
select l.key from {name} l join (
  {union}
) a(key) on a.key = l.key where l.added_in <> $1
""",
    )
    yield "statistics of stale", f"analyze stale_{name}"
    values = ", ".join(f"{column} = {value}" for column, value in held.items())
    yield "packs", f"update {name} l set {values} from stale_{name} s where s.key = l.key"


def incomplete(kind: Kind) -> str | None:
    """Settled records that lack what every record of the kind must have: id and field."""
    parts = [
        f"select id, '{one.name}' as field from settled_{kind.name} where {one.name} is null"
        for one in kind.fields.values() if one.required
    ]  # fmt: skip
    return "\nunion all\n".join(parts) if parts else None


def _roots(kind: Kind) -> Iterator[tuple[str, str]]:
    """Follow the relays of each source to where they end. One that draws on several sources is an origin itself."""
    name, columns = kind.name, [one for one in live(kind) if one not in ("root", "added_in")]
    yield "no roots", f"alter table settled_{name} add column root bigint"
    yield (
        "all roots",
        f"""
create temp table roots on commit drop as
with recursive every as (
  select key, {kind.root} as via from settled_{name}
  union all
  select key, {kind.root} from {name} where key not in (select key from settled_{name})
), walk(key, root) as (
  select key, key from every where coalesce(cardinality(via), 0) <> 1
  union all
  select e.key, w.root from every e join walk w on e.via[1] = w.key where cardinality(e.via) = 1
)
select e.key, w.root from every e left join walk w on w.key = e.key
""",
    )
    yield "roots", f"update settled_{name} n set root = r.root from roots r where r.key = n.key"
    yield (
        "moved roots",
        f"""
insert into settled_{name} (key, {listed(columns)}, root)
select l.key, {listed(columns, "l")}, r.root from {name} l join roots r on r.key = l.key
where l.root is distinct from r.root and l.key not in (select record from touched_{name})
""",
    )


def rootless(kind: Kind) -> str:
    """Records whose references go round in a circle, so that no root is reached."""
    return f"select n.id from settled_{kind.name} n where n.root is null"


def circles(kind: Kind, one: Field) -> str:
    """Settled records that are, by whatever way, part of themselves, or relay themselves."""
    targets = f"unnest(k.{one.name})" if one.type.many else f"unnest(array[k.{one.name}])"
    return f"""
with recursive up(start, key) as (
  select k.key, target from {kind.name} k, {targets} target where k.key in (select key from settled_{kind.name}) and target is not null
  union
  select up.start, target from up join {kind.name} k on k.key = up.key, {targets} target where target is not null
)
select k.id from up join {kind.name} k on k.key = up.start where up.key = up.start
"""
