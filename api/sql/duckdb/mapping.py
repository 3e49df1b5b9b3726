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
    Identifier,
    IfKnown,
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

from ..text import quote_identifier, quote_literal
from . import quantities
from .cells import NUMERIC_USES
from .expressions import Expressions, depends_on_item, file_column
from .types import ID_RULE, Reading, canonical_reading, invalid_id, reading
from .uses import USE_OF_TYPES, column_uses, value_columns, value_parts

MAX_CODES_LISTED = 30  # Codes that a message lists.


@dataclass(frozen=True)
class Check:
    """SQL: when a value is invalid (empty: never), the reason, and the text that a message shows."""

    invalid: str
    reason: str
    shown: str


NUMERIC = [name for name, use in USE_OF_TYPES.items() if use in NUMERIC_USES]  # The types whose values are numbers.
NO_CHECK = Check("", "", "null")


@dataclass(frozen=True)
class MappedField:
    """A field of a claim: its value as COPY takes it, its check, and its name in messages, which is the file's own if it has one.

    `impossible`: when a stated number is not the field's value because nothing can have it; empty: never.
    """

    name: str
    value: str
    check: Check = NO_CHECK
    label: str = ""
    impossible: str = ""


@dataclass(frozen=True)
class Stated:
    """A column whose cell may state something that no field has.

    SQL: when a field has it, when it is a number that nothing can have, and when it is a link but no address, which its name may keep.
    """

    column: str
    kept: str
    impossible: str
    no_link: str
    is_date: bool


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
        self.uses = column_uses(kinds, mappings, columns)
        has_raw_record = format.container == "json" and has_raw_record
        self.expressions = Expressions(columns, has_raw_record, source, format.unstored, keeps_same_rows)
        self.expressions.held = {column: self._once(condition) for column, condition in self._held(mappings).items()}
        self.records = [self._record(mapping) for mapping in mappings]

    def _once(self, condition: str) -> str:
        """A condition, computed once per record."""
        return self.expressions.computed.setdefault(condition, self.expressions.next_column()) if condition else ""

    def _held(self, mappings: Sequence[RecordMapping]) -> dict[str, str]:
        """The columns whose values fields store unchanged, each with the condition under which one does; empty: always.

        Records that several rows share may differ from a row in all but what their id is made of.
        """
        held: dict[str, list[str]] = {}
        for mapping in mappings:
            identity = self._identity(mapping)
            for name, expression in mapping.fields.items():
                column = file_column(self.columns, _unchanged(expression))
                if column is not None and (column in identity or not (mapping.shared or mapping.each)):
                    held.setdefault(column, []).append(self._holds(mapping, name, column))
            for remainder in (expression for expression in mapping.fields.values() if isinstance(expression, Remainder)):
                for part in {file_column(self.columns, part) for part in remainder.only} & identity - {None}:
                    held.setdefault(str(part), []).append("")
        return {
            column: "" if "" in conditions else f"coalesce({' or '.join(dict.fromkeys(conditions))}, false)"
            for column, conditions in held.items()
        }

    def _holds(self, mapping: RecordMapping, name: str, column: str) -> str:
        """When a field has the value of a column unchanged; empty: always, if it has a value."""
        text, type = quote_identifier(column), target_field(self.kinds, mapping, name).type
        made = (
            ""
            if mapping.when is None or file_column(self.columns, mapping.when) == column
            else f"{self.expressions.sql(mapping.when)} is not null"
        )
        value = self._value(mapping, name, mapping.fields[name], text)[0]
        same = "" if value == text or type.many or type.name == "record" else f"({value}) is not distinct from {text}"
        if type.is_date:  # Its cell is a day of ten characters, or has a time. Any other text rejects the record.
            same = f"length({text}) = 10"
        return f"({made} and {same})" if made and same else made or same

    def _value(self, mapping: RecordMapping, name: str, expression: Expression, text: str) -> tuple[str, Reading, str]:
        """A field's value, its reading, and when a stated number is impossible.

        In our own tables, which say who claims each record, nothing invalid is passed over: it rejects the record.
        """
        strict = mapping.source is not None
        type = target_field(self.kinds, mapping, name).type
        canonical = type.name in NUMERIC and self._is_canonical(expression)
        read = canonical_reading(type, text) if canonical else reading(type, text, strict)
        if type.name == "text" and depends_on_item(expression):  # A part of an item is no longer than the item, which is measured faster.
            read = Reading(read.value, reading(type, "item").invalid, read.rule)
        if limit := target_field(self.kinds, mapping, name).max_length:
            read = Reading(read.value, f"coalesce(length({text}) > {limit}, false)", f"is too long: more than {limit} characters")
        value = read.value
        impossible = self._impossible(mapping, name, value)
        if impossible and not strict:
            value = f"case when not {impossible} then {value} end"
        if read.invalid and not strict and self._is_optional_link(mapping, name):
            value = f"case when not {read.invalid} then {value} end"
        return value, read, impossible

    def _is_canonical(self, expression: Expression) -> bool:
        """Whether a number comes from columns alone, which have it in its one spelling."""
        plain = all(isinstance(part, (Column, FirstKnown, Identifier, IfKnown, OnlyIf, ShortestNumber)) for part in value_parts(expression))
        names = [file_column(self.columns, column) for column in value_columns(expression)]
        return plain and bool(names) and all(name is None or self.uses.get(name) in NUMERIC_USES for name in names)

    def _impossible(self, mapping: RecordMapping, name: str, value: str) -> str:
        declared = self.kinds[mapping.kind].quantities
        if declared is None or name not in declared.numbers:
            return ""
        if isinstance(mapping.fields[name], Constant):
            return ""
        measure, unit = (
            self.expressions.sql(mapping.fields[part]) if part in mapping.fields else "null::varchar"
            for part in (declared.measure, declared.unit)
        )
        impossible, wrong_unit = quantities.impossible(declared, value, measure, unit), quantities.wrong_unit(declared, measure, unit)
        return impossible if mapping.source or wrong_unit == "false" else f"({impossible} or ({value} is not null and {wrong_unit}))"

    def _is_optional_link(self, mapping: RecordMapping, name: str) -> bool:
        """Whether an invalid value is flagged instead: an invalid web address does not make the rest of its record wrong."""
        field = target_field(self.kinds, mapping, name)
        return field.type.name == "url" and not field.required

    def stated(self) -> Iterator[Stated]:
        """The columns that fields are made of, where it depends on the record whether any field has what they state."""
        takers: dict[str, list[tuple[MappedRecord, MappedField, Expression]]] = {}
        for record in self.records:
            for field in record.fields if record.mapping.source is None and not record.mapping.each else ():
                expression = record.mapping.fields.get(field.name) if field.name in self.kinds[record.mapping.kind].fields else None
                tested = isinstance(expression, Coded) and expression.otherwise is not None  # Not what the cell says, but whether.
                for column in () if expression is None or tested else value_columns(expression):
                    if expression is not None and (name := file_column(self.columns, column)):
                        takers.setdefault(name, []).append((record, field, expression))
        for name, uses in takers.items():
            types = [target_field(self.kinds, record.mapping, field.name).type for record, field, _ in uses]
            kept = dict.fromkeys(self._keeps(record, field, expression) for record, field, expression in uses)
            links = [
                f"({record.condition} and ({field.value}) is null)"
                for (record, field, _), type in zip(uses, types, strict=True)
                if type.name == "url"
            ]
            impossible = " or ".join(dict.fromkeys(field.impossible for _, field, _ in uses if field.impossible))
            is_date = any(type.is_date for type in types)
            if "" not in kept or links or is_date:
                all_kept = "true" if "" in kept else f"coalesce({' or '.join(kept)}, false)"
                yield Stated(name, all_kept, impossible or "false", " or ".join(links) or "false", is_date)

    def _keeps(self, record: MappedRecord, field: MappedField, expression: Expression | None) -> str:
        """When a field has what a column states, or the format declares that it states nothing; empty: always."""
        text = self.expressions.sql(expression) if expression else ""
        # A code describes its record: without a record, it says nothing.
        coded = expression is not None and any(isinstance(part, Coded) for part in expression.walk())
        made = [] if coded or record.condition == "true" else [record.condition]
        type = target_field(self.kinds, record.mapping, field.name).type
        condition = [] if isinstance(expression, Column) and (field.value == text or type.is_date) else [f"({field.value}) is not null"]
        kept = " and ".join([*made, *condition])
        for part in expression.walk() if expression else ():
            if isinstance(part, Coded) and None in part.codes.values():
                key, codes = self.expressions.coded(part)
                nothing = ", ".join(quote_literal(theirs) for theirs, ours in codes.items() if ours is None)
                kept = f"{kept} or {key} in ({nothing})" if kept else ""
            if isinstance(part, Unless):
                words = ", ".join(quote_literal(word.lower()) for word in part.words_for_none)
                kept = f"{kept} or lower({self.expressions.sql(part.of)}) in ({words})" if kept else ""
        return f"({kept})" if kept else ""

    def fields_of(self) -> dict[str, tuple[str, ...]]:
        """By column, the fields that are made of it, such as `event.name`, and `original` if a claim keeps its values as they are."""
        fields: dict[str, dict[str, None]] = {name: {} for name in self.columns}
        for record in self.records:
            for name, expression in {"id": record.mapping.id, **record.mapping.fields}.items():
                for column in _columns_read(expression):
                    if (found := file_column(self.columns, column)) is not None:
                        fields[found][f"{record.mapping.kind}.{name}"] = None
        if any(isinstance(value, Remainder) and not value.only for record in self.records for value in record.mapping.fields.values()):
            kept = [name for name in self.columns if name not in self.expressions.unstored and name not in self.expressions.held]
            for name in kept:
                fields[name]["original"] = None
        return {name: tuple(found) for name, found in fields.items()}

    def _identity(self, mapping: RecordMapping) -> set[str | None]:
        """The columns whose values are in the digest that is the record's id: a reference to the record repeats them."""
        parts = mapping.id.parts if isinstance(mapping.id, Digest) else ()
        return {file_column(self.columns, part.of if isinstance(part, (Identifier, ShortestNumber)) else part) for part in parts}

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
        value, read, impossible = self._value(mapping, name, expression, text)
        if isinstance(expression.of if isinstance(expression, OnlyIf) else expression, (Constant, ItemIds, Remainder)):
            return MappedField(
                name, read.value if field.type.many and not isinstance(expression, ItemIds) else text
            )  # Valid by construction.
        if isinstance(expression, Matched):  # A match in prose that is not a value of the type is no match.
            return MappedField(name, f"case when not {read.invalid} then {read.value} end" if read.invalid else read.value)
        lenient = mapping.source is None and self._is_optional_link(mapping, name)
        check = NO_CHECK if lenient else self._check(expression, text, read)
        if mapping.source is not None:
            check = self._check_quantity(mapping, name, impossible, check)
        if field.required and mapping.source is None:
            invalid = f"({text} is null or {check.invalid})" if check.invalid else f"{text} is null"
            check = Check(invalid, check.reason, check.shown)
        return MappedField(name, value, check, self.label(name, expression), impossible)

    def _check_quantity(self, mapping: RecordMapping, name: str, impossible: str, check: Check) -> Check:
        """The check of a field that also rejects impossible numbers, and a unit or a quantifier that contradicts them."""
        declared = self.kinds[mapping.kind].quantities
        if declared is None:
            return check
        text = {
            field: reading(target_field(self.kinds, mapping, field).type, self.expressions.sql(of)).value
            for field, of in mapping.fields.items()
        }
        condition, rule = impossible, quantities.RULE
        if name == declared.unit:
            condition, rule = quantities.wrong_unit(declared, text.get(declared.measure, "null::varchar"), text[name]), quantities.UNIT_RULE
        elif name == declared.quantifier:
            condition, rule = quantities.contradictory(declared, text), quantities.bounds_rule(declared)
        if not condition:
            return check
        reason = f"case when {check.invalid} then {check.reason} else {quote_literal(rule)} end" if check.invalid else quote_literal(rule)
        return Check(f"({check.invalid} or {condition})" if check.invalid else condition, reason, check.shown)

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
        key, code = self.expressions.coded(coded)[0], self.expressions.sql(coded.of)
        unlisted = f"({key} is not null and not {self.expressions.listed(coded)})" if coded.otherwise is None else ""
        listed = ", ".join(coded.codes) if len(coded.codes) <= MAX_CODES_LISTED else f"the {len(coded.codes)} known codes"
        reason = quote_literal(f"is not one of {listed}")
        stated = tuple(part for part in expression.of if not isinstance(part, Constant)) if isinstance(expression, FirstKnown) else (coded,)
        if stated == (coded,):  # A constant after it is for records without a code.
            return Check(unlisted, reason, code)
        text = self.expressions.sql(FirstKnown(stated))
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
    while isinstance(expression, (Identifier, ParsedDate, PeriodDay, OnlyIf, Unless)):
        expression = expression.of
    return expression


def _other_spellings(expression: Expression) -> str:
    """The patterns by which a date may be written too, as the end of a sentence."""
    patterns = [pattern for part in expression.walk() if isinstance(part, PeriodDay) for pattern in part.patterns]
    return f", or be written as {' or '.join(dict.fromkeys(patterns))}" if patterns else ""


def _deciding_codes(expression: Expression) -> Coded | None:
    """The codes that decide whether a value is valid: those of the expression, or of the last of several that is no constant."""
    several = expression.of if isinstance(expression, FirstKnown) else (expression,)
    last = next((part for part in reversed(several) if not isinstance(part, Constant)), several[-1])
    return last if isinstance(last, Coded) else None
