"""The functions that tell the reading role what everybody may know about withheld claims, since it cannot read these itself.

They run with the rights of their owner, and with its schema as their search path. Text; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.model.claim import DERIVED_ID
from schema.model.kinds import Kinds
from schema.model.revisions import FILE_UNLESS_WITHHELD, UNLESS_WITHHELD

from .text import literals, quote_literal

SIGNATURES = {
    "withheld_by(text, text, bigint)": "The source that withholds a record of a kind as of a revision (null: now); only for records that sources number themselves.",
    "withdrawn_since(text, text, bigint)": "The revision that first withheld claims about a record, or about its figures, which were public as of an earlier one.",
    "withheld_as_of(bigint)": "How many claims and records are withheld as of a revision, by source and kind.",
    "shown_digest(bigint)": "The digest of what a revision loaded; empty if claims of it are withheld.",
    "shown_history_digest(bigint)": "The digest of a revision and of all before it; empty if claims of one of them are withheld.",
    "shown_receipt(bigint)": "The receipt of a revision, without what would identify withheld files.",
}


def definitions(kinds: Kinds) -> list[str]:
    """The statements that create or replace the functions. They capture the search path of the session."""
    withholds = _withholds(kinds)
    ever = " or ".join(f"exists (select from {kind}_withheld where added_in <= r.id)" for kind in kinds)
    return [
        _function("withheld_by(text, text, bigint) returns text", _withheld_by(kinds)),
        _function("withdrawn_since(text, text, bigint) returns bigint", _withdrawn_since(kinds)),
        _function("withheld_as_of(bigint) returns table (source text, kind text, claims bigint, records bigint)", _withheld_as_of(kinds), "rows 50"),
        _function("shown_digest(bigint) returns text", f"select case when {withholds} then '' else r.digest end from revision r where r.id = $1"),
        _function(
            "shown_history_digest(bigint) returns text",
            f"select case when {ever} then '' else coalesce((select encode(d.history, 'hex') from revision_digest d where d.revision = r.id), '') end\n"
            "from revision r where r.id = $1",
        ),
        _function("shown_receipt(bigint) returns jsonb", f"select case when {withholds} then {_without_files()} else r.receipt end from revision r where r.id = $1"),
    ]  # fmt: skip


def _function(head: str, body: str, more: str = "") -> str:
    options = f"language sql stable security definer parallel safe {more} set search_path from current"
    return f"create or replace function {head} {options} as $body$\n{body}\n$body$"


def _withheld_by(kinds: Kinds) -> str:
    """An id that is made of a name can be computed from a guess, so that an answer would confirm the guess: such ids have none."""
    found = _union(
        f"select w.source from {kind.name}_withheld w where $1 = '{kind.name}' and w.id = $2 and $2 !~ {quote_literal(DERIVED_ID.pattern)}\n"
        "  and w.added_in <= coalesce($3, w.added_in) and (w.removed_in is null or w.removed_in > $3)"
        for kind in kinds.values()
        if kind.own_ids
    )
    found = found or "select null::text as source where false"
    return f'select source from (\n{found}\n) w order by source collate "C" limit 1'


def _withdrawn_since(kinds: Kinds) -> str:
    """When a source came to forbid redistribution, claims of which stood as of $3. They were public then, so that this tells nothing that was not.

    The claims are those about the record $2 of the kind $1, and those about numbers that describe it.
    """
    permits, stood = kinds["source"].permits, "{}.added_in <= $3 and ({}.removed_in is null or {}.removed_in > $3)"
    about = [(kind, kind.name, "id") for kind in kinds.values()]
    about += [(reverse.kind, kind.name, reverse.field.name) for kind in kinds.values() for reverse in kind.reverses.values() if reverse.kind.quantities and reverse.field.required]  # fmt: skip
    claims = _union(
        f"select w.source from {held.name}_withheld w where $1 = '{name}' and w.{column} = $2 and {stood.format('w', 'w', 'w')}"
        for held, name, column in about
    )
    forbidding = _union([
        f"select c.added_in, null::bigint as removed_in from source_claim c join source s on s.key = c.record where s.id = w.source and c.{permits} is false",
        f"select c.added_in, c.removed_in from source_claim_history c join source s on s.key = c.record where s.id = w.source and c.{permits} is false",
        f"select c.added_in, c.removed_in from source_withheld c where c.id = w.source and c.{permits} is false",
    ])  # fmt: skip
    return f"""select min(f.added_in) from (
{claims}
) w cross join lateral (
  select min(added_in) filter (where added_in > $3) as added_in, bool_or({stood.format("c", "c", "c")}) as stood from (
{forbidding}
  ) c
) f where not f.stood"""


def _withheld_as_of(kinds: Kinds) -> str:
    claims = _union(
        f"select c.source, '{kind}' as kind, count(*) as claims,\n"
        f"  exists (select from {kind} r where r.id = c.id and r.added_in <= $1) or\n"
        f"  exists (select from {kind}_history r where r.id = c.id and r.added_in <= $1 and r.removed_in > $1) as is_shown\n"
        f"from {kind}_withheld c where c.added_in <= $1 and (c.removed_in is null or c.removed_in > $1) group by c.source, c.id"
        for kind in kinds
    )
    return (
        "select source, kind, sum(claims)::bigint, count(*) filter (where not is_shown)\n"
        f"from (\n{claims}\n) by_record group by source, kind"
    )


def _withholds(kinds: Kinds) -> str:
    """Whether a revision loaded claims that are, or were, withheld."""
    counted = [f"coalesce({column} ?| array['withheld', 'taken_back'], false)" for column in ("r.receipt", "r.counts")]
    stored = [f"exists (select from {kind}_withheld where {column} = r.id)" for kind in kinds for column in ("added_in", "removed_in")]
    return f"({' or '.join([*counted, *stored])})"


def _without_files() -> str:
    whole, part = f"array[{literals(UNLESS_WITHHELD)}]", f"array[{literals(FILE_UNLESS_WITHHELD)}]"
    files = f"(select jsonb_agg(f - {part}) from jsonb_array_elements(r.receipt -> 'files') f)"
    return f"(r.receipt - {whole}) || jsonb_strip_nulls(jsonb_build_object('files', {files}))"


def _union(selects: Iterable[str]) -> str:
    return "\nunion all\n".join(selects)
