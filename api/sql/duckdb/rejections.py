"""The statements of DuckDB that reject records of a file for what their cells say, each with the cell, the value and the reason. Text; no I/O."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from schema.formats.expressions import Coded, Expression, Identifier, OnlyIf
from schema.formats.total_words import NOTE_PATTERN

from ..text import quote_identifier, quote_literal
from . import ambiguous_cells as ambiguous
from . import flags
from . import unclosed_quotes as swallowed
from .listed_cells import cells_of
from .mapped_file import MAX_VALUE_LENGTH, MappedFile
from .mapping import MappedField, MappedRecord
from .sum_columns import table_columns
from .types import Reading, invalid_id

UNNAMED = re.compile(r"\(column \d+\)")  # The name of a column that the file does not name.


def of_records(mapped: MappedFile) -> Iterator[str]:
    """Insert the problems of each record by itself, but those of fields; see `of_fields`."""
    if mapped.format.key:
        yield from _keys(mapped)
    yield from _identifiers(mapped)
    yield from _ambiguous_countries(mapped)
    yield from ambiguous.of_cells(mapped)
    yield from _notes(mapped)
    yield from _beyond_the_header(mapped)


def _keys(mapped: MappedFile) -> Iterator[str]:
    """Records of a format with a key that have no valid key, or of which no record of ours is made."""
    assert mapped.format.key is not None
    key = mapped.expressions.sql(mapped.format.key)
    conditions = " or ".join(record.condition for record in mapped.records if not record.mapping.shared)
    check = mapped.mapper.checks.of_id(mapped.format.key, key, invalid_id(key))
    yield mapped.reject(f"where {check.invalid}", mapped.mapper.checks.id_label("id", mapped.format.key), check.shown, check.reason)
    yield mapped.reject(f"where not ({conditions})", "", "null", "'has no value in any column that this format reads'")


def _identifiers(mapped: MappedFile) -> Iterator[str]:
    """Records whose id does not have the form of the format's ids."""
    parts = [part for record in mapped.records for part in record.mapping.walk() if isinstance(part, Identifier)]
    for part in dict.fromkeys(parts):
        text = mapped.expressions.sql(part)
        reason = quote_literal(f"is no id of this format; it must look like {part.example}")
        unlike = f"where not regexp_full_match({text}, {quote_literal(part.pattern)})"
        yield mapped.reject(unlike, mapped.mapper.checks.label("id", part), text, reason)


@dataclass(frozen=True)
class FieldCheck:
    """A check of fields, of all records of ours that share it: the SQL of the items whose rows it reads, of when it fails, and of the problem.

    Without a problem, the records that fail it are looked at by `reject_swallowed` of the intake.
    """

    items: str
    fails: str
    problem: str


def field_checks(mapped: MappedFile) -> list[FieldCheck]:
    checks: dict[tuple[str, str, str], dict[str, None]] = {}
    for record in mapped.records:
        for field in record.fields:
            if field.check.invalid:
                checks.setdefault((record.items, field.check.invalid, _problem(mapped, field, record)), {})[record.condition] = None
        for field in _deciding(mapped, record):
            checks.setdefault((record.items, field.check.invalid, _problem(mapped, field)), {})["true"] = None
    return [
        *(FieldCheck("", lines, "") for lines in [swallowed.may_be(mapped)] if lines),
        *(
            FieldCheck(items, f"({' or '.join(conditions)}) and ({invalid})", problem)
            for (items, invalid, problem), conditions in checks.items()
        ),
    ]


def _deciding(mapped: MappedFile, record: MappedRecord) -> Iterator[MappedField]:
    """What decides whether there is this record, and has codes: a code that is not listed would else leave it out without a word."""
    expressions, checks = mapped.mapper.expressions, mapped.mapper.checks
    for coded, used in _codes(record.mapping.when) if record.mapping.when else ():
        check = checks.of(coded, "", Reading("", "", ""))
        if check.invalid:
            invalid = check.invalid if used is coded.of else f"({expressions.sql(used)} is not null and {check.invalid})"
            yield MappedField("", "", replace(check, invalid=invalid), checks.label("", coded))


def _codes(expression: Expression) -> Iterator[tuple[Coded, Expression]]:
    """The lists of codes that decide about a record, each with the text that is looked up, unknown where the format does not look it up."""
    if isinstance(expression, Coded):
        if expression.decides:
            yield expression, expression.of
    elif isinstance(expression, OnlyIf):
        for coded, used in _codes(expression.of):
            yield coded, replace(expression, of=used)
    else:
        for operand in expression.operands():
            yield from _codes(operand)


