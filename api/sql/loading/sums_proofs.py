"""Selects of the records whose stored sums differ from what they add to totals, now and as of earlier revisions. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import TOTALS_RULE

from ...query.nodes import At
from ..answering.left_out_reason import version
from ..answering.overlap import Overlap
from ..answering.scope import Scope
from ..columns import column_list
from ..text import quote_literal
from .affected import family
from .sums import added, sum_names


def sums_proofs(kinds: Kinds) -> Iterator[tuple[str, str, str]]:
    """What is to be proved, as a sentence, and the select of what contradicts it, planned without nested loops, like the sums themselves.

    If there is a third text, the second is read for each revision of `SUMS_ENDED`, with the revision before it and the keys that the third selects.
    """
    for kind in kinds.summed:
        yield f"what every {kind.name} adds to totals is stored", sums_proof(kinds, kind), ""
        yield f"what every {kind.name} added to totals was stored in each revision", past_sums_proof(kinds, kind), affected_by(kinds, kind)


def sums_proof(kinds: Kinds, kind: Kind) -> str:
    """Selects the records whose stored sums differ from what they add to totals."""
    columns = sum_names(kinds, kind)
    return f"""
select '{kind.name} ' || coalesce(f.id, 'with the key ' || coalesce(n.key, s.key)) || ': what it adds to totals is stored wrongly'
from ({added(Scope(kinds, graphql=False), kind, "", columns)}) n full join (select * from {kind.name}_sum where removed_in is null) s on s.key = n.key
left join {kind.name} f on f.key = coalesce(n.key, s.key)
where ({column_list(columns, "n")}) is distinct from ({column_list(columns, "s")})
"""


# Revisions that ended a state of the sums, that of $1 or of a later one: the revision before them is under the same rule.
SUMS_ENDED = f"""
select r.id from revision r join revision b on b.id = r.id - 1
where b.totals_rule = {quote_literal(TOTALS_RULE)} and b.id >= $1 order by r.id
"""


# The past is proved by one statement for each revision, which takes longer to plan than to run for up to so many keys: then by one plan for all.
FEW_KEYS = 1000
ONE_PLAN, PLAN_EACH = (f"set local plan_cache_mode = {mode}" for mode in ("force_generic_plan", "auto"))


def past_sums_proof(kinds: Kinds, kind: Kind) -> str:
    """Selects which of the records with the keys $2 have stored sums as of revision $1 that differ from what they added to totals.

    Read for every revision, with the keys that the revision after it may have changed, it proves the past: what no later revision touched is
    as it is now, which `sums_proof` computes again.
    """
    scope = Scope(kinds, graphql=False, at=At(revision=0))
    earlier, columns, keys = scope.revision, sum_names(kinds, kind), "(select unnest($2::bigint[]) as key)"
    ids = " union all ".join(f"select id from {table} i where i.key = coalesce(n.key, s.key)" for table in _versions(kind))
    return f"""
select '{kind.name} ' || coalesce((select id from ({ids}) i limit 1), 'with the key ' || coalesce(n.key, s.key)) || ', as of revision ' || {earlier}
  || ': what it added to totals is stored wrongly'
from ({added(scope, kind, keys, columns)}) n
full join (select s.* from {kind.name}_sum s where s.key = any($2::bigint[]) and {version(scope, "s")}) s on s.key = n.key
where ({column_list(columns, "n")}) is distinct from ({column_list(columns, "s")})
"""


def affected_by(kinds: Kinds, kind: Kind) -> str:
    """Selects an array of the keys of all records that may have added something else before revision $1 than since.

    Families of events are followed through all versions of their links, so that connected records are in it together, whatever the revision.
    Keys are looked up as arrays: they are few as a rule, and joined, the planner would expect more of them than there are records.
    """
    overlap, revision = Overlap(Scope(kinds, graphql=False), kind), "$1::bigint"
    t, event, nesting = overlap.roles, overlap.event, kinds.nesting_field(overlap.event)
    decisive = [*t.decisive_of_events, *([nesting.name] if nesting else [])]
    claims, stored = f"{kind.name}_claim", f"{kind.name}_sum"
    starts = [
        _changed(event, decisive, revision),
        *_looked_up(t.event, kind, "key", "touched_"),
        *_looked_up(t.event, kind, t.actor, "band_"),
        *_looked_up(t.event, kind, t.place, "area_"),
        *_looked_up("key", event, t.event_place, "area_"),
    ]
    named = [
        f"""touched_ as materialized (
  select record as key from {claims} where added_in = {revision} union select record from {claims}_history where added_in = {revision}
  union select record from {claims}_history where removed_in = {revision} union select key from {kind.name}_history where removed_in = {revision}
  union select key from {stored} where added_in = {revision} union select key from {stored} where removed_in = {revision})""",
        _moved("band_", overlap.actor, kinds, t.decisive_of_actors, revision),
        _moved("area_", overlap.place, kinds, t.decisive_of_places, revision),
        f"start_(key) as ({' union '.join(starts)})",
        family("family_", event, kinds, at="true"),
    ]
    # Those that stood then: others belonged to other families, whose records would be missing.
    now, past = (
        f"select f.key from {table} f where f.{t.event} = any(array(select key from family_)) and f.added_in < {revision}"
        for table in _versions(kind)
    )
    keys = f"select key from touched_ union {now} union {past} and f.removed_in >= {revision}"
    return f"with recursive {', '.join(named)} select array_agg(key) from ({keys}) affected_"


def _looked_up(column: str, kind: Kind, by: str, relation: str) -> list[str]:
    """Selects of a column of all versions of the records whose field has one of the keys in a relation."""
    return [f"select f.{column} from {table} f where f.{by} = any(array(select key from {relation}))" for table in _versions(kind)]


def _versions(kind: Kind) -> tuple[str, str]:
    return kind.name, f"{kind.name}_history"


def _changed(kind: Kind, fields: list[str], revision: str) -> str:
    """A select of the records that had another value in one of these fields before a revision, or that ended with it."""
    old, new = (column_list(fields, alias) for alias in ("h", "n"))
    versions = " union all ".join(f"select key, added_in, {column_list(fields)} from {table}" for table in _versions(kind))
    return (
        f"select h.key from {kind.name}_history h left join ({versions}) n on n.key = h.key and n.added_in = {revision} "
        f"where h.removed_in = {revision} and ({old}) is distinct from ({new})"
    )


def _moved(name: str, kind: Kind, kinds: Kinds, decisive: tuple[str, ...], revision: str) -> str:
    """The records that a revision moved into others, or in which it changed a decisive field, with everything that was ever inside them."""
    nesting = kinds.nesting_field(kind)
    if nesting is None:
        return f"{name}(key) as ({_changed(kind, [*decisive], revision)})"
    inside = " union all ".join(f"select k.key from {table} k where k.{nesting.name} = {name}.key" for table in _versions(kind))
    return f"{name}(key) as ({_changed(kind, [nesting.name, *decisive], revision)} union select k.key from {name} cross join lateral ({inside}) k)"
