"""The statements that settle the records that a load touched, and write them to the live tables and to history. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import live_names

from ..columns import column_list, packed_values
from ..preference import in_isolation, search, settled, weights
from .references import BY_ANY_PLAN, BY_INDEX, claims_by_index
from .roots import root, roots

# The names of statements that select the records for which a load is refused: id and field; of contradictory ones also the two claims.
CHECKS = ("rootless", "incomplete", "contradictory")
# The names of statements that do nothing unless the statement "several" found records with several claims.
OF_SEVERAL = ("contradictory", "settle several")
MAX_CONTRADICTIONS = 100  # Pairs of claims that a refusal names.


def weigh(kind: Kind) -> Iterator[str]:
    """Mark the records with claims of a source whose reliability or date changed, since it may now weigh differently.

    Records with claims of a new source are marked already.
    """
    name = kind.name
    if name != "source":
        yield BY_INDEX
        yield f"""
insert into touched_{name}
with recursive weighed(source) as (
  select key from superseded_source where weighs
  union
  select s.key from weighed w join source s on s.revises = w.source
)
select c.record from weighed w cross join lateral ({claims_by_index(f"{name}_claim", "source", False, "w.source")}) c
"""
        yield BY_ANY_PLAN


def any_touched(kind: Kind) -> str:
    return f"select exists (select from touched_{kind.name})"


def settle_nothing(kinds: Kinds, kind: Kind) -> Iterator[tuple[str, str]]:
    """The same as `settle` for a kind of which no record is touched: at most its copies of linked records have changed."""
    yield "settle", f"create temp table settled_{kind.name} (key bigint) on commit drop"
    yield "statistics", f"analyze settled_{kind.name}"
    if kind.packs:
        yield "superseded", f"create temp table superseded_{kind.name} (key bigint, gone boolean) on commit drop"
        yield "statistics of superseded", f"analyze superseded_{kind.name}"
        yield from _repack(kinds, kind)


def settle(kinds: Kinds, kind: Kind, renewed: str = "") -> Iterator[tuple[str, str]]:
    """Name and text, in order, of each statement that settles the touched records of a kind.

    `renewed` selects the keys of records that get a new version even if it equals the present one, because their past will be rewritten.

    A statement named in CHECKS changes nothing: its rows are records to refuse. $1 is the revision; in `history`, $2 is the reason for
    removed records, and $3 that for changed ones.
    """
    name, touched = kind.name, f"select record from touched_{kind.name}"
    yield "statistics of touched", f"analyze touched_{name}"
    yield from _find_several(kind, f"where record in ({touched})")
    yield from _create_settled(kind, f"{in_isolation(kind)} and c.record in ({touched})", _settled_from_several(kind))
    yield (
        "removed",
        (
            f"create temp table removed_{name} on commit drop as\nselect l.key, l.id from {name} l\n"
            f"where l.key in ({touched}) and not exists (select from settled_{name} n where n.key = l.key)"
        ),
    )
    yield "statistics of removed", f"analyze removed_{name}"
    yield from _checks(kind, f"settled_{name}")
    yield from _replace(kind, renewed)
    # In a table of their own, whose size is known: PostgreSQL would guess that one record is new, and then read all figures for each.
    added = f"select n.key from settled_{name} n left join {name} l on l.key = n.key where l.key is null"
    yield "added", f"create temp table added_{name} on commit drop as\n{added}"
    yield "statistics of added", f"analyze added_{name}"
    yield from _add(kinds, kind, f"settled_{name} n join added_{name} using (key)", among=f"select key from added_{name}")
    if kind.packs:
        yield from _repack(kinds, kind)


def settle_first(kinds: Kinds, kind: Kind) -> Iterator[tuple[str, str]]:
    """The same for a kind without records: a record with a single claim is inserted directly, without a temporary table."""
    yield from _find_several(kind)
    if kind.root:  # Roots are found among all records.
        yield from _create_settled(kind, in_isolation(kind), _settled_from_several(kind))
        rows = f"settled_{kind.name}"
    else:
        yield from _create_settled(kind, _settled_from_several(kind))
        searched = f", {search(kind, 'n')} as search" if kind.searched else ""
        rows = f"""(
select * from settled_{kind.name}
union all
select k.id, n.*{searched} from ({in_isolation(kind)}) n join keys_{kind.name} k on k.key = n.key
)"""
    yield from _checks(kind, rows)
    yield from _add(kinds, kind, f"{rows} n")


def _find_several(kind: Kind, which: str = "") -> Iterator[tuple[str, str]]:
    """Create the table of records with several claims; only these are settled by comparing claims."""
    name = kind.name
    yield (
        "several",
        (
            f"create temp table several_{name} on commit drop as\nselect record from {name}_claim {which} group by record having count(*) > 1"
        ),
    )
    yield "statistics of several", f"analyze several_{name}"
    if kind.told:
        yield "contradictory", contradictory(kind)
    if name == "source":
        yield from _create_speakers()


def contradictory(kind: Kind) -> str:
    """Select the records about which a source contradicts itself in what they are: id, field, source, and its two claims with what they say.

    One of the claims is of revision $1: what was accepted earlier is not judged again. `together`: all of them are, as after an undo.
    """
    name, says = kind.name, ", ".join(f"('{field.name}', {_as_text(kind, field)})" for field in kind.told)
    differ = " or ".join(f"min({field.name}) <> max({field.name})" for field in kind.told)
    told = column_list(["key", "record", "source", "added_in", *(field.name for field in kind.told)])
    return f"""
