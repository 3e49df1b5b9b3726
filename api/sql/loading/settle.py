"""The statements that settle the records that a load touched. Text; no I/O.

Those that check settled records are in checks.py, and those that write them to the live tables and to history in publish.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..settling import in_isolation, search, settled
from .checks import checks, contradictory
from .publish import add, repack, replace
from .reference_roots import root, roots
from .references import BY_ANY_PLAN, BY_INDEX, claims_by_index

# The statements that have nothing to do unless an earlier one, named here, found or wrote rows.
DEPENDS_ON = {
    "contradictory": "several", "settle several": "several", "impossible": "several",
    "history": "superseded", "updates": "superseded", "removals": "removed", "additions": "added", "packs": "stale records",
}  # fmt: skip
# Whether a source changed in what its claims are weighed by.
SOURCES_WEIGH_OTHERWISE = "select exists (select from superseded_source where weighs)"


def weigh(kind: Kind) -> Iterator[str]:
    """Mark the records with claims of a source whose reliability or date changed, since it may now weigh differently.

    Records with claims of a new source are marked already.
    """
    name, revises = kind.name, kind.sources.revises
    revised = f"\n  union select s.key from weighed w join source s on s.{revises} = w.source" if revises else ""
    yield BY_INDEX
    yield f"""
insert into touched_{name}
with recursive weighed(source) as (
  select key from superseded_source where weighs{revised}
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
    if kind.packs or kind.name == "source":
        weighs = ", weighs boolean" if kind.name == "source" else ""
        yield "superseded", f"create temp table superseded_{kind.name} (key bigint, gone boolean{weighs}) on commit drop"
        yield "statistics of superseded", f"analyze superseded_{kind.name}"
    if kind.packs:
        yield from repack(kinds, kind)


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
    yield from checks(kind, f"settled_{name}")
    yield from replace(kind, renewed)
    # In a table of their own, whose size is known: PostgreSQL would guess that one record is new, and then read all figures for each.
    added = f"select n.key from settled_{name} n left join {name} l on l.key = n.key where l.key is null"
    yield "added", f"create temp table added_{name} on commit drop as\n{added}"
    yield "statistics of added", f"analyze added_{name}"
    yield from add(kinds, kind, f"settled_{name} n join added_{name} using (key)", among=f"select key from added_{name}")
    if kind.packs:
        yield from repack(kinds, kind)


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
    yield from checks(kind, rows)
    yield from add(kinds, kind, f"{rows} n")


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
