"""Records of a file that occur again, or contradict an earlier one: the statements of DuckDB that find and reject them. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.claim import CURE_OF_CONTRADICTION, IDENTITY

from ..text import quote_identifier, quote_literal
from .mapped_file import MAX_VALUE_LENGTH, MappedFile
from .mapping import MappedRecord
from .wide import record_words

# Each record of an id whose records differ, with the first one that differs from it.
DIFFERING = """
select record, first as other from repeated where not same
union all select r.record, d.other from repeated r join (select first, min(record) as other from repeated where not same group by first) d using (first) where r.same
union all select first, min(record) from repeated where not same group by first
"""


def of_records(mapped: MappedFile) -> Iterator[str]:
    """Fill `repeated`, and reject what two records of a file cannot both say."""
    yield _find(mapped)
    yield _reject_conflicting(mapped)
    yield from _reject_same_rows(mapped)
    yield from _reject_contradicting(mapped)


def _find(mapped: MappedFile) -> str:
    """The records that are the same claim as an earlier one: their number, that of the first, and whether both are the same throughout."""
    main = mapped.records[0]
    content = "md5(concat_ws(chr(31), " + ", ".join(f"coalesce({quote_identifier(name)}, chr(30))" for name in mapped.columns) + "))"
    if mapped.format.key:
        id, condition = mapped.expressions.sql(mapped.format.key), "true"
    else:  # Of a record that several rows share, each wording is a claim.
        id, condition = (content if main.mapping.shared else _claim_identity(main)), main.condition
    return f"""
create or replace table repeated as
with twice as (select {id} as id_, min(record) as first_ from {mapped.base} base where {condition} group by 1 having count(*) > 1)
select base.record, first_ as first, {content} = any_value(case when base.record = first_ then {content} end) over (partition by id_) as same
from {mapped.base} base join twice on {id} = id_
qualify base.record <> first_
"""


def _reject_conflicting(mapped: MappedFile) -> str:
    """Reject all records of one id, if any of them differs from the first: nothing says which is right."""
    field = mapped.records[0].fields[0]
    id = mapped.expressions.sql(mapped.format.key) if mapped.format.key else field.check.shown
    others = f"{record_words('least(record, other)')} || ' and of ' || {record_words('greatest(record, other)')}"
    reason = f"'is the id of ' || {others} || ', which differ; only one of them can be right, so neither is loaded'"
    return mapped.reject(f"join ({DIFFERING}) differing using (record)", field.label, id, reason)


def _reject_same_rows(mapped: MappedFile) -> Iterator[str]:
    """Reject rows without an id that are the same as an earlier one, unless the user said whether they count."""
    main = mapped.records[0]
    digests = [part for part in main.mapping.id.walk() if part in mapped.row_digests]
    if digests and not mapped.same_rows:
        reason = f"'is the same as ' || {record_words('first')} || ' in every cell, and has no id: `--same-rows keep` counts both, `--same-rows once` counts one'"
        has_digest = f"contains({main.fields[0].value}, {mapped.expressions.sql(digests[0])})"
        yield mapped.reject(f"join repeated using (record) where same and {has_digest}", "", "null", reason)


def _reject_contradicting(mapped: MappedFile) -> Iterator[str]:
    """Of a file that says who claims each record, reject records in which a source contradicts itself in what a record of ours is.

    Of other files, no two records make claims about the same record of ours, except about those that many share.
    """
    main = mapped.records[0]
    values = {field.name: field.value for field in main.fields}
    live = f"{values['rank']} is distinct from 'deprecated'" if "rank" in values else "true"
    for field in main.fields if main.mapping.source is not None else ():
        if field.name in [told.name for told in mapped.kinds[main.mapping.kind].told]:
            yield f"""
insert into problem
select {mapped.file}, record, entry, {quote_literal(field.label)}, substr(said, 1, {MAX_VALUE_LENGTH}),
  'contradicts ' || {record_words("first_record")} || ', where ' || source || ' says ' || first_said || {quote_literal("; " + CURE_OF_CONTRADICTION)}
from (
  select *, first_value(record) over first as first_record, first_value(said) over first as first_said from (
    select record, {mapped.entry} as entry, {values["id"]} as id, {values["source"]} as source, {field.value} as said
    from {mapped.base} base where {main.condition} and {live} and record not in ({mapped.rejected})
  ) told where said is not null
  window first as (partition by id, source order by record)
) compared where said <> first_said
"""


def _claim_identity(record: MappedRecord) -> str:
    """What no two records of a file may share: the id, or, if the file says who claims it, all that tells claims apart."""
    if record.mapping.source is None:
        return record.fields[0].value
    values = {field.name: field.value for field in record.fields}
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({values.get(name, 'null')}, '')" for name in ("id", "collection", *IDENTITY)) + ")"
