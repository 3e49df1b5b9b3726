"""Settles records as they were at past revisions, by the rule in force at each; for `verify` and for withholding. Text; no I/O.

A record's state changes only at its *moments*: the revisions in which a claim about it, or the weight of one of its sources, changed, or in
which another rule came into force. So it is settled once per moment, and not once per revision.
"""

from __future__ import annotations

from schema.model.kind import Kind
from schema.storage.columns import claim_names, live_names

from ..columns import column_list
from ..preference import RULES, weights
from ..settling import search, settled_rows
from ..text import quote_literal
from .reference_roots import next_towards_root

STORED = ("id", "added_in", "root", "search")  # The columns of a live row that settling does not give.


def claim_versions(kind: Kind) -> str:
    """A select of all versions of claims, with `until_`, the revision that removed it; null if it is live."""
    columns = column_list(["key", *claim_names(kind)])
    return f"select {columns}, null::bigint as until_ from {kind.name}_claim union all select {columns}, removed_in from {kind.name}_claim_history"


def record_versions(kind: Kind) -> str:
    """A select of all versions of records, with `until_`, the revision that removed it; null if it is live."""
    columns = column_list(["key", *live_names(kind)])
    return f"select {columns}, null::bigint as until_ from {kind.name} union all select {columns}, removed_in from {kind.name}_history"


def stands(version: str, moment: str) -> str:
    """A condition: a version was live in a revision."""
    return f"{version}.added_in <= {moment} and ({version}.until_ is null or {version}.until_ > {moment})"


def complete_row(kind: Kind, alias: str) -> str:
    """A condition: a settled row has all required fields. Without them there is no record."""
    return " and ".join(f"{alias}.{field.name} is not null" for field in kind.fields.values() if field.required) or "true"


SOURCE_IDS = "(select distinct key, id from (select key, id from source union all select key, id from source_history) every)"


def _source_versions(sources: Kind) -> str:
    branches = (
        f"select s.key, s.id, {weights(sources, 's')}, s.added_in, {until} as until_ from {table} s"
        for table, until in (("source", "null::bigint"), ("source_history", "s.removed_in"))
    )
    return f"({' union all '.join(branches)})"


def moments(kind: Kind, claims: str, versions: str = "") -> str:
    """A select of `record`, `moment`, and `ended_`, the record's next moment, which is null for the last one.

    `claims` is the relation of all versions of the claims about these records; `versions`, if given, that of the stored versions, whose
    limits are then moments too.
    """
    parts = [f"select record, added_in as moment from {claims}", f"select record, until_ from {claims} where until_ is not null"]
    if versions:
        parts += [f"select key, added_in from {versions}", f"select key, until_ from {versions} where until_ is not null"]
    spans = "c.added_in < w.moment and (c.until_ is null or c.until_ > w.moment)"
    if kind.name != "source":
        parts.append(f"select c.record, w.moment from ({reweighed(kind.sources)}) w join {claims} c on c.source = w.source and {spans}")
    parts.append(f"select c.record, w.moment from ({NEW_RULES}) w join {claims} c on {spans}")
    every = "\n    union ".join(parts)
    return f"""
select record, moment, lead(moment) over (partition by record order by moment) as ended_
from (
    {every}
) every"""


def reweighed(sources: Kind) -> str:
    """A select of `source` and `moment`: a source's claims, or those of a source that it revises, began to count otherwise."""
    versions, revising = _source_versions(sources), ""
    if sources.revises:
        revising = f"\n  union select v.key, c.moment from changed c join {versions} v on v.{sources.revises} = c.source"
    return f"""
with recursive changed(source, moment) as (
  select h.key, h.removed_in from source_history h join {versions} n on n.key = h.key and n.added_in = h.removed_in
  where ({weights(sources, "h")}) is distinct from ({weights(sources, "n")}){revising}
)
select source, moment from changed"""


# The revisions from which on another rule was in force than before.
NEW_RULES = "select r.id as moment from revision r join revision b on b.id = r.id - 1 where b.rule <> r.rule"


def settled_at_moments(kind: Kind, moments: str, claims: str) -> str:
    """A select of settled rows with `moment` and `ended_`, one per row of the relation `moments`; `claims` are versions of claims.

    Sources weigh what they weighed at the moment, and the rule is the one by which that revision was settled.
    """
    weighed = SOURCE_IDS if kind.name == "source" else _source_versions(kind.sources)
    current = "" if kind.name == "source" else f" and {stands('s', 'm.moment')}"
    table = f"({claim_versions(kind)})"
    rows = []
    for rule in RULES.values():
        joined = (
            f"(select m.* from {moments} m join revision r on r.id = m.moment where r.rule = '{rule.name}') m "
            f"join {claims} c on c.record = m.record and {stands('c', 'm.moment')} join {weighed} s on s.key = c.source{current}"
        )
        rows.append(
            settled_rows(
                kind, joined, SOURCE_IDS, table, ("moment", "ended_"), stands("l", "g.moment"), rule, _source_versions(kind.sources)
            )
        )
    return "\nunion all\n".join(rows)


# Programs of the first rule settled the past of withheld records again with the weights of the revision that withheld them, which is
# not recorded: those versions cannot be settled again.
FIRST_RULE = next(iter(RULES))


# Proofs


