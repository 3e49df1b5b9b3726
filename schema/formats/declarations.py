"""Checks the declaration of a format against the kinds, so that a wrong field or code fails on import and not at the first record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..codelists.vocabularies import Vocabulary
from ..model.declaration_error import BadDeclaration
from ..model.field import Field
from ..model.kinds import Kinds
from .expressions import Coded, Constant, Expression, FirstKnown, IfKnown, OnlyIf
from .format import FileFormat, RecordMapping, target_field


def problems(kinds: Kinds, format: FileFormat) -> Iterator[str]:
    """What is wrong with a format. Mappings that depend on the columns of a file are not looked at."""
    forbidden = format.source.get(kinds["source"].permits or "") == "false"
    if forbidden != (format.traits is not None):
        yield f"format {format.name}: a format has traits if its source forbids redistribution, and only then"
    for name, value in format.source.items():
        field = kinds["source"].fields.get(name)
        if field is None:
            yield f"format {format.name}: sources have no field {name}"
        else:
            yield from _value_problems(f"format {format.name}: its source", field, value)
    for record in () if callable(format.records) else format.records:
        yield from _record_problems(kinds, f"format {format.name}, {record.kind}", record)


def _record_problems(kinds: Kinds, where: str, record: RecordMapping) -> Iterator[str]:
    for name, expression in record.fields.items():
        field = target_field(kinds, record, name)
        for value in _constants(expression):
            yield from _value_problems(where, field, value)


def _constants(expression: Expression) -> Iterator[str]:
    """The texts that a field may get from the declaration itself rather than from a file."""
    if isinstance(expression, Constant):
        yield expression.value
    elif isinstance(expression, Coded):
        yield from (value for value in (*expression.codes.values(), expression.otherwise) if value is not None)
    elif isinstance(expression, FirstKnown):
        for choice in expression.of:
            yield from _constants(choice)
    elif isinstance(expression, (IfKnown, OnlyIf)):
        yield from _constants(expression.of)


def _value_problems(where: str, field: Field, value: str) -> Iterator[str]:
    try:
        field.type.parse(value)
    except ValueError as problem:
        yield f"{where}: {field.name} {problem}"


def check_codes(what: str, codes: Iterable[str] | Mapping[str, object], vocabulary: Vocabulary) -> None:
    """Raise BadDeclaration unless all `codes` are in the vocabulary. `what` names the table, with its module."""
    if unknown := sorted({*codes} - {*vocabulary.codes}):
        raise BadDeclaration(f"{what} has {', '.join(unknown)}, which the vocabulary {vocabulary.name} lacks")
