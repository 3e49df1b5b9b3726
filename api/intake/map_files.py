"""Reads the file of a map."""

from __future__ import annotations

from pathlib import Path

from schema.formats import FORMATS
from schema.formats.maps import MapFormat, read_map
from schema.model.kinds import Kinds

from ..errors import LoadRefused


def map_format(kinds: Kinds, path: Path) -> MapFormat:
    """The format that a map declares. Raises LoadRefused with every problem of the map."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadRefused(f"{path.name}: is not UTF-8: {error.reason} at byte {error.start}; save the map as UTF-8") from error
    format, problems = read_map(kinds, path.name, text)
    if format is None:
        raise LoadRefused("\n".join(map(str, problems)))
    if format.name in [known.name for known in FORMATS]:
        raise LoadRefused(f"{path.name}, name: {format.name} is the name of a format; choose another")
    return format