def settling_again(kind: Kind, since: int) -> str:
    """Selects the past versions, of revision `since` and later, that differ from what the claims of their time give."""
    compared = [column for column in live_names(kind) if column not in STORED]
    differing = [f"case when e.{name} is distinct from v.{name} then '{name}' end" for name in compared]
    searched = [f"case when v.search is distinct from {search(kind, 'v')} then 'search' end"] if kind.searched else []
    wrong = f"({column_list(compared, 'e')}) is distinct from ({column_list(compared, 'v')})"
    wrong += f" or v.search is distinct from {search(kind, 'v')}" if kind.searched else ""
    return f"""
with past_ as materialized ({_changed_records(kind, since)}),
claims_ as materialized (select * from ({claim_versions(kind)}) c where record in (select key from past_)),
versions_ as materialized (select * from ({record_versions(kind)}) v where key in (select key from past_)),
moments_ as materialized (select * from ({moments(kind, "claims_", "versions_")}) m where ended_ > {since}),
expected_ as materialized (select * from ({settled_at_moments(kind, "moments_", "claims_")}) e where {complete_row(kind, "e")})
select '{kind.name} ' || coalesce(v.id, {_any_id(kind, "m.record")}, 'with the key ' || m.record) || ', as of revision ' || m.moment || case
    when v.key is null then ': had claims, but does not exist'
    when e.key is null then ': exists, but had no claim'
    else ': settling the claims of that time gives another row; different: ' || concat_ws(', ', {", ".join(differing + searched)}) end
from moments_ m
left join expected_ e on e.key = m.record and e.moment = m.moment
left join versions_ v on v.key = m.record and {stands("v", "m.moment")}
where ((e.key is null) <> (v.key is null) or e.key is not null and ({wrong}))
  and not exists (
    select from {kind.name}_withheld w join revision r on r.id = m.moment
    where w.id = coalesce(v.id, {_any_id(kind, "m.record")}) and r.rule = {quote_literal(FIRST_RULE)}
  )
order by m.moment, 1
"""


def _changed_records(kind: Kind, since: int) -> str:
    """A select of the keys of the records that may have been different in a revision, `since` or later, from what they are."""
    name = kind.name
    parts = [
        f"select key from {name}_history where removed_in > {since}",
        f"select record from {name}_claim_history where removed_in > {since}",
    ]
    several = f"select from {name}_claim o where o.record = c.record and o.key <> c.key"  # The rule only decides between claims.
    for changes, on in ((NEW_RULES, ""), *([(reweighed(kind.sources), "c.source = w.source and ")] if name != "source" else [])):
        parts.append(
            f"select c.record from ({changes}) w join {name}_claim c on {on}c.added_in < w.moment and w.moment > {since} and exists ({several})"
        )
    return "\nunion ".join(parts)


def _any_id(kind: Kind, key: str) -> str:
    return f"(select id from {kind.name} where key = {key}), (select id from {kind.name}_history where key = {key} limit 1)"


def roots_match(kind: Kind, since: int) -> str:
    """Selects the records, live and past, whose root is not where following their references ends in all revisions of the version."""
    versions, via = column_list(["key", "id", "root", "added_in"]), next_towards_root(kind, "n")
    followed = f"{kind.root} and {kind.revises}" if kind.revises else kind.root
    return f"""
with recursive versions_ as materialized (
  select {versions}, {via} as via, (select coalesce(max(id), 0) + 1 from revision) as until_, true as live from {kind.name} n
  union all
  select {versions}, {via}, removed_in, false from {kind.name}_history n
), walk_(key, version, stored, root, from_, until_) as (
  select key, added_in, root, key, added_in, until_ from versions_ where via is null
  union all
  select v.key, v.added_in, v.root, w.root, greatest(v.added_in, w.from_), least(v.until_, w.until_)
  from versions_ v join walk_ w on v.via = w.key and v.added_in < w.until_ and w.from_ < v.until_
), walked_ as (
  select key, version, bool_and(root = stored) as right_, sum(until_ - from_) as length from walk_ group by key, version
)
select '{kind.name} ' || v.id || ', root' || case when live then '' else ', as of revision ' || v.added_in end || ': is not the end of its {followed}'
from versions_ v left join walked_ w on w.key = v.key and w.version = v.added_in
where until_ > {since} and (w.right_ is not true or w.length <> v.until_ - v.added_in)
"""


def reasons_match(kind: Kind, since: int) -> str:
    """Selects the past versions whose `reason` is not that of the change that ended them."""
    name = kind.name
    return f"""
select '{name} ' || h.id || ': was removed in revision ' || h.removed_in || ' with the reason ' || h.reason || ', which the claims that went did not have'
from {name}_history h
where h.removed_in > {since}
  and not exists (select from {name} n where n.key = h.key and n.added_in = h.removed_in)
  and not exists (select from {name}_history n where n.key = h.key and n.added_in = h.removed_in)
  and not exists (select from {name}_claim_history c where c.record = h.key and c.removed_in = h.removed_in and c.reason = h.reason)
union all
select '{name} ' || h.id || ': was superseded in revision ' || h.removed_in || ' with the reason ' || h.reason || ', not because it was settled again'
from {name}_history h
where h.removed_in > {since} and h.reason not in ('resettled', 'method_changed')
  and (exists (select from {name} n where n.key = h.key and n.added_in = h.removed_in)
  or exists (select from {name}_history n where n.key = h.key and n.added_in = h.removed_in))
"""
