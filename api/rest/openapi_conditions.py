"""The conditions of a list as parameters of OpenAPI: of each field those that are used most, so that a list of parameters can be read.

A condition that is not a parameter works all the same: the first parameter of a field names its other operators, in its description and as
`x-operators`, and paths may be as long as `split_path` allows. But a generated client has only the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS
from schema.model.types import DATE, NUMBER
from schema.surfaces.descriptions import short_description
from schema.surfaces.openapi.parts import Schema, id_argument, value

from ..query import conditions
from ..query.nodes import MAX_FIRST

TEXT: Schema = {"type": "string"}
BOUNDS = ("gte", "lte")
COUNTED: Schema = {"type": "integer", "minimum": 0}
PAGE: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_FIRST}


class Declared(NamedTuple):
    """A condition that is a parameter: its name, its description and the schema of its value."""

    name: str
    description: str
    schema: Schema
    operators: tuple[str, ...] = ()  # The others that the field has; its name and a dot stand before them.


def own(kinds: Kinds, kind: Kind) -> Iterator[Declared]:
    """The conditions on the fields of a kind, and on what it has of the records that it refers to."""
    for field in (None, *kind.filterable.values()):
        yield from _of_field(kinds, field, field.name if field else "id", of=kind)
    for name, (_, field) in kinds.columns(kind).items():
        yield from _of_field(kinds, field, name, f"Of the {kind.columns[name].partition('.')[0]}: ")


def linked(kinds: Kinds, kind: Kind) -> Iterator[Declared]:
    """The conditions on the records that a kind refers to, and on those that these refer to."""
    for link in kind.links:
        target = kinds[link.type.ref or ""]
        yield from _main(kinds, target, link.name, f"{link.description} ")
        for further in target.links:
            if further.type.ref not in (kind.name, target.name):
                about = f"{link.description} {further.description} "
                yield from _main(kinds, kinds[further.type.ref or ""], f"{link.name}.{further.name}", about)


def related(kinds: Kinds, kind: Kind) -> Iterator[Declared]:
    """The conditions on the records that refer to a record of a kind."""
    for reverse in kind.reverses.values():
        yield from _related(kinds, reverse)


def _related(kinds: Kinds, reverse: Reverse) -> Iterator[Declared]:
    about = f"At least one of the {reverse.name} meets this, and every other condition that begins with `{reverse.name}.some`. "
    fields = [field for field in reverse.kind.fields.values() if field is not reverse.field and not field.type.many]
    for field in fields:
        if (field.what and (field.type.ref or field.type.vocabulary)) or field.name in {
            column.removeprefix("-") for index in reverse.kind.indexes for column in index
        }:
            first, *others = _of_field(kinds, field, f"{reverse.name}.some.{field.name}", about)
            least = [one for one in others if one.name.endswith(".gte")]
            yield from (least or [first])
    yield Declared(f"{reverse.name}.count.gte", f"It has this many {reverse.name}, or more.", COUNTED)


def lists(kind: Kind) -> Iterator[Declared]:
    """The limits of the lists of records that refer to a record of a kind."""
    for name in kind.reverses:
        about = f"How many of the {name} are returned with each record at most, if `fields` requests them; `{name}.where.…` and `{name}.order` choose which."
        yield Declared(f"{name}.limit", about, PAGE)


def _main(kinds: Kinds, kind: Kind, path: str, about: str) -> Iterator[Declared]:
    """The conditions on a record behind a reference that are used most: on its codes, its dates, its names, and on what it refers to."""
    first_day, _ = kind.span or (None, None)
    for field in kind.shown.values():
        first, *others = _of_field(kinds, field, f"{path}.{field.name}", about)
        if field.search and field.name == kind.label:
            yield from (one for one in others if one.name.endswith(".contains"))
        elif kind.span and field in kind.span:
            yield next(one for one in others if one.name.endswith(".gte" if field is first_day else ".lte"))
        elif (field.required or field.index or field.what) and (field.type.vocabulary or field.type.ref):
            yield first


def _of_field(kinds: Kinds, field: Field | None, name: str, about: str = "", of: Kind | None = None) -> Iterator[Declared]:
    """The conditions on a field; None is the id of a record of the kind `of`. The first operator may be omitted."""
    referred = of.name if field is None and of is not None else field.type.ref if field is not None else None
    item = id_argument(referred) if referred else value(field.type) if field is not None else TEXT
    first, *others = (operator for operator in conditions.operators(kinds, field) if operator != "match")
    listed = [operator for operator in others if _listed(field, operator)]
    further = tuple(operator for operator in others if operator not in listed)
    sentence = f"{about}{short_description(field) if field else 'The id.'}"
    also = f" Also {', '.join(f'`{name}.{operator}`' for operator in further)}." if further else ""
    yield Declared(name, f"{sentence} {OPERATORS[first].sentence}{also}", _schema(item, first), further)
    for operator in listed:
        yield Declared(f"{name}.{operator}", f"{sentence} {OPERATORS[operator].sentence}", _schema(item, operator))


def _listed(field: Field | None, operator: str) -> bool:
    """Whether an operator that is not the first of a field is a parameter."""
    if field is None:
        return False
    return operator == "within" or (operator == "contains" and field.search) or (operator in BOUNDS and field.type in (DATE, NUMBER))


def _schema(item: Schema, operator: str) -> Schema:
    """The schema of what an operator compares with, where `item` is one value."""
    meaning = OPERATORS[operator]
    many: Schema = {"type": "array", "items": item, "minItems": 1, "maxItems": conditions.MAX_OPERATOR_VALUES}
    part = TEXT if operator == "contains" else item  # A part of an address is no address.
    return {"type": "boolean"} if meaning.flag else many if meaning.many else part
