"""The maps in fixtures/maps, each with its file of invented rows."""

from __future__ import annotations

from pathlib import Path

from api.intake.map_files import map_format
from schema.formats.maps import MapFormat
from schema.kinds import KINDS

from ..conftest import ROOT

FOLDER = ROOT / "fixtures" / "maps"
MAPS = {path.name.removesuffix(".map.yaml"): path for path in sorted(FOLDER.glob("*.map.yaml"))}


def format_of(name: str) -> MapFormat:
    return map_format(KINDS, MAPS[name])


def rows_of(name: str) -> Path:
    (path,) = (path for path in FOLDER.iterdir() if path.stem == name)
    return path
