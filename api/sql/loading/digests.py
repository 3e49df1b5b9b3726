"""The digests of claims and of revisions, which are chained: each revision's digest contains that of the one before it. Text; no I/O.

A claim's digest is over all of its columns that are not null, so that adding a nullable column changes no digest. The function
`seal_history()` of the database computes the same for migrations that change stored claims.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import ID, KEY, Column, claim_columns, withheld_columns

QUOTES = ("odd", "rejections")  # The parts of a receipt that quote values, which withholding removes.


def content_digest(values: Iterable[tuple[Column, str]]) -> str:
    """The digest of a row: 128 bits of the SHA-256 of its columns in alphabetical order, each with its name, and texts with their length."""
    parts = [_part(column, value) for column, value in sorted(values, key=lambda pair: pair[0].name)]
    return f"substring(sha256(convert_to(concat_ws(E'\\n', {', '.join(parts)}), 'UTF8')) for 16)"


def _part(column: Column, value: str) -> str:
    """A column as text, the same whatever the settings of the session; null if it is null or an empty list."""
    name = column.name
    if column.sql == "text":
        return f"'{name}=' || length({value}) || ':' || {value}"
    if column.sql.endswith("[]"):
        return f"'{name}=' || nullif({value}, '{{}}')::text"
    return f"'{name}=' || ({value} - date '2000-01-01')" if column.sql == "date" else f"'{name}=' || {value}::text"


def claim_digest(kind: Kind, alias: str, id: str = "") -> str:
    """The digest of a version of a claim, with its key, the id of its record and the revision that added it; `id` is the SQL of the id."""
    values = [(column, f"{alias}.{column.name}") for column in (KEY, *claim_columns(kind))]
    return content_digest([*values, (ID, id or record_id(kind.name, f"{alias}.record"))])


def record_id(name: str, key: str) -> str:
    """The id of a record of the kind `name` by its key. It may have been removed, also from history."""
    return (
        f"coalesce((select r.id from {name} r where r.key = {key}), (select h.id from {name}_history h where h.key = {key} limit 1), "
        f"(select p.id from purged_record p where p.kind = '{name}' and p.key = {key}))"
    )


def withheld_digest(kind: Kind, alias: str) -> str:
    """The digest of a withheld claim, without its key and the revision that removed it, which are assigned later."""
    return content_digest((column, f"{alias}.{column.name}") for column in withheld_columns(kind) if column.name != "removed_in")


def seal(kinds: Kinds, every: bool) -> str:
    """Record the digests of revision $1. `every`: all claims are new; otherwise they are found among the touched records."""
    items = [_items(kind, "" if every else f" and record in (select record from touched_{kind.name})") for kind in kinds.values()]
    joined = "\n  union all\n".join(items)
    return f"""
insert into revision_digest (revision, details, receipt, quotes, claims, history)
select id, details, receipt, quotes, claims, {_history("(select history from revision_digest where revision = parts.id - 1)", "parts")}
from (
  select r.id, {DETAILS} as details, {RECEIPT} as receipt, {QUOTED} as quotes, {_claims("i")} as claims
  from revision r left join (
{joined}
  ) i on true
  where r.id = $1::bigint group by r.id
) parts
"""


def _items(kind: Kind, among: str) -> str:
    """What revision $1 did to claims about a kind, as in `_every_item`."""
    name = kind.name
    return f"""  select {_item("+", name, "digest")} as item from {name}_claim where added_in = $1{among}
  union all select {_item("-", name, "digest", "reason")} from {name}_claim_history where removed_in = $1
  union all select {_item("-", name, "digest", "reason")} from claim_tombstone where kind = '{name}' and removed_in = $1"""


def every_item(kinds: Kinds) -> str:
    """A select of `revision` and `item`: every claim that a revision added, with its digest, and every one that it removed, with the reason."""
    parts = []
    for name in kinds:
        for table, where in ((f"{name}_claim", ""), (f"{name}_claim_history", ""), ("claim_tombstone", f" where kind = '{name}'")):
            parts.append(f"select added_in as revision, {_item('+', name, 'digest')} as item from {table}{where}")
            if table != f"{name}_claim":
                parts.append(f"select removed_in, {_item('-', name, 'digest', 'reason')} from {table}{where}")
    return "\n    union all ".join(parts)


def _item(sign: str, kind: str, digest: str, reason: str = "") -> str:
    about = f"'{sign}{kind}:' || key || ':' || {reason}" if reason else f"'{sign}{kind}:' || key"
    return f"convert_to({about}, 'UTF8') || {digest}"


# Of a row `r` of the table of revisions.
DETAILS = (
    "sha256(convert_to(jsonb_build_array(r.id, extract(epoch from r.recorded_at), r.kind, r.message, r.author, r.tool, r.rule, r.totals_rule, r.digest, "
    "r.counts)::text, 'UTF8'))"
)
RECEIPT = f"sha256(convert_to(coalesce((r.receipt - '{QUOTES[0]}' - '{QUOTES[1]}')::text, ''), 'UTF8'))"
QUOTED = f"sha256(convert_to(jsonb_build_array(r.receipt -> '{QUOTES[0]}', r.receipt -> '{QUOTES[1]}')::text, 'UTF8'))"


def _claims(alias: str) -> str:
    return f"sha256(coalesce(string_agg({alias}.item, ''::bytea order by {alias}.item), ''::bytea))"


def _history(previous: str, alias: str) -> str:
    return f"sha256(coalesce({previous}, ''::bytea) || {alias}.details || {alias}.receipt || {alias}.quotes || {alias}.claims)"


# Withholding


def bury(kind: Kind) -> str:
    """Keep the digests of marked claims, which are about to be deleted from history. $1 is the revision."""
    name = kind.name
    return f"""
