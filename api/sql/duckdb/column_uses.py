"""What each column of a file is read as, from the fields and the ids that a format makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.codelists.vocabularies import COUNTRY
from schema.formats.expressions import (
    Coded,
    Column,
    Concat,
    DateSpelling,
    Digest,
    Expression,
    FirstKnown,
    Identifier,
    IfKnown,
    LocalMidnight,
    Lookup,
    Matched,
    OnlyIf,
    ParsedDate,
    PeriodDay,
    PeriodPrecision,
    ShortestNumber,
    Times,
    Unless,
)
from schema.formats.format import NAMING, RecordMapping, target_field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import Type

from .cells import COUNT, DATE, DEGREES, ID, NAME, NUMBER, USES, WHOLE, Use
from .expressions import file_column

USE_OF_TYPES = {"number": NUMBER, "integer": WHOLE, "level": WHOLE, "latitude": DEGREES, "longitude": DEGREES, "date": DATE}


def column_uses(kinds: Kinds, mappings: Sequence[RecordMapping], columns: Sequence[str]) -> dict[str, Use]:
    """The use of every column that is not read as text alone; of several, the one whose spellings are the most exact."""
    uses: dict[str, Use] = {}
    for mapping in mappings:
        for expression, use in _uses(kinds, mapping):
            name = file_column(columns, expression)
            if name is not None and _rank(use) < _rank(uses.get(name, "")):
                uses[name] = use
    for mapping in mappings:
        for column in _names(mapping):
            if (name := file_column(columns, column)) is not None:
                uses.setdefault(name, NAME)
    return uses


def _names(mapping: RecordMapping) -> Iterator[Column]:
    """The columns that name things: what looks the same there is one name, and one id where ids are made of names."""
    for name, expression in mapping.fields.items():
        if name in NAMING or any(isinstance(part, Coded) for part in expression.walk()):
            yield from (part for part in expression.walk() if isinstance(part, Column))
    for part in mapping.walk():
        if isinstance(part, Digest):
            yield from (column for operand in part.parts for column in value_columns(operand))


def column_codes(kinds: Kinds, mappings: Sequence[RecordMapping], columns: Sequence[str]) -> dict[str, frozenset[str]]:
    """The codes of each column that has any, in small letters; they are never words for an empty cell. NA is Namibia in every column of countries."""
    codes: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, expression in mapping.fields.items():
            coded = [part for part in value_parts(expression) if isinstance(part, Coded)]
            listed = {code.lower() for part in coded for code in part.codes}
            if target_field(kinds, mapping, name).type.vocabulary is COUNTRY:
                listed |= {"na"}
            for column in value_columns(expression) if listed else ():
                if (found := file_column(columns, column)) is not None:
                    codes.setdefault(found, set()).update(listed)
    return {column: frozenset(listed) for column, listed in codes.items()}


def id_columns(mappings: Sequence[RecordMapping]) -> Iterator[Column]:
    """The columns that an id of a record is made of alone."""
    for mapping in mappings:
        yield from _id_columns(mapping.id)


def _rank(use: Use) -> int:
    return USES.index(use) if use in USES else len(USES) + (use == "")


def _uses(kinds: Kinds, mapping: RecordMapping) -> Iterator[tuple[Expression, Use]]:
    for name, expression in mapping.fields.items():
        use = _use(kinds[mapping.kind], name, target_field(kinds, mapping, name).type)
        if use and not any(isinstance(part, (Coded, Matched)) for part in value_parts(expression)):
            yield from ((column, use) for column in value_columns(expression))
    texts = {column for of in mapping.fields.values() for column in value_columns(of) if isinstance(of, Column)}
    yield from ((column, ID) for column in _id_columns(mapping.id) if column not in texts)
    for part in mapping.walk():
        if isinstance(part, Identifier) and part.pattern.startswith("[0-9]"):
            yield part.of, WHOLE
        elif isinstance(part, ShortestNumber):
            yield part.of, DEGREES
        elif isinstance(part, (DateSpelling, LocalMidnight, ParsedDate, PeriodDay, PeriodPrecision)):
            yield part.of, DATE
        elif isinstance(part, Coded) and any(key.isdecimal() for key in part.codes):
            yield from ((column, WHOLE) for column in value_columns(part.of))
        elif isinstance(part, Lookup):
            yield part.on, DATE
            if all(row[0].isdecimal() for row in part.rows):
                yield part.key, WHOLE


def _id_columns(expression: Expression) -> Iterator[Column]:
    """The columns that an id is, or is a digest of, alone: a digest of several is of a description."""
    if isinstance(expression, (Concat, FirstKnown)):
        for part in expression.parts if isinstance(expression, Concat) else expression.of:
            yield from _id_columns(part)
    elif isinstance(expression, Digest):
        yield from _id_columns(expression.parts[0]) if len(expression.parts) == 1 else ()
    else:
        yield from value_columns(expression)


def _use(kind: Kind, name: str, type: Type) -> Use | None:
    if kind.quantities and name in kind.quantities.numbers:
        return COUNT
    if type.vocabulary and not type.levels:
        return type.vocabulary
    return USE_OF_TYPES.get(type.name)


def value_parts(expression: Expression) -> Iterator[Expression]:
    """The expressions that a value passes through on its way from its columns."""
    yield expression
    for operand in expression.of if isinstance(expression, FirstKnown) else [getattr(expression, "of", None)]:
        if isinstance(operand, Expression):
            yield from value_parts(operand)


def value_columns(expression: Expression) -> Iterator[Column]:
    """The columns that a value is taken from, beside those that only decide whether there is one."""
    if isinstance(expression, Column):
        yield expression
    elif isinstance(expression, FirstKnown):
        for choice in expression.of:
            yield from value_columns(choice)
    elif isinstance(
        expression, (Coded, Identifier, IfKnown, LocalMidnight, Matched, OnlyIf, ParsedDate, PeriodDay, ShortestNumber, Times, Unless)
    ):
        yield from value_columns(expression.of)
