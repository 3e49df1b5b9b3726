"""Features of GeoJSON as flat records."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from .hxl import tag_name
from .unpack import UnpackedFile

WGS_84 = re.compile(r"CRS:?84\b|\bEPSG:([\d.]*:)?4326\b|WGS[ _]?(19)?84$", re.IGNORECASE)


def flat_feature(record: Any) -> Any:
    """A feature of GeoJSON as one flat object: its properties, the coordinates of a point, and its other members."""
    if not isinstance(record, dict) or record.get("type") != "Feature" or "properties" not in record:
        return record
    geometry = record.get("geometry") or {}
    point = geometry.get("coordinates") or []
    flat = dict(record["properties"] or {})
    names = _coordinate_names(flat)
    at = dict(zip(names, point, strict=False)) if geometry.get("type") == "Point" and len(point) in (2, 3) else {}
    differs = [name for name, degrees in at.items() if not _same_number(flat.setdefault(name, degrees), degrees)]
    if record.get("geometry") and (differs or len(point) != 2 or not at):
        flat.setdefault("geometry", record["geometry"])  # Kept if it is no simple point, or differs from the properties.
    for name, value in record.items():
        if name not in ("type", "properties", "geometry") and flat.setdefault(name, value) != value:
            flat.setdefault(f"feature {name}", value)
    return flat


def refuse_other_system(file: UnpackedFile, crs: Any) -> None:
    """Raises LoadRefused if a `crs` of GeoJSON states a reference system that is not WGS 84."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and not WGS_84.search(name):
        raise file.refusal(
            f"has its coordinates in {name}, which are no degrees of longitude and latitude as GeoJSON has them; write it in WGS 84 (EPSG:4326)"
        )


def _coordinate_names(properties: dict[str, Any]) -> tuple[str, str]:
    """The names of longitude and latitude among these properties: HXL tags if others are tags, as they are written there."""
    tags = {tag_name(name): name for name in properties}
    tagged = tags.keys() - {""}
    return (tags.get("#geo+lon", "#geo+lon"), tags.get("#geo+lat", "#geo+lat")) if tagged else ("longitude", "latitude")


def _same_number(one: object, other: object) -> bool:
    try:
        return one == other or Decimal(str(one)) == Decimal(str(other))
    except ArithmeticError:
        return False