insert into claim_tombstone (kind, key, digest, added_in, removed_in, reason, withheld_in)
select '{name}', c.key, c.digest, c.added_in, c.removed_in, c.reason, $1 from {name}_claim_history c join (select distinct key from marked_{name}) m on m.key = c.key
"""


# Proofs


def claims_match(kind: Kind, since: int) -> str:
    """Selects the claims, live, past and withheld, that are not what was recorded."""
    name = kind.name
    record = f"coalesce({record_id(name, 'c.record')}, 'with the key ' || c.record)"
    past = f"'{name} ' || {record} || ': its claim ' || c.key || ' of revision ' || c.added_in || ' is not as it was recorded'"
    return f"""
select {past} from {name}_claim c where c.digest is distinct from {claim_digest(kind, "c")}
union all
select {past} from {name}_claim_history c where c.removed_in > {since} and c.digest is distinct from {claim_digest(kind, "c")}
union all
select 'withheld {name} ' || c.id || ': the claim of ' || c.source || ' of revision ' || c.added_in || ' is not as it was recorded'
from {name}_withheld c where c.digest is distinct from {withheld_digest(kind, "c")}
"""


def chain_matches(kinds: Kinds, since: int) -> str:
    """Selects the revisions that are not what they were when they were recorded, the first one first."""
    lost = " or ".join(f"jsonb_array_length(r.receipt -> '{name}') > 0" for name in QUOTES)
    return f"""
with claims_ as materialized (
  select revision, {_claims("i")} as claims from (
    {every_item(kinds)}
  ) i where revision >= {since} group by revision
), wrong as (
  select r.id, case
      when d.revision is null then 'has no digest'
      when d.details <> {DETAILS} then 'its time, kind, message, author, tool, rules, digest of files or counts are not as they were recorded'
      when d.receipt <> {RECEIPT} then 'its receipt is not as it was recorded'
      when d.redacted_in is null and d.quotes <> {QUOTED} or d.redacted_in is not null and ({lost}) then 'the values that its receipt quotes are not as they were recorded'
      when d.claims <> coalesce(c.claims, sha256(''::bytea)) then 'the claims that it added and removed are not those that it recorded'
      when p.revision is null and r.id > 1 or d.history <> {_history("p.history", "d")} then 'its digest does not follow from that of the revision before'
    end as what
  from revision r left join revision_digest d on d.revision = r.id left join revision_digest p on p.revision = r.id - 1 left join claims_ c on c.revision = r.id
  where r.id >= {since}
)
select 'revision ' || id || ': ' || what from wrong where what is not null
union all
select 'revision ' || d.revision || ': has a digest, but is not recorded' from revision_digest d where not exists (select from revision r where r.id = d.revision)
union all
select 'revision ' || d.revision || ': lost quotes in revision ' || d.redacted_in || ', which withheld nothing' from revision_digest d
where d.redacted_in is not null and not exists (select from claim_tombstone t where t.withheld_in = d.redacted_in)
"""


def tombstones_match() -> str:
    """Selects the revisions that withheld another number of public claims than is known to have been removed by them."""
    return """
select 'revision ' || r.id || ': says that it withheld ' || coalesce((r.counts ->> 'taken_back')::bigint, 0) || ' claims that were public, but '
  || coalesce(t.claims, 0) || ' are known to have been removed'
from revision r left join (
  select withheld_in, sum(claims) as claims from (
    select withheld_in, count(*) filter (where removed_in = withheld_in and reason = 'withheld')
      + count(distinct key) filter (where not (removed_in = withheld_in and reason = 'withheld')) as claims
    from claim_tombstone group by withheld_in, kind
  ) by_kind group by withheld_in
) t on t.withheld_in = r.id
left join (select revision, sum(changed) as claims from purged_count where sort = 'taken_back' group by revision) u on u.revision = r.id
where coalesce((r.counts ->> 'taken_back')::bigint, 0) <> coalesce(t.claims, 0) + coalesce(u.claims, 0)
union all
select 'revision ' || t.withheld_in || ': claims are said to have been withheld in it, but it is not recorded'
from (select distinct withheld_in from claim_tombstone) t where not exists (select from revision r where r.id = t.withheld_in)
"""
