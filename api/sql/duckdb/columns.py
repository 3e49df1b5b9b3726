"""What becomes of each column of a file: the fields that are made of it, and whether any field has what a cell states. SQL for DuckDB; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.formats.expressions import Coded, Column, Digest, Expression, Item, ItemIds, Remainder, RowDigest, Unless
from schema.formats.format import target_field

from ..text import quote_literal
from .column_uses import value_columns
from .expressions import file_column
from .mapping import MappedField, MappedRecord, Mapper
from .types import among


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


def stated(mapper: Mapper) -> Iterator[Stated]:
    """The columns that fields are made of, where it depends on the record whether any field has what they state."""
    takers: dict[str, list[tuple[MappedRecord, MappedField, Expression]]] = {}
    for record in mapper.records:
        for field in record.fields if record.mapping.source is None and not record.mapping.each else ():
            expression = record.mapping.fields.get(field.name) if field.name in mapper.kinds[record.mapping.kind].fields else None
            tested = isinstance(expression, Coded) and expression.otherwise is not None  # Not what the cell says, but whether.
            for column in () if expression is None or tested else value_columns(expression):
                if expression is not None and (name := file_column(mapper.columns, column)):
                    takers.setdefault(name, []).append((record, field, expression))
    for name, uses in takers.items():
        types = [target_field(mapper.kinds, record.mapping, field.name).type for record, field, _ in uses]
        kept = dict.fromkeys(_keeps(mapper, record, field, expression) for record, field, expression in uses)
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


def _keeps(mapper: Mapper, record: MappedRecord, field: MappedField, expression: Expression | None) -> str:
    """When a field has what a column states, or the format declares that it states nothing; empty: always."""
    text = mapper.expressions.sql(expression) if expression else ""
    # A code describes its record: without a record, it says nothing.
    coded = expression is not None and any(isinstance(part, Coded) for part in expression.walk())
    made = [] if coded or record.condition == "true" else [record.condition]
    type = target_field(mapper.kinds, record.mapping, field.name).type
    condition = [] if isinstance(expression, Column) and (field.value == text or type.is_date) else [f"({field.value}) is not null"]
    kept = " and ".join([*made, *condition])
    if kept and field.contradicted:  # Which has a flag of its own.
        kept = f"{kept} or {field.contradicted}"
    for part in expression.walk() if expression else ():
        if isinstance(part, Coded) and None in part.codes.values():
            key, codes = mapper.expressions.coded(part)
            nothing = ", ".join(quote_literal(theirs) for theirs, ours in codes.items() if ours is None)
            kept = f"{kept} or {key} in ({nothing})" if kept else ""
        if isinstance(part, Unless):
            kept = f"{kept} or {among(mapper.expressions.sql(part.of), part.words_for_none)}" if kept else ""
    return f"({kept})" if kept else ""


def fields_of(mapper: Mapper) -> dict[str, tuple[str, ...]]:
    """By column, the fields that are made of it, such as `event.name`, and `original` if a claim keeps its values as they are."""
    fields: dict[str, dict[str, None]] = {name: {} for name in mapper.columns}
    for record in mapper.records:
        mapping = record.mapping
        whose = {name: value for name, value in {"source": mapping.source, "collection": mapping.collection}.items() if value is not None}
        for name, expression in {"id": mapping.id, **whose, **mapping.fields}.items():
            of_items = [mapping.each] if mapping.each and any(isinstance(part, Item) for part in expression.walk()) else []
            for column in (column for part in (expression, *of_items) for column in _columns_read(part)):
                if (found := file_column(mapper.columns, column)) is not None:
                    fields[found][f"{mapping.kind}.{name}"] = None
    if any(isinstance(value, Remainder) and not value.only for record in mapper.records for value in record.mapping.fields.values()):
        kept = [name for name in mapper.columns if name not in mapper.expressions.unstored and name not in mapper.expressions.held]
        for name in kept:
            fields[name]["original"] = None
    return {name: tuple(found) for name, found in fields.items()}


def _columns_read(expression: Expression) -> Iterator[Column]:
    """The columns that a value is made of; not those of the digests in ids, which have all that tells a record apart."""
    if isinstance(expression, Column):
        yield expression
    elif not isinstance(expression, (Digest, RowDigest, ItemIds, Remainder)):
        for operand in expression.operands():
            yield from _columns_read(operand)
