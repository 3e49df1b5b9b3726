"""The records of a format for the columns of one file: each field's value, check and error message as SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema.formats.expressions import (
    Coded,
    Column,
    Concat,
    Constant,
    Digest,
    Expression,
    FirstDay,
    FirstKnown,
    ItemIds,
    Matched,
    OnlyIf,
    ParsedDate,
    PeriodDay,
    Remainder,
    RowDigest,
    ShortestNumber,
    Unless,
)
from schema.formats.format import FileFormat, RecordMapping, target_field
from schema.model.kinds import Kinds

from ..text import quote_literal
from .expressions import Expressions, file_column
from .types import ID_RULE, Reading, invalid_id, reading

MAX_CODES_LISTED = 30  # Codes that a message lists.


@dataclass(frozen=True)
class Check:
    """SQL: when a value is invalid (empty: never), the reason, and the text that a message shows."""

    invalid: str
    reason: str
    shown: str


NO_CHECK = Check("", "", "null")


@dataclass(frozen=True)
class MappedField:
    """A field of a claim: its value as COPY takes it, its check, and its name in messages, which is the file's own if it has one."""

    name: str
    value: str
    check: Check = NO_CHECK
    label: str = ""


@dataclass(frozen=True)
class MappedRecord:
    """A record of a format, for one file: its fields, the condition under which there is one, and the list of items it is made `each` of."""

    mapping: RecordMapping
    fields: tuple[MappedField, ...]
    condition: str
    items: str = ""


