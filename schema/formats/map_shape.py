"""What a map says of the shape of its tables: several rows of header, columns that are values, columns that are no plain counts, and what no figure can be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import yaml

from ..model.kind import Kind
from ..model.yaml_text import Document, is_null
from . import map_keys as keys
from .header_words import FACTORS, SHARE, said_by


@dataclass(frozen=True)
class Wide:
    """Columns each of whose cells becomes a row: patterns of their names, and what the columns of their names and of their cells are called."""

    patterns: tuple[str, ...]
    names: str
    values: str

    def columns(self, columns: Sequence[str]) -> list[str]:
        """Those of these columns whose cells become rows."""
        return [name for name in columns if any(fnmatchcase(name.strip(), pattern) for pattern in self.patterns)]


def read_wide(document: Document, node: yaml.Node | None) -> Wide | None:
    """The key `wide` of a map; None if it has none."""
    given = document.mapping(node, "wide", "a description of columns whose cells become rows", keys.WIDE_KEYS)
    patterns = document.texts(given.get("columns"), "columns")
    names, values = (document.text(given.get(key), key) or "" for key in ("names", "values"))
    if node is None or is_null(node):
        return None
    if not (patterns and names and values) or names == values:
        document.problem(node, "wide", "must have `columns`, and two different names as `names` and `values`")
    return Wide(patterns, names, values)


def header_rows(document: Document, node: yaml.Node | None) -> int:
    """The number of rows that the names of the columns take."""
    text = document.text(node, "header_rows") or "1"
    if not re.fullmatch(f"[1-{keys.MAX_HEADER_ROWS}]", text):
        document.problem(node, "header_rows", f"must be a whole number from 1 to {keys.MAX_HEADER_ROWS}")
        return 1
    return int(text)


def misread(column: str) -> str:
    """Why a column cannot be the number of a figure, by its name; empty if nothing speaks against it. The basis is what the map says."""
    meaning = said_by(column)
    if meaning in FACTORS:
        return f"counts {meaning}, by its name: add `times: {FACTORS[meaning]}`, or `times: 1` if its numbers are written in full"
    if meaning == SHARE:
        return "is a share, a rate or an average, by its name, and counts nobody: let it become `original`, or add `times: 1` if it is a count all the same"
    return ""


def half_points(location: Kind, targets: Collection[str]) -> Iterator[str]:
    """What is wrong with columns that become one coordinate of a place without the other; not with tags, which may stand for either."""
    for target in targets if not any(target.startswith("#geo") for target in targets) else ():
        part, _, name = target.rpartition(".")
        other = location.other_degrees(name) if part in keys.FIXED_PARTS else None
        if other and f"{part}.{other.name}" not in targets:
            yield f"{target} without {part}.{other.name} is no point: let a column become {part}.{other.name} too, or none of the two"


def impossible_figure(kind: Kind, constants: Mapping[str, Any], columns: Collection[str]) -> Iterator[str]:
    """What a map says of a figure in each row, and cannot be: a unit of another measure, a number that nothing can have, a quantifier without its number."""
    quantities = kind.quantities
    assert quantities is not None
    try:
        values = {name: kind.fields[name].parse(text) for name, text in constants.items() if name in kind.fields}
    except ValueError:  # Which is a problem of its own.
        return
    measure, unit, quantifier = (
        str(values[name]) if name in values else None for name in (quantities.measure, quantities.unit, quantities.quantifier)
    )
    if wrong := quantities.wrong_unit(measure, unit):
        yield f"has a {quantities.unit} that {wrong}"
    numbers = [(name, number) for name in quantities.numbers if isinstance(number := values.get(name), Decimal)]
    yield from (f"has a `{name}` that {wrong}" for name, number in numbers if (wrong := quantities.impossible(number, measure, unit)))
    for name in quantities.bounds.get(quantifier or "", ()):
        if name not in values and name not in columns:
            yield f"has the quantifier {quantifier}, which speaks of `{name}`, and no column becomes that"
