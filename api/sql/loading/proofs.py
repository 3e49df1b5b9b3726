"""The statements of `verify`: each selects contradictions, as one text per row. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import CLAIM_FIELDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import PACKED_IN, live_names

from ..columns import column_list, packed_queries
from ..preference import covered
from ..settling import search, settled
from . import count_withheld, counts, digests, impossible
from . import settle_past as past
from .privilege_proofs import hidden_from_others

# How many rows each table has, as PostgreSQL counted them last.
ROWS = "select name, greatest(reltuples, 0) as rows from unnest($1::text[]) name join pg_class on pg_class.oid = to_regclass(name)"


def proofs(kinds: Kinds, since: int = 1) -> Iterator[tuple[str, str]]:
    """What is to be proved, as a sentence, and the select of what contradicts it. Of the past, only revision `since` and later.

    What records add to totals is proved by the selects of sums_proofs.py.
    """
    for kind in kinds.values():
        yield f"every {kind.name} has the values of a live claim", _values_match_claims(kind)
        yield f"settling every {kind.name} again gives the same row", _settling_is_stable(kind)
        yield f"every {kind.name} was in each revision what its claims gave then", past.settling_again(kind, since)
        yield f"every {kind.name} that was superseded or removed has the reason", past.reasons_match(kind, since)
        if kind.packs:
            yield f"every {kind.name} holds copies of its linked records", _packed_records_match(kinds, kind)
            yield f"every {kind.name} knows the last change to its linked records", _packed_in_is_current(kinds, kind)
        yield f"every reference of {kind.plural} resolves", _references_resolve(kind)
        yield f"no version of {kind.plural} overlaps another", _versions_do_not_overlap(kind)
        yield f"every {kind.name} keeps its id", _ids_are_stable(kind)
        if kind.quantities:
            yield f"every live claim about {kind.plural} has numbers that are possible", impossible.contradictions(kind)
        if kind.root:
            yield f"every {kind.name} has its root", past.roots_match(kind, since)
        yield f"every claim about {kind.plural} is as it was recorded", digests.claims_match(kind, since)
    yield "revisions have no gaps", _revisions_are_complete(kinds)
    yield "revisions were recorded one after the other", RECORDED_IN_ORDER
    yield from counts.proofs(kinds, since)
    yield "revisions are as they were recorded", digests.chain_matches(kinds, since)
    yield "withheld claims that were public are accounted for", digests.tombstones_match()
    yield "nobody but those who load may read what is withheld", hidden_from_others(kinds)
    yield from count_withheld.proofs(kinds)


def _values_match_claims(kind: Kind) -> str:
    parts = []
    for group, fields in kind.groups.items():
        names = [field.name for field in fields]
        parts.append(
            f"select '{kind.name} ' || l.id || ', {group}: ' || case when c.key is null then 'has a value that no live claim carries' "
            f"when c.rank = 'deprecated' then 'comes from a deprecated claim' else 'differs from the claim that it is settled from' end\n"
            f"from {kind.name} l left join {kind.name}_claim c on c.key = l.{group}_claim and c.record = l.key\n"
            f"where {covered(fields, 'l')} and (c.key is null or c.rank = 'deprecated' "
            f"or ({column_list(names, 'c')}) is distinct from ({column_list(names, 'l')}))"
        )
    return "\nunion all\n".join(parts)


def _settling_is_stable(kind: Kind) -> str:
    compared = [column for column in live_names(kind) if column not in ("id", "added_in", "root", "search")]
    searched = f" or l.search is distinct from {search(kind, 'l')}" if kind.searched else ""
    return f"""
select '{kind.name} ' || coalesce(l.id, 'with the key ' || n.key) || case
    when l.key is null then ': has claims, but does not exist'
    when n.key is null then ': exists without a claim'
    else ': settling gives another row' end