class Mapper:
    """Maps the records of a format for a file with these columns that is loaded as the claims of a source."""

    def __init__(
        self,
        kinds: Kinds,
        format: FileFormat,
        columns: Sequence[str],
        source: str,
        has_raw_record: bool,
        collection: str = "",
        keeps_same_rows: bool = False,
    ) -> None:
        self.kinds, self.format, self.columns, self.source = kinds, format, columns, source
        self.collection = collection or source
        mappings = format.records_for(columns)
        has_raw_record = format.container == "json" and has_raw_record
        self.expressions = Expressions(columns, self._stored(mappings), has_raw_record, source, format.unstored, keeps_same_rows)
        self.records = [self._record(mapping) for mapping in mappings]

    def _stored(self, mappings: Sequence[RecordMapping]) -> dict[str, bool]:
        """The columns whose values fields store unchanged, and whether only their day is stored.

        Records that several rows share may differ from a row in all but what their id is made of.
        """
        stored = {}
        for mapping in mappings:
            identity = self._identity(mapping)
            for name, expression in mapping.fields.items():
                column = file_column(self.columns, _unchanged(expression))
                if column is not None and (column in identity or not (mapping.shared or mapping.each)):
                    stored[column] = target_field(self.kinds, mapping, name).type.is_date
            for remainder in (expression for expression in mapping.fields.values() if isinstance(expression, Remainder)):
                columns = {file_column(self.columns, part) for part in remainder.only} & identity
                stored |= dict.fromkeys((column for column in columns if column is not None), False)
        return stored

    def fields_of(self) -> dict[str, tuple[str, ...]]:
        """By column, the fields that are made of it, such as `event.name`, and `original` if a claim keeps its values as they are."""
        fields: dict[str, dict[str, None]] = {name: {} for name in self.columns}
        for record in self.records:
            for name, expression in {"id": record.mapping.id, **record.mapping.fields}.items():
                for column in _columns_read(expression):
                    if (found := file_column(self.columns, column)) is not None:
                        fields[found][f"{record.mapping.kind}.{name}"] = None
        if any(isinstance(value, Remainder) and not value.only for record in self.records for value in record.mapping.fields.values()):
            kept = [
                name for name in self.columns if name not in self.expressions.unstored and self.expressions.stored.get(name) is not False
            ]
            for name in kept:
                fields[name]["original"] = None
        return {name: tuple(found) for name, found in fields.items()}

    def _identity(self, mapping: RecordMapping) -> set[str | None]:
        """The columns whose values are in the digest that is the record's id: a reference to the record repeats them."""
        parts = mapping.id.parts if isinstance(mapping.id, Digest) else ()
        return {file_column(self.columns, part.of if isinstance(part, ShortestNumber) else part) for part in parts}

    def _record(self, mapping: RecordMapping) -> MappedRecord:
        sql = self.expressions.sql
        condition = f"{sql(mapping.when)} is not null" if mapping.when else "true"
        return MappedRecord(mapping, tuple(self._fields(mapping)), condition, sql(mapping.each) if mapping.each else "")

    def _fields(self, mapping: RecordMapping) -> Iterator[MappedField]:
        sql, id = self.expressions.sql, self.expressions.sql(mapping.id)
        is_key = bool(self.format.key) and not mapping.shared  # Then the key is checked, once for all records.
        yield MappedField("id", id, Check("" if is_key else invalid_id(id), quote_literal(ID_RULE), id), self.label("id", mapping.id))
        source = sql(mapping.source) if mapping.source else quote_literal(self.source)
        yield MappedField("source", source, Check(invalid_id(source) if mapping.source else "", quote_literal(ID_RULE), source), "source")
        yield MappedField("collection", sql(mapping.collection) if mapping.collection else quote_literal(self.collection))
        for name, expression in mapping.fields.items():
            yield self._field(mapping, name, expression)

    def _field(self, mapping: RecordMapping, name: str, expression: Expression) -> MappedField:
        field, text = target_field(self.kinds, mapping, name), self.expressions.sql(expression)
        if isinstance(expression, Constant):
            field.type.parse(expression.value)  # A wrong declaration fails at once, not at the first record.
        read = reading(field.type, text)
        if isinstance(expression.of if isinstance(expression, OnlyIf) else expression, (Constant, ItemIds, Remainder)):
            return MappedField(
                name, read.value if field.type.many and not isinstance(expression, ItemIds) else text
            )  # Valid by construction.
        if isinstance(expression, Matched):  # A match in prose that is not a value of the type is no match.
            return MappedField(name, f"case when not {read.invalid} then {read.value} end" if read.invalid else read.value)
        check = self._check(expression, text, read)
        if field.required and mapping.source is None:
            invalid = f"({text} is null or {check.invalid})" if check.invalid else f"{text} is null"
            check = Check(invalid, check.reason, check.shown)
        return MappedField(name, read.value, check, self.label(name, expression))

    def _check(self, expression: Expression, text: str, read: Reading) -> Check:
        if coded := _deciding_codes(expression):
            return self._code_check(expression, coded, text, read)
        if isinstance(expression, FirstDay):
            hours = self.expressions.sql(expression.hours)
            valid = f"regexp_full_match({hours}, '[0-9]{{1,6}}') and try_cast({hours} as integer) % 24 = 0"
            return Check(f"{hours} is not null and ({valid}) is not true", quote_literal("must be a multiple of 24 hours"), hours)
        return Check(read.invalid, quote_literal(f"{read.rule}{_other_spellings(expression)}"), text)

    def _code_check(self, expression: Expression, coded: Coded, text: str, read: Reading) -> Check:
        """A code that is not listed is invalid, unless another expression before it gives a value."""
        code, codes = self.expressions.sql(coded.of), ", ".join(map(quote_literal, coded.codes))
        unlisted = f"coalesce({code} not in ({codes}), false)" if coded.otherwise is None else ""
        listed = ", ".join(coded.codes) if len(coded.codes) <= MAX_CODES_LISTED else f"the {len(coded.codes)} known codes"
        reason = quote_literal(f"is not one of {listed}")
        if expression is coded:
            return Check(unlisted, reason, code)
        invalid = f"({text} is null and {unlisted} or {read.invalid or 'false'})" if unlisted else read.invalid
        return Check(invalid, reason, f"coalesce({text}, {code})")

    def label(self, name: str, expression: Expression) -> str:
        """The name of a field in messages: that of the file's column if it is made of one, else our own."""
        return next((column for part in self._sources(expression) if (column := file_column(self.columns, _read_from(part)))), None) or name

    def _sources(self, expression: Expression) -> tuple[Expression, ...]:
        """The expressions that a value is taken from."""
        if coded := _deciding_codes(expression):
            inner = _read_from(coded.of)
        else:
            inner = expression.hours if isinstance(expression, FirstDay) else _read_from(expression)
        return inner.of if isinstance(inner, FirstKnown) else inner.parts if isinstance(inner, Concat) else (inner,)


def _unchanged(expression: Expression) -> Expression:
    """The column whose values a field stores unchanged, or, of a date, to the day."""
    if isinstance(expression, ShortestNumber) or (isinstance(expression, PeriodDay) and not expression.patterns):
        return expression.of
    return expression


def _columns_read(expression: Expression) -> Iterator[Column]:
    """The columns that a value is made of; not those of the digests in ids, which have all that tells a record apart."""
    if isinstance(expression, Column):
        yield expression
    elif not isinstance(expression, (Digest, RowDigest, ItemIds, Remainder)):
        for operand in expression.operands():
            yield from _columns_read(operand)


def _read_from(expression: Expression) -> Expression:
    """What an expression reads that gives one value in another form, or only under a condition."""
    while isinstance(expression, (ParsedDate, PeriodDay, OnlyIf, Unless)):
        expression = expression.of
    return expression


def _other_spellings(expression: Expression) -> str:
    """The patterns by which a date may be written too, as the end of a sentence."""
    patterns = [pattern for part in expression.walk() if isinstance(part, PeriodDay) for pattern in part.patterns]
    return f", or be written as {' or '.join(dict.fromkeys(patterns))}" if patterns else ""


def _deciding_codes(expression: Expression) -> Coded | None:
    """The codes that decide whether a value is valid: those of the expression, or of the last of several."""
    last = expression.of[-1] if isinstance(expression, FirstKnown) else expression
    return last if isinstance(last, Coded) else None
