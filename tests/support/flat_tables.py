"""What a table has of a record: the columns of its own fields, as JSON spells them."""

from __future__ import annotations

import json
from typing import Any

from schema.model.kind import Kind


def flat(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    """A record of JSON as columns: a reference is its id, with the name of the record beside it; a list of references is a list of ids."""
    columns = {"id": document["id"]}
    for name in kind.shown:
        value = document[name]
        if isinstance(value, dict):
            columns |= {name: value["id"], **{f"{name}.{key}": part for key, part in value.items() if key != "id"}}
        elif isinstance(value, list):
            columns[name] = [item["id"] if isinstance(item, dict) else item for item in value]
        else:
            columns[name] = value
    return columns


def cells(columns: dict[str, Any]) -> dict[str, str]:
    """The same as cells of CSV."""
    return {name: cell(value) for name, value in columns.items()}


def cell(value: Any) -> str:
    if isinstance(value, list):
        joined = " | ".join(map(cell, value))  # Of what holds a bar itself, the cell is JSON; see docs/decisions/formats.md.
        ambiguous = not value or any("|" in cell(item) for item in value) or joined.startswith("[")
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if ambiguous else joined
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def narrowed(row: dict[str, Any], columns: dict[str, Any]) -> dict[str, Any]:
    """Only these columns of a row, in their order."""
    return {name: row[name] for name in row if name in columns}