with told as (
  select {told} from {name}_claim where record in (select record from several_{name}) and rank <> 'deprecated'
), split as (
  select record, source from told group by record, source having bool_or(added_in = $1) and ({differ})
), said as (
  select record, source, field, value, (array_agg(key order by (added_in = $1) desc, key))[1] as key,
    bool_or(added_in = $1) as new, bool_and(added_in = $1) as only_new
  from split join told using (record, source) cross join lateral (values {says}) told_(field, value) where value is not null
  group by record, source, field, value
)
select coalesce(l.id, k.id) as id, one.field, coalesce(s.id, n.id) as source, one.value as one, other.value as other,
  concat_ws(', ', first.collection, first.locator) as first, concat_ws(', ', second.collection, second.locator) as second,
  one.only_new and other.only_new as together
from said one join said other on other.record = one.record and other.source = one.source and other.field = one.field
join {name}_claim first on first.key = one.key join {name}_claim second on second.key = other.key
left join {name} l on l.key = one.record left join keys_{name} k on k.key = one.record
left join source s on s.key = one.source left join keys_source n on n.key = one.source
where one.value < other.value and (one.new or other.new)
order by 1, 2, 4, 5 limit {MAX_CONTRADICTIONS}
"""


def _as_text(kind: Kind, field: Field) -> str:
    """What a claim says in a field, as people read it."""
    target = field.type.ref
    if target is None:
        return f"{field.name}::text"
    return (
        f"coalesce((select r.id from {target} r where r.key = {field.name}), (select r.id from keys_{target} r where r.key = {field.name}))"
    )


def _create_speakers() -> Iterator[tuple[str, str]]:
    """For each source that has several claims about it: who makes those claims, and whom they quote. A table of keys and ids.

    While sources are settled, a new source has a key but no row yet; the rule needs only its id. A table of its own with an index, because
    searching all sources for each takes hours where two datasets cite the same articles.
    """
    several = "from source_claim where record in (select record from several_source)"
    yield "table of speakers", 'create temp table speakers (key bigint primary key, id text collate "C") on commit drop'
    yield (
        "speakers",
        f"""
insert into speakers
select named.key, coalesce(l.id, k.id)
from (select source as key {several} union select unnest(quoted_from) {several}) named
left join source l on l.key = named.key
left join keys_source k on k.key = named.key
""",
    )
    yield "statistics of speakers", "analyze speakers"


def _settled_from_several(kind: Kind) -> str:
    return settled(kind, f"c.record in (select record from several_{kind.name})", "speakers" if kind.name == "source" else "source")


def _create_settled(kind: Kind, rows: str, several: str = "") -> Iterator[tuple[str, str]]:
    """Create the table of settled records from `rows`. Those from `several` follow in a statement of their own, which most loads can skip."""
    name = kind.name
    searched = f", {search(kind, 'n')} as search" if kind.searched else ""
    rooted = f", {root(kind, 'n')} as root" if kind.root else ""
    selected = """
