"""What part of the world a map shows, where places are on it, and which of them are shown together. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schema.codelists.bounding_boxes import BOUNDING_BOXES
from schema.codelists.country_numbers import COUNTRY_NUMBERS
from schema.codelists.place_areas import DISC, DISC_KM

from ..pauses import paced, pause
from ..pictures.shapes import height, latitude
from .map_places import Place, Placed

EARTH_KM = 6371.0
FULL = 360.0
SMALLEST = 3.0  # Degrees: a map shows at least so much around a single place.
ROOM = 0.07  # Of the extent, on each side.
MOST_SOUTH, MOST_NORTH = -60.0, 80.0  # Of a map, unless something lies beyond.
FEW, WIDE = 3, 40.0  # Around places in up to FEW countries these are shown in whole, unless one is wider than so many degrees.
BOXES = {code: (west, south, east, north) for code, west, south, east, north in BOUNDING_BOXES}
Box = tuple[float, float, float, float]
Spot = tuple[float, float, float, Place]  # The pixel of a place, and the radius of its disc.


@dataclass(frozen=True)
class View:
    """A part of the world in a rectangle of pixels, by Mercator's projection. `top`: in the projection; `scale`: pixels for a radian."""

    west: float
    top: float
    scale: float
    width: float
    height: float

    def pixel(self, latitude: float, longitude: float) -> tuple[float, float]:
        return math.radians((longitude - self.west) % FULL) * self.scale, (self.top - height(latitude)) * self.scale

    def radius(self, latitude: float, km: float) -> float:
        """The pixels of a distance at a latitude: Mercator's projection keeps shapes, and enlarges them towards the poles."""
        return km / EARTH_KM / math.cos(math.radians(max(-85.0, min(85.0, latitude)))) * self.scale

    @property
    def degrees(self) -> float:
        """Its width."""
        return math.degrees(self.width / self.scale)

    @property
    def countries(self) -> list[str]:
        """The numbers of the countries that may be seen."""
        south, north = latitude(self.top - self.height / self.scale), latitude(self.top)
        seen = [
            code
            for code, box in BOXES.items()
            if box[1] <= north
            and box[3] >= south
            and ((box[0] - self.west) % FULL <= self.degrees or (self.west - box[0]) % FULL <= _width(box) or _width(box) == 0)
        ]
        return sorted({COUNTRY_NUMBERS[code] for code in seen if code in COUNTRY_NUMBERS})


@dataclass(frozen=True)
class Mark:
    """A place on a map or, if `places` are several, a cluster of those that are close together."""

    x: float
    y: float
    radius: float  # Of a disc, else zero.
    places: Sequence[Place]

    @property
    def records(self) -> int:
        return sum(place.records for place in self.places)

    @property
    def clustered(self) -> bool:
        return len(self.places) > 1


def view(placed: Placed, width: float, high: float) -> View:
    """The part of the world with all that a map shows; the whole of it if there is nothing."""
    boxes = [*_boxes(placed)]
    if not boxes:
        boxes = [(-180.0, MOST_SOUTH, 180.0, MOST_NORTH)]
    west, east = _longitudes([(box[0], box[2]) for box in boxes])
    south, north = min(box[1] for box in paced(boxes)), max(box[3] for box in paced(boxes))
    wide = max(east - west, SMALLEST)
    middle = (west + east) / 2
    bottom, top = height(south), height(north)
    tall = max(top - bottom, math.radians(SMALLEST))
    scale = min(width / math.radians(min(FULL, wide * (1 + 2 * ROOM))), high / (tall * (1 + 2 * ROOM)))
    shown = math.degrees(width / scale)
    if shown > FULL:  # A map that is higher than the world would show parts of it twice.
        scale, shown = width / math.radians(FULL), FULL
    return View(middle - shown / 2, (top + bottom) / 2 + high / scale / 2, scale, width, high)


def _boxes(placed: Placed) -> Iterable[Box]:
    """The bounds of everything that is shown, and of the countries around it if they are few."""
    for place in paced(placed.drawn):
        assert place.latitude is not None and place.longitude is not None
        around = math.degrees(DISC_KM / EARTH_KM) if place.area == DISC else 0.0
        yield place.longitude - around, place.latitude - around, place.longitude + around, place.latitude + around
    countries = {place.country for place in placed.places if place.country}
    small = {code for code in countries if code in BOXES and _width(BOXES[code]) <= WIDE}
    for code in {*placed.tinted, *(small if len(countries) <= FEW else ())}:
        if code in BOXES:
            yield BOXES[code]


def _width(box: Box) -> float:
    return (box[2] - box[0]) % FULL


def _longitudes(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The shortest span of longitudes with all of some, the second at least as great as the first; it may go on beyond 180."""
    turned = sorted((west % FULL, west % FULL + ((east - west) % FULL if east - west != FULL else FULL)) for west, east in paced(spans))
    best, end = (0.0, turned[0][0]), turned[0][1]
    for west, east in paced(turned[1:]):
        if west - end > best[0]:
            best = (west - end, west)
        end = max(end, east)
    around = turned[0][0] + FULL - end
    if around >= best[0]:
        west, east = turned[0][0], end
    else:
        west, east = best[1], FULL + max(east for start, east in turned if start < best[1])
    west, east = (west, east) if east - west <= FULL else (-180.0, 180.0)
    return (west - FULL, east - FULL) if west > FULL / 2 else (west, east)


def cluster_radius(records: int, size: float) -> float:
    """The radius of the circle around the number of a cluster, in letters of a size."""
    return max(size * 0.85, len(f"{records:,}") * size * 0.31 + size * 0.25)


def marks(placed: Placed, shown: View, cell: float, size: float) -> list[Mark]:
    """The places on a map, the most records first. Those in one square of `cell` pixels are one cluster, and clusters that would cover one another too;
    not discs that are larger than the square. `size`: that of the letters in clusters.
    """
    found: dict[object, list[Spot]] = {}
    for number, place in enumerate(paced(placed.drawn)):
        assert place.latitude is not None and place.longitude is not None
        x, y = shown.pixel(place.latitude, place.longitude)
        radius = shown.radius(place.latitude, DISC_KM) if place.area == DISC else 0.0
        key: object = number if radius > cell else (int(x // cell), int(y // cell))
        found.setdefault(key, []).append((x, y, radius, place))
    groups = sorted(found.values(), key=lambda group: -sum(place.records for *_, place in group))
    pause()
    large = [group for group in groups if group[0][2] > cell]  # Each is one place.
    kept: list[list[Spot]] = []
    drawn: list[Mark] = []  # That of each of these.
    for group in paced(groups):
        if group[0][2] > cell:
            continue
        mark = _mark(group)
        near = next((number for number, other in enumerate(drawn) if _covers(other, mark, size)), None)
        if near is None:
            kept.append(group)
            drawn.append(mark)
        else:
            kept[near] += group
            drawn[near] = _mark(kept[near])
    return [*map(_mark, large), *drawn]


def _covers(one: Mark, other: Mark, size: float) -> bool:
    apart = cluster_radius(one.records, size) + (cluster_radius(other.records, size) if other.clustered else size * 0.3)
    return one.clustered and math.hypot(one.x - other.x, one.y - other.y) < apart


def _mark(group: Sequence[Spot]) -> Mark:
    places = [place for *_, place in group]
    total = sum(place.records for place in places)
    x = sum(x * place.records for x, _, _, place in group) / total
    y = sum(y * place.records for _, y, _, place in group) / total
    return Mark(x, y, group[0][2] if len(group) == 1 else 0.0, places)