def failing_checks(mapped: MappedFile, checks: Sequence[FieldCheck]) -> Iterator[str]:
    """Selects of the numbers of those checks that some record fails, many in one statement: each takes as long to plan as a small file to read.

    Without the problems, which are longer than all checks, and which few files have.
    """
    for items, batch in _batches(checks, range(len(checks))):
        cases = ",\n    ".join(f"case when {checks[number].fails} then {number} end" for number in batch)
        yield f"""
select distinct unnest(list_filter([
    {cases}
  ], lambda found_0: found_0 is not null)) from ({mapped.rows(items)}) base"""


def of_fields(mapped: MappedFile, checks: Sequence[FieldCheck], failing: Iterable[int]) -> Iterator[str]:
    """Insert each invalid value that these checks find: the record, the field by its name in the file, the value, and the reason."""
    for items, batch in _batches(checks, sorted(number for number in failing if checks[number].problem)):
        problems = ",\n    ".join(f"case when {checks[number].fails} then {checks[number].problem} end" for number in batch)
        yield f"""
insert into problem
select distinct {mapped.file}, record, entry, p.field, p.value, p.reason from (
  select record, {mapped.entry} as entry, unnest(list_filter([
    {problems}
  ], lambda found_0: found_0 is not null)) as p
  from ({mapped.rows(items)}) base
) problems
"""


def _batches(checks: Sequence[FieldCheck], numbers: Iterable[int]) -> Iterator[tuple[str, list[int]]]:
    """The numbers of checks that read the same rows, as many in one statement as memory allows, with the SQL of the items."""
    by_items: dict[str, list[int]] = {}
    for number in numbers:
        by_items.setdefault(checks[number].items, []).append(number)
    for items, found in by_items.items():
        for start in range(0, len(found), flags.MAX_CHECKS):
            yield items, found[start : start + flags.MAX_CHECKS]


def _problem(mapped: MappedFile, field: MappedField, record: MappedRecord | None = None) -> str:
    """What is wrong with an invalid value, as a struct. Of several columns that it may come from, the one that has it is named."""
    shown, expression = field.check.shown, record.mapping.fields.get(field.name) if record else None
    columns = mapped.mapper.checks.columns_of(expression) if expression else []
    label, stated = quote_literal(field.label), mapped.as_stated(field.label, shown)
    for column in columns if len(columns) > 1 else ():
        has_value = f"when {shown} = base.{quote_identifier(column)} then"
        label = f"case {has_value} {quote_literal(column)} else {label} end"
        stated = f"case {has_value} {mapped.as_stated(column, shown)} else {stated} end"
    return (
        f"{{'field': {label}, 'value': substr({stated}, 1, {MAX_VALUE_LENGTH}), "
        f"'reason': case when {shown} is null then 'is missing' else {field.check.reason} end}}"
    )


def _ambiguous_countries(mapped: MappedFile) -> Iterator[str]:
    """NA, which is Namibia among codes of two letters, in columns with names or codes of three, where statistics programs write it for an empty cell."""
    reason = "is Namibia among codes of two letters, and an empty cell elsewhere, and the column has other codes or names: write NAM, or leave it empty"
    for name, codes in mapped.mapper.codes.items() if mapped.format.spellings.null_words else ():
        if {"na", "nam"} <= codes:
            cell = quote_identifier(name)
            has_longer = f"exists (from {mapped.base} where not regexp_full_match({cell}, '[A-Za-z]{{2}}'))"
            yield mapped.reject(f"where lower({cell}) = 'na' and {has_longer}", name, cell, quote_literal(reason))


def _notes(mapped: MappedFile) -> Iterator[str]:
    """Lines below a table that say something of it, such as its source: rows without an id that have nothing but such a text, once or merged over all cells."""
    if table_columns(mapped) is None:
        return
    cells = ", ".join(map(quote_identifier, mapped.columns))
    stated = f"list_distinct(list_filter([{cells}], lambda found_0: found_0 is not null))"
    is_note = f"where len({stated}) = 1 and regexp_full_match(({stated})[1], {quote_literal(NOTE_PATTERN)}, 's')"
    reason = "is a note, not a record: remove the row, or load the others with --reject-to"
    yield mapped.reject(is_note, "", f"({stated})[1]", quote_literal(reason))


def _beyond_the_header(mapped: MappedFile) -> Iterator[str]:
    """Cells beyond the last column that has a name: a comma within a number has cut it, or a cell is missing before them."""
    nameless = [*itertools.takewhile(UNNAMED.fullmatch, reversed(mapped.columns))][::-1]
    if nameless:
        cells = f"array_to_string(list_filter({cells_of(nameless)}, lambda found_0: found_0 is not null), ', ')"
        reason = (
            "is beyond the last column that has a name: a comma within a number or a text separates cells, unless they are in quotation marks; "
            "write 1234 for 1,234, or name the column"
        )
        yield mapped.reject(f"where {cells} <> ''", "", cells, quote_literal(reason))
