"""The records of a format for the columns of one file: each field's value, check and error message as SQL for DuckDB. Text; no I/O.

One module, although long: the value, the check and the message of a field are made of the same expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema.formats.cross_checks import Agreement
from schema.formats.expressions import (
    Column,
    Constant,
    Digest,
    Expression,
    FirstKnown,
    Identifier,
    IfKnown,
    ItemIds,
    LocalMidnight,
    Matched,
    OnlyIf,
    PeriodDay,
    Remainder,
    ShortestNumber,
)
from schema.formats.flags import ordering_flag
from schema.formats.format import FileFormat, RecordMapping, target_field
from schema.model.claim import POINT_RULE, SPAN_RULE
from schema.model.kinds import Kinds

from ..text import quote_identifier, quote_literal
from . import quantities
from .agreements import contradiction
from .cells import NUMERIC_USES
from .checks import NO_CHECK, Check, FieldChecks
from .column_uses import USE_OF_TYPES, column_codes, column_uses, value_columns, value_parts
from .expressions import Expressions, depends_on_item, file_column
from .types import ID_RULE, NULL, Reading, canonical_reading, invalid_id, reading

NUMERIC = [name for name, use in USE_OF_TYPES.items() if use in NUMERIC_USES]  # The types whose values are numbers.


@dataclass(frozen=True)
class MappedField:
    """A field of a claim: its value as COPY takes it, its check, and its name in messages, which is the file's own if it has one.

    `contradicted`: when another cell says something else, so that the field has no value; empty: never.
    `impossible`: when a stated number is not the field's value because nothing can have it; empty: never.
    """

    name: str
    value: str
    check: Check = NO_CHECK
    label: str = ""
    impossible: str = ""
    contradicted: str = ""


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
        self.uses, self.codes = column_uses(kinds, mappings, columns), column_codes(kinds, mappings, columns)
        has_raw_record = format.container == "json" and has_raw_record
        self.expressions = Expressions(columns, has_raw_record, source, format.unstored, keeps_same_rows)
        self.contradictions = [
            (agreement, self.expressions.computed.once(contradiction(agreement, self.expressions)))
            for agreement in format.agreements_for(columns)
            if self._is_stated(agreement)
        ]
        self.checks = FieldChecks(kinds, columns, self.expressions)
        # Spans whose first day is after their last one: by the flag and the column of the first day, the text that is flagged, and the condition.
        self.descending: dict[tuple[str, str], tuple[str, str]] = {}
        self.expressions.held = {
            column: condition and self.expressions.computed.once(condition) for column, condition in self._held(mappings).items()
        }
        self.records = [self._record(mapping) for mapping in mappings]

    def _is_stated(self, agreement: Agreement) -> bool:
        """Whether the file has the columns that are compared."""
        return all(any(file_column(self.columns, part) for part in operand.walk()) for operand in agreement.operands())

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
            contradicted = self._contradicted(mapping, name)
            same = f"length({text}) = 10" + (f" and {contradicted} is not true" if contradicted else "")
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
        value = self.expressions.once_if_long(read.value, expression)
        impossible = self._impossible(mapping, name, value)
        if impossible and not strict:
            value = f"case when not {impossible} then {value} end"
        if not strict and (wrong := self._wrong_unit(mapping, name, value)) != "false":
            value = NULL if wrong == "true" else f"case when not {wrong} then {value} end"
        if read.invalid and not strict and self._is_optional_link(mapping, name):
            value = f"case when not {read.invalid} then {value} end"
        if not strict and (contradicted := self._contradicted(mapping, name)):
            value = f"case when {contradicted} is not true then {value} end"
        if not strict and (other := self._other_degrees(mapping, name)):
            value = f"case when {other} is not null then {value} end"
        return self.expressions.once_if_long(value, expression), read, impossible

    def _contradicted(self, mapping: RecordMapping, name: str) -> str:
        """When another cell of the row says something else than this field; empty: never."""
        field = f"{mapping.kind}.{name}"
        conditions = [condition for agreement, condition in self.contradictions if field in agreement.fields]
        for first, last in self._spans(mapping):
            if name in (first, last):
                days = [f"substr({self.expressions.sql(mapping.fields[day])}, 1, 10)" for day in (first, last)]
                conditions.append(condition := self.expressions.computed.once(f"{days[0]} > {days[1]}"))
                code, label = ordering_flag(first, last), self.checks.label(first, mapping.fields[first])
                self.descending[code, label] = (f"{days[0]} || ' > ' || {days[1]}", condition)
        return f"({' or '.join(conditions)})" if conditions else ""

    def _other_degrees(self, mapping: RecordMapping, name: str) -> str:
        """The other coordinate of a point, as the file has it; empty if the field is no coordinate."""
        other = self.kinds[mapping.kind].other_degrees(name)
        return self.expressions.sql(mapping.fields[other.name]) if other and other.name in mapping.fields else NULL if other else ""

    def _spans(self, mapping: RecordMapping) -> Iterator[tuple[str, str]]:
        """The first and the last day of what a record spans, as far as the format gives both."""
        fields = self.kinds[mapping.kind].fields
        for names in self.kinds[mapping.kind].ascending:
            if (
                len(names) == 2
                and fields[names[0]].type.is_date
                and {*names} <= {*mapping.fields}
                and mapping.fields[names[0]] != mapping.fields[names[1]]
            ):
                yield names[0], names[1]

    def _is_canonical(self, expression: Expression) -> bool:
        """Whether a number comes from columns alone, which have it in its one spelling."""
        plain = all(isinstance(part, (Column, FirstKnown, Identifier, IfKnown, OnlyIf, ShortestNumber)) for part in value_parts(expression))
        names = [file_column(self.columns, column) for column in value_columns(expression)]
        return plain and bool(names) and all(name is None or self.uses.get(name) in NUMERIC_USES for name in names)

    def _impossible(self, mapping: RecordMapping, name: str, value: str) -> str:
        declared = self.kinds[mapping.kind].quantities
        if declared is None or name not in declared.numbers:
            return ""
        if value == NULL or isinstance(mapping.fields[name], Constant):
            return ""
        measure, unit = (
            self.expressions.sql(mapping.fields[part]) if part in mapping.fields else NULL for part in (declared.measure, declared.unit)
        )
        impossible, wrong_unit = quantities.impossible(declared, value, measure, unit), quantities.wrong_unit(declared, measure, unit)
        return impossible if mapping.source or wrong_unit == "false" else f"({impossible} or ({value} is not null and {wrong_unit}))"

    def _wrong_unit(self, mapping: RecordMapping, name: str, value: str) -> str:
        """Whether a unit is none in which the measure of its record can be counted; its number is unknown, and so is it."""
        declared = self.kinds[mapping.kind].quantities
        if declared is None or name != declared.unit or declared.measure not in mapping.fields:
            return "false"
        return quantities.wrong_unit(declared, self.expressions.sql(mapping.fields[declared.measure]), value)

    def _is_optional_link(self, mapping: RecordMapping, name: str) -> bool:
        """Whether an invalid value is flagged instead: an invalid web address does not make the rest of its record wrong."""
        field = target_field(self.kinds, mapping, name)
        return field.type.name == "url" and not field.required

    def _identity(self, mapping: RecordMapping) -> set[str | None]:
        """The columns whose values are in the digest that is the record's id: a reference to the record repeats them."""
        parts = mapping.id.parts if isinstance(mapping.id, Digest) else ()
        return {file_column(self.columns, part.of if isinstance(part, (Identifier, ShortestNumber)) else part) for part in parts}

    def _record(self, mapping: RecordMapping) -> MappedRecord:
        sql = self.expressions.sql
        conditions = [f"{sql(mapping.when)} is not null"] if mapping.when else []
        conditions += [f"{condition} is not true" for agreement, condition in self.contradictions if agreement in mapping.agreed]
        condition = " and ".join(conditions) or "true"
        return MappedRecord(mapping, tuple(self._fields(mapping)), condition, sql(mapping.each) if mapping.each else "")

    def _fields(self, mapping: RecordMapping) -> Iterator[MappedField]:
        sql, id = self.expressions.sql, self.expressions.sql(mapping.id)
        is_key = bool(self.format.key) and not mapping.shared  # Then the key is checked, once for all records.
        check = NO_CHECK if is_key else self.checks.of_id(mapping.id, id, invalid_id(id))
        yield MappedField("id", id, check, self.checks.id_label("id", mapping.id))
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
            constant = read.value if field.type.many and not isinstance(expression, ItemIds) else text
            return MappedField(name, NULL if value == NULL else constant)  # Valid by construction.
        if isinstance(expression, Matched):  # A match in prose that is not a value of the type is no match.
            return MappedField(name, f"case when not {read.invalid} then {read.value} end" if read.invalid else read.value)
        lenient = mapping.source is None and self._is_optional_link(mapping, name)
        is_id = field.type.name == "ref"
        of = self.checks.of_id(expression, text, read.invalid) if is_id and read.invalid else self.checks.of(expression, text, read)
        check = NO_CHECK if lenient else of
        if mapping.source is not None:
            check = self.checks.quantity(mapping, name, impossible, check)
            check = self.checks.rule(self._contradicted(mapping, name), SPAN_RULE, check)
            if other := self._other_degrees(mapping, name):
                check = self.checks.rule(f"{text} is not null and {other} is null", POINT_RULE, check)
        if field.required and mapping.source is None:
            invalid = f"({text} is null or {check.invalid})" if check.invalid else f"{text} is null"
            check = Check(invalid, check.reason, check.shown)
        contradicted = "" if mapping.source else self._contradicted(mapping, name)
        label = (self.checks.id_label if is_id else self.checks.label)(name, expression)
        return MappedField(name, value, check, label, impossible, contradicted)


def _unchanged(expression: Expression) -> Expression:
    """The column whose values a field stores unchanged, or, of a date, to the day."""
    if isinstance(expression, (LocalMidnight, ShortestNumber)) or (isinstance(expression, PeriodDay) and not expression.patterns):
        return expression.of
    return expression
