"""Maps for programs: the places as GeoJSON, and what the script of a map's page needs to draw the same as the picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schema.codelists.country_numbers import COUNTRY_NUMBERS
from schema.codelists.place_areas import DISC, DISC_KM
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..pauses import paced
from ..pictures.shapes import latitude
from ..rest.parameters import AS_OF, Parameters
from .map_drawings import LEGEND
from .map_links import ATLAS, OF, query_string
from .map_marks import CLUSTER
from .map_places import Place, Placed
from .map_views import view
from .static_files import Files

PATH, MEDIA_TYPE = "/map.geojson", "application/geo+json"
LIBRARIES = ("leaflet", "supercluster", "topojson-client")
SCRIPT = "map.js"
CLUSTER_MARK = "cluster"
BESIDE = 12  # Lines beside the map; the table has all.
WIDTH, HEIGHT = 1000.0, 560.0  # The part of the world that is shown first is one that fits into such a rectangle.


@dataclass(frozen=True)
class LegendLine:
    """A mark and what it means."""

    mark: str
    meaning: str


@dataclass(frozen=True)
class LiveMap:
    """What a page needs for its script: files in the order in which they are loaded, attributes of the element that becomes the map, and what stands beside it."""

    files: Sequence[str]
    script: str
    attributes: Mapping[str, str]
    legend: Sequence[LegendLine]
    beside: Sequence[Place]
    more: int


def geojson(placed: Placed, plural: str, revision: int) -> str:
    """A feature collection (RFC 7946) with a feature for each place and each precision: `known` says what is known of where, in words, and `radius_km` how large
    a disc is. What has no point has no geometry.
    """
    features = (
        json.dumps({"type": "Feature", "geometry": _point(place), "properties": _properties(place)}, ensure_ascii=False)
        for place in paced(placed.places)
    )
    whole = json.dumps({"type": "FeatureCollection", "of": plural, "revision": revision, "features": []}, ensure_ascii=False)
    return f"{whole.removesuffix(']}')}{', '.join(features)}]}}"


def _point(place: Place) -> dict[str, Any] | None:
    return {"type": "Point", "coordinates": [place.longitude, place.latitude]} if place.drawn else None


def _properties(place: Place) -> dict[str, Any]:
    disc = {"radius_km": DISC_KM} if place.area == DISC else {}
    return {
        "id": place.id or None, "name": place.name or None, "country": place.country or None, "area": place.area, "known": place.meaning, **disc,
        "records": place.records, "disputed": place.disputed,
    }  # fmt: skip


def live_map(kinds: Kinds, kind: Kind, params: Parameters, placed: Placed, revision: int, files: Files) -> LiveMap | None:
    """What the page of a map needs for its script; nothing where the libraries or the shapes are not installed, or where there is nothing to show."""
    libraries = files.of(LIBRARIES)
    shapes = files.of((ATLAS,))
    if not libraries or not shapes or not placed.records:
        return None
    kept = [(name, text) for name, text in params if name not in AS_OF]
    pinned = [(OF, kind.plural), *kept, ("revision", str(revision))]
    attributes = {
        "places": f"{PATH}{query_string(pinned)}", "shapes": " ".join(files.address(name) for name in shapes), "bounds": _bounds(placed),
        "tinted": " ".join(sorted({COUNTRY_NUMBERS[code] for code in placed.tinted if code in COUNTRY_NUMBERS})), "noun": kind.name, "nouns": kind.plural,
        "place": f"/{next(other for other in kinds.values() if other.degrees).plural}/", "list": _list_at_place(kinds, kind, kept),
    }  # fmt: skip
    return LiveMap(libraries, SCRIPT, attributes, _legend(placed), placed.beside[:BESIDE], max(0, len(placed.beside) - BESIDE))


def _bounds(placed: Placed) -> str:
    """The part of the world with all that a map shows: west, south, east and north; east may be beyond 180."""
    shown = view(placed, WIDTH, HEIGHT)
    south, north = latitude(shown.top - shown.height / shown.scale), latitude(shown.top)
    return f"{shown.west:.4f} {south:.4f} {shown.west + shown.degrees:.4f} {north:.4f}"


def _list_at_place(kinds: Kinds, kind: Kind, params: Parameters) -> str:
    """The address of the list of the records at a place, without its id; empty where a list cannot be narrowed to those."""
    links = [link.name for link in kind.places if kinds[link.type.ref or ""].degrees]
    if len(kind.places) != 1 or not links or any(name == links[0] for name, _ in params):
        return ""
    return f"/{kind.plural}{query_string([*params, (links[0], '')])}"


def _legend(placed: Placed) -> list[LegendLine]:
    shown = [LegendLine(area, LEGEND[area]) for area in LEGEND if placed.of(area)]
    return [*shown, *([LegendLine(CLUSTER_MARK, CLUSTER)] if len(placed.drawn) > 1 else [])]