select coalesce(l.id, k.id) as id, n.*{searched}{rooted}
from ({rows}) n
left join {name} l on l.key = n.key
left join keys_{name} k on k.key = n.key
"""
    text = {"name": name, "searched": searched, "rooted": rooted}
    yield "settle", f"create temp table settled_{name} on commit drop as{selected.format(rows=rows, **text)}"
    if several:
        yield "settle several", f"insert into settled_{name}{selected.format(rows=several, **text)}"
    yield "statistics", f"analyze settled_{name}"
    if kind.root:
        yield from roots(kind)


def _checks(kind: Kind, rows: str) -> Iterator[tuple[str, str]]:
    """Select the records for which a load is refused: those of `rows` that lack a required field, and those without a root."""
    if kind.root:
        field = f"case when n.{kind.revises} is not null then '{kind.revises}' else '{kind.root}' end" if kind.revises else f"'{kind.root}'"
        yield "rootless", f"select n.id, {field} as field from settled_{kind.name} n where n.root is null"
    if required := [field.name for field in kind.fields.values() if field.required]:
        lacks = {name: f"n.{name} is null" for name in required}
        together = [field.name for field in kind.describing] if kind.told_together else []
        lacks |= {name: f"n.{name} is null or n.{name}_claim <> n.{together[0]}_claim" for name in together}
        lacking = ", ".join(f"case when {condition} then '{name}' end" for name, condition in lacks.items())
        some = " or ".join(lacks.values())
        yield (
            "incomplete",
            (
                f"select n.id, lacking.field from {rows} n cross join lateral unnest(array[{lacking}]) lacking(field)\n"
                f"where ({some}) and lacking.field is not null"
            ),
        )


def _replace(kind: Kind, renewed: str) -> Iterator[tuple[str, str]]:
    """Copy removed and changed records to history, then delete or update them."""
    name, columns = kind.name, live_names(kind)
    compared = [column for column in columns if column != "added_in"]
    weighs = f", ({weights('l')}) is distinct from ({weights('n')}) as weighs" if name == "source" else ""
    renew = f" or l.key in ({renewed})" if renewed else ""
    yield (
        "superseded",
        f"""
create temp table superseded_{name} on commit drop as
select l.key, false as gone{weighs}
from {name} l join settled_{name} n on n.key = l.key
where ({column_list(compared, "l")}) is distinct from ({column_list(compared, "n")}){renew}
union all select key, true{", false" if weighs else ""} from removed_{name}
""",
    )
    yield "statistics of superseded", f"analyze superseded_{name}"
    yield (
        "history",
        f"""
insert into {name}_history (key, {column_list(columns)}, removed_in, reason)
select l.key, {column_list(columns, "l")}, $1, case when o.gone then $2 else $3 end from {name} l join superseded_{name} o on o.key = l.key
""",
    )
    yield "removals", f"delete from {name} l using removed_{name} r where r.key = l.key"
    yield (
        "updates",
        f"""
update {name} l set {", ".join(f"{column} = n.{column}" for column in compared if column != "id")}, added_in = $1
from settled_{name} n join superseded_{name} o on o.key = n.key where l.key = n.key
""",
    )


def _add(kinds: Kinds, kind: Kind, rows: str, among: str = "") -> Iterator[tuple[str, str]]:
    """Insert new records, the rows `n` of the FROM items `rows`, with copies of their linked records."""
    name, compared = kind.name, [column for column in live_names(kind) if column != "added_in"]
    values, joins = packed_values(kinds, kind, among)
    yield (
        "additions",
        f"""
insert into {name} (key, {column_list([*compared, "added_in", *values])})
select n.key, {column_list(compared, "n")}, {", ".join(["$1", *values.values()])}
from {rows}
{joins}
""",
    )


def _repack(kinds: Kinds, kind: Kind) -> Iterator[tuple[str, str]]:
    """Update the copies of linked records in existing records: in those that changed, and in those with a linked record that changed."""
    name, affected = kind.name, []
    for link in kind.packs:
        target = kinds.linked_kind(kind, link).name
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
    values, joins = packed_values(kinds, kind, f"select key from stale_{name}")
    targets = ", ".join(f"{column} = {value}" for column, value in values.items())
    yield (
        "packs",
        f"""
update {name} l set {targets}
from {name} n join stale_{name} s on s.key = n.key
{joins}
where l.key = n.key
""",
    )