from {kind.name} l full join ({settled(kind, "true")}) n on n.key = l.key
where l.key is null or n.key is null or ({column_list(compared, "l")}) is distinct from ({column_list(compared, "n")}){searched}
"""


def _packed_records_match(kinds: Kinds, kind: Kind) -> str:
    """Compare as text, since answers contain the text that PostgreSQL writes for a value."""
    wrong = " or ".join(f"l.{column}::text is distinct from {value}::text" for column, value in packed_queries(kinds, kind, "l").items())
    return f"select '{kind.name} ' || l.id || ': holds other copies than its linked records' from {kind.name} l where {wrong}"


def _packed_in_is_current(kinds: Kinds, kind: Kind) -> str:
    """Check that `packed_in` is not too early: for earlier revisions, linked records are read from history."""
    changed = []
    for name in kind.packs:
        target = kinds.linked_kind(kind, name).name
        on = f"p.{kind.reverses[name].field.name} = l.key" if name in kind.reverses else f"p.key = l.{name}"
        changed.append(f"select from {target} p where {on} and p.added_in > l.{PACKED_IN}")
        changed.append(f"select from {target}_history p where {on} and p.removed_in > l.{PACKED_IN}")
    late = " or ".join(f"exists ({query})" for query in changed)
    return f"select '{kind.name} ' || l.id || ': its linked records have changed since' from {kind.name} l where l.added_in > l.{PACKED_IN} or {late}"


def _references_resolve(kind: Kind) -> str:
    parts = []
    live_fields = [(field.name, field.type.ref or "", field.type.many) for field in kind.fields.values() if field.type.ref]
    about = [(field.name, field.type.ref or "", field.type.many) for field in CLAIM_FIELDS.values() if field.type.ref]
    of_claims = [("record", kind.name, False), ("source", "source", False), *about, *live_fields]
    for table, fields in ((kind.name, live_fields), (f"{kind.name}_claim", of_claims)):
        for name, target, many in fields:
            keys = f"unnest(t.{name})" if many else f"t.{name}"
            parts.append(
                f"select '{table} with the key ' || t.key || ', {name}: refers to no existing {target}'\n"
                f"from {table} t cross join lateral (select {keys} as key) r\n"
                f"where r.key is not null and not exists (select from {target} o where o.key = r.key)"
            )
    return "\nunion all\n".join(parts)


def _versions_do_not_overlap(kind: Kind) -> str:
    parts = [
        f"""
select '{table} with the key ' || key || case
    when until <= added_in then ': a version is removed in revision ' || until || ', and was added in ' || added_in
    else ': two versions stand in revision ' || next
  end
from (
  select key, added_in, until, lead(added_in) over (partition by key order by added_in, until) as next from (
    select key, added_in, null::bigint as until from {table} union all select key, added_in, removed_in from {table}_history
  ) versions
) ordered
where until <= added_in or (next is not null and (until is null or until > next))
"""
        for table in (kind.name, f"{kind.name}_claim")
    ]
    return "union all".join(parts)


def _ids_are_stable(kind: Kind) -> str:
    """Check that ids never change, nor the keys behind them, by which history is found."""
    versions = f"(select id, key from {kind.name} union select id, key from {kind.name}_history) versions"
    return f"""
select '{kind.name} with the key ' || key || ': has had the ids ' || string_agg(id, ' and ' order by id) from {versions} group by key having count(*) > 1
union all
select '{kind.name} ' || id || ': has had the keys ' || string_agg(key::text, ' and ' order by key) from {versions} group by id having count(*) > 1
"""


def _revisions_are_complete(kinds: Kinds) -> str:
    used = " union all ".join(
        f"select {column} as id from {table}" for kind in kinds.values() for table, columns in _revision_columns(kind) for column in columns
    )
    return f"""
select 'revision ' || n || ': is missing' from generate_series(1, (select coalesce(max(id), 0) from revision)) n
where not exists (select from revision where id = n)
union all
select 'revision ' || u.id || ': rows name it, but it is not recorded' from (select distinct id from ({used}) used where id is not null) u
where not exists (select from revision r where r.id = u.id)
"""


def _revision_columns(kind: Kind) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tables of a kind, each with its columns that name a revision."""
    yield kind.name, ("added_in", PACKED_IN) if kind.packs else ("added_in",)
    yield f"{kind.name}_claim", ("added_in",)
    for table in ("history", "claim_history", "withheld"):
        yield f"{kind.name}_{table}", ("added_in", "removed_in")


RECORDED_IN_ORDER = """
select 'revision ' || id || ': was recorded at ' || recorded_at || case when recorded_at < before then ', before the revision before it' else ', which is in the future' end
from (select id, recorded_at, lag(recorded_at) over (order by id) as before from revision) r where recorded_at < before or recorded_at > clock_timestamp()
"""
