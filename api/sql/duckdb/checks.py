"""The checks of the values of fields, and the messages about invalid ones: SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    LocalMidnight,
    Lookup,
    OnlyIf,
    ParsedDate,
    PeriodDay,
    Remainder,
    RowDigest,
    Times,
    Unless,
)
from schema.formats.format import RecordMapping, target_field
from schema.model.kinds import Kinds

from ..text import quote_literal
from . import quantities
from .expressions import Expressions, file_column
from .types import DATE_RULE, ID_RULE, INSTANT_RULE, NULL, Reading, is_instant, reading

MAX_CODES_LISTED = 30  # Codes that a message lists.
MAX_ID = 128  # Characters of an id.
MAX_CODE = 3  # Characters of a code of a country; longer words are names.


@dataclass(frozen=True)
class Check:
    """SQL: when a value is invalid (empty: never), the reason, and the text that a message shows."""

    invalid: str
    reason: str
    shown: str


NO_CHECK = Check("", "", "null")


class FieldChecks:
    """Makes the checks of the fields of records, for a file with these columns."""

    def __init__(self, kinds: Kinds, columns: Sequence[str], expressions: Expressions) -> None:
        self.kinds, self.columns, self.expressions = kinds, columns, expressions

    def quantity(self, mapping: RecordMapping, name: str, impossible: str, check: Check) -> Check:
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
            condition, rule = quantities.wrong_unit(declared, text.get(declared.measure, NULL), text[name]), quantities.UNIT_RULE
        elif name == declared.quantifier:
            condition, rule = quantities.contradictory(declared, text), quantities.bounds_rule(declared)
        if not condition:
            return check
        reason = f"case when {check.invalid} then {check.reason} else {quote_literal(rule)} end" if check.invalid else quote_literal(rule)
        return Check(f"({check.invalid} or {condition})" if check.invalid else condition, reason, check.shown)

    def rule(self, broken: str, rule: str, check: Check) -> Check:
        """A check that also rejects what breaks a rule, such as a first day after the last one. `broken`: when, in SQL; empty: never."""
        if not broken:
            return check
        reason = f"case when {check.invalid} then {check.reason} else {quote_literal(rule)} end" if check.invalid else quote_literal(rule)
        return Check(f"({check.invalid or 'false'} or ({broken}) is true)", reason, check.shown)

    def of(self, expression: Expression, text: str, read: Reading) -> Check:
        if coded := _deciding_codes(expression):
            return self._code(expression, coded, text, read)
        if isinstance(expression, FirstDay):
            hours = self.expressions.sql(expression.hours)
            valid = f"regexp_full_match({hours}, '[0-9]{{1,6}}') and try_cast({hours} as integer) % 24 = 0"
            return Check(f"{hours} is not null and ({valid}) is not true", quote_literal("must be a multiple of 24 hours"), hours)
        reason = quote_literal(f"{read.rule}{_other_spellings(expression)}")
        if read.rule == DATE_RULE:
            reason = f"case when {is_instant(text)} then {quote_literal(INSTANT_RULE)} else {reason} end"
        return Check(read.invalid, reason, text)

    def of_id(self, expression: Expression, text: str, invalid: str) -> Check:
        """The check of an id, or of a reference. What does not have the form of a format's own ids is rejected by `rejections`, with the cell."""
        formed, loose = _id_parts(expression)
        if formed and not loose:
            invalid = f"({text} is null or length({text}) > {MAX_ID})" if invalid.endswith("is not true") else f"length({text}) > {MAX_ID}"
        parts = dict.fromkeys([*loose, *formed])
        shown = self.expressions.sql(next(iter(parts))) if len(parts) == 1 else text
        return Check(invalid, quote_literal(ID_RULE), shown)

    def id_label(self, name: str, expression: Expression) -> str:
        """The name in messages of an id, or of a reference: that of the column of the file that it is made of, else our own."""
        formed, loose = _id_parts(expression)
        columns = (column for part in (*loose, *formed) for column in part.walk() if isinstance(column, Column))
        return next((found for column in columns if (found := file_column(self.columns, column))), name)

    def _code(self, expression: Expression, coded: Coded, text: str, read: Reading) -> Check:
        """A code that is not listed is invalid, unless another expression before it gives a value."""
        key, code = self.expressions.coded(coded)[0], self.expressions.sql(coded.of)
        unlisted = f"({key} is not null and not {self.expressions.listed(coded)})" if coded.otherwise is None and code != NULL else ""
        listed = ", ".join(coded.codes) if len(coded.codes) <= MAX_CODES_LISTED else f"the {len(coded.codes)} known {_sort(coded.codes)}"
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

    def columns_of(self, expression: Expression) -> list[str]:
        """The columns of the file of which a value is the first that is known; none if it is made otherwise."""
        found = [file_column(self.columns, _read_from(part)) for part in self._sources(expression)]
        several = isinstance(_read_from(expression), FirstKnown)
        return [name for name in dict.fromkeys(found) if name] if several else []

    def _sources(self, expression: Expression) -> tuple[Expression, ...]:
        """The expressions that a value is taken from."""
        if coded := _deciding_codes(expression):
            inner = _read_from(coded.of)
        else:
            inner = expression.hours if isinstance(expression, FirstDay) else _read_from(expression)
        return inner.of if isinstance(inner, FirstKnown) else inner.parts if isinstance(inner, Concat) else (inner,)


def _id_parts(expression: Expression) -> tuple[list[Expression], list[Expression]]:
    """What an id is made of that has the form of a format's ids, and the columns that may have any text. Codes and digests fit into every id."""
    if isinstance(expression, Identifier):
        return [expression], []
    if isinstance(expression, Column):
        return [], [expression]
    if isinstance(expression, (Coded, Lookup, Digest, RowDigest, ItemIds, Remainder)):
        return [], []
    operands = (expression.of,) if isinstance(expression, (IfKnown, OnlyIf)) else tuple(expression.operands())
    parts = [_id_parts(operand) for operand in operands]
    return [part for formed, _ in parts for part in formed], [part for _, loose in parts for part in loose]


def _read_from(expression: Expression) -> Expression:
    """What an expression reads that gives one value in another form, or only under a condition."""
    while isinstance(expression, (Identifier, LocalMidnight, ParsedDate, PeriodDay, OnlyIf, Times, Unless)):
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


def _sort(codes: Iterable[str]) -> str:
    """What such words are, for a message: codes of two or three letters, names, or both."""
    are_names = {len(code) > MAX_CODE for code in codes}
    return "names and codes" if len(are_names) > 1 else "names" if True in are_names else "codes"
