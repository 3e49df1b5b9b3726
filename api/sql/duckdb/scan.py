"""How DuckDB reads the records of a file: selects of their number in `record` and of each value as text, null where empty. Text; no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..text import quote_identifier, quote_literal
from .types import SPACES

OURS = re.compile(r"record|whole|item|kept_\d+|(id|first)_", re.IGNORECASE)  # Names of our own columns beside those of the file.
LINE = 2 << 20  # The longest record, in bytes.


def distinct(names: Sequence[str]) -> list[str]:
    """Names of columns, those that are missing or come again told apart by their place."""
    found: list[str] = []
    for n, name in enumerate(names, 1):
        taken = not name or name.lower() in {one.lower() for one in found} or OURS.fullmatch(name)
        found.append(f"{name} (column {n})".strip() if taken else name)
    return found


def _trimmed(value: str) -> str:
    """What begins and ends with a visible character of ASCII needs no trimming, which is dear: seven times the time of this question."""
    visible = f"unicode({value}) between 33 and 126 and unicode(right({value}, 1)) between 33 and 126"
    return f"case when {visible} then {value} else nullif(trim({value}, {SPACES}), '') end"


def _raw(columns: str, source: str) -> str:
    return f"select row_number() over () as record, {columns}\nfrom {source}"


def from_csv(path: Path, columns: Sequence[str], delimiter: str, skipped: int) -> str:
    """Strictly: a row with too few or too many cells, an open quote or a byte that is no UTF-8 is put aside in `reject_errors`."""
    declared = ", ".join(f"{quote_literal(name)}: 'varchar'" for name in columns)
    cells = ", ".join(f"{_trimmed(quote_identifier(name))} as {quote_identifier(name)}" for name in columns)
    return _raw(
        cells,
        f"read_csv({quote_literal(str(path))}, auto_detect = false, header = false, skip = {skipped}, columns = {{{declared}}},\n"
        f"  delim = {quote_literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, store_rejects = true, rejects_limit = 0,\n"
        f"  max_line_size = {LINE}, buffer_size = {2 * LINE})",
    )


def from_parquet(path: Path, types: Mapping[str, str]) -> str:
    """Lists and records become JSON: as text they would no longer say where an item ends."""
    cells = ", ".join(f"{_trimmed(_as_text(name, type))} as {quote_identifier(name)}" for name, type in types.items())
    return _raw(cells, f"read_parquet({quote_literal(str(path))})")


def _as_text(name: str, type: str) -> str:
    return (
        f"to_json({quote_identifier(name)})::varchar"
        if type.endswith("]") or type.startswith(("STRUCT", "MAP"))
        else f"{quote_identifier(name)}::varchar"
    )


def from_json(path: Path) -> str:
    return f"create or replace table objects as select row_number() over () as record, json as whole from read_json_objects({quote_literal(str(path))}, maximum_object_size = {8 * LINE})"


PARQUET = "describe select * from read_parquet(?)"
STRUCTURE = "select json_group_structure(whole)::varchar from objects"

# DuckDB reads a number with a point as a double, and takes what JSON does not have: these records are read again, strictly.
MAX_NUMBER_LENGTH = r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+"
LENIENT = r"[:,\[]\s*[+-]?(?i:nan|inf)|,\s*[}\]]|\\u0000|\x00|\.[0-9]*0\s*[,}\]]"


@dataclass(frozen=True)
class Leaf:
    """A value within the objects of a file: its name with dots, and its address as DuckDB has it."""

    name: str
    address: str


def paths(structure: str | None) -> list[Leaf]:
    """Every value that an object of the file may have, nested ones by names with dots."""
    found = json.loads(structure) if structure else None
    return [one for one, leaf in _paths(found, "", "$") if leaf] if isinstance(found, dict) else []


def top_level_columns(structure: str | None) -> list[Leaf]:
    """Every name that an object of the file may have, whatever it holds."""
    found = json.loads(structure) if structure else None
    return [one for one, _ in _paths(dict.fromkeys(found), "", "$")] if isinstance(found, dict) else []


def _paths(structure: dict[str, Any], above: str, address: str) -> Iterator[tuple[Leaf, bool]]:
    """The values of an object, and the objects within it; whether each is a value."""
    for name, inside in structure.items():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        here = f'{address}."{escaped}"'
        yield Leaf(f"{above}{name}", here), not isinstance(inside, dict)
        if isinstance(inside, dict):
            yield from _paths(inside, f"{above}{name}.", here)


def inexact_records(structure: str | None) -> str:
    """Records that need a strict reading: a number that a double may not hold, what is no JSON, a name that comes twice."""
    found = json.loads(structure) if structure else None
    objects = ["$", *(one.address for one, leaf in _paths(found, "", "$") if not leaf)] if isinstance(found, dict) else ["$"]
    twice = " or ".join(
        f"len(json_keys(whole, {quote_literal(one)})) > len(list_distinct(json_keys(whole, {quote_literal(one)})))" for one in objects
    )
    return (
        f"select record, whole::varchar from objects where len(list_filter(regexp_extract_all(whole::varchar, {quote_literal(MAX_NUMBER_LENGTH)}), "
        f"lambda found: length(found) > 15)) > 0 or regexp_matches(whole::varchar, {quote_literal(LENIENT)}) or {twice}"
    )


def exact(path: Path | None) -> str:
    """The records that were read again, their numbers as texts to the last digit."""
    found = f"from read_json_objects({quote_literal(str(path))}, format = 'newline_delimited', maximum_object_size = {8 * LINE})"
    columns = "select (json ->> '$.record')::bigint as record, json -> '$.exact' as exact"
    return f"create or replace table exact as {columns} {found if path else 'from (select null::json as json where false)'}"


def from_objects(columns: Sequence[Leaf]) -> str:
    """JSON's null and an absent name are both unknown here; the record as a whole keeps the difference."""
    cells = ",\n  ".join(f"{_trimmed(f'cells[{n}]')} as {quote_identifier(one.name)}" for n, one in enumerate(columns, 1))
    addresses = ", ".join(quote_literal(one.address) for one in columns)  # All at once: an object is parsed once.
    return (
        f"select record, {cells},\n  whole::varchar as whole\n"
        f"from (select record, whole, json_extract_string(coalesce(exact, whole), [{addresses}]) as cells\n"
        f"  from objects left join exact using (record)) extracted"
    )


def feature(one: dict[str, Any]) -> str:
    """A feature of GeoJSON as one flat object; its numbers as texts, to the last digit."""
    point = (one.get("geometry") or {}).get("coordinates") or []
    flat = dict(one.get("properties") or {})
    at = {"longitude": point[0], "latitude": point[1]} if (one.get("geometry") or {}).get("type") == "Point" and len(point) == 2 else {}
    if any(flat.setdefault(name, degrees) != degrees for name, degrees in at.items()) or (one.get("geometry") and not at):
        flat.setdefault("geometry", one["geometry"])  # What is no simple point, or another than the properties tell, is kept whole.
    for name in one.keys() - {"type", "properties", "geometry"}:
        flat.setdefault(name, one[name])
    return plain(flat)


def plain(flat: dict[str, Any]) -> str:
    """An object as JSON; decimals as texts, to the last digit."""
    return json.dumps(flat, default=lambda value: str(value) if isinstance(value, Decimal) else value, ensure_ascii=False)
