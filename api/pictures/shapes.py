"""The shapes of countries from `world-atlas` (TopoJSON), cut to what a map shows and projected (Mercator), as paths of SVG.

The process that draws runs this file by its path: it imports nothing of ours, and is longer than other modules.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

LINES, BETWEEN_LINES, END_OF_LINES = '"arcs":[[[', "]],[[", "]]]"  # In a file, each line a list of points.
Point = tuple[float, float]
Ring = list[Point]
Box = tuple[float, float, float, float]  # West, south, east, north; or left, top, right, bottom.
FULL = 360.0
POLE = 85.0  # Degrees, beyond which Mercator shows nothing.
MARGIN = 4.0  # Pixels around a map to which shapes are cut, so that the edges of cut shapes are not seen.
NEAR = 0.35  # Pixels: points of a line that are closer to the one before are left out.
MIN_NAMED = 0.012  # The share of a map that a country takes at least for its name to be printed.
ROOM = 6.0  # How many times as large as its name a country is at least.
BELOW, BESIDE, LEADING = (
    0.25,
    0.15,
    1.2,
)  # Of the size of letters: how far they go below their line, the room beside them, and from line to line.
OUTLINE = 200  # Points of the outline in which a name must be.
GRID, FINE_GRID = (
    10,
    32,
)  # Steps of the grid on which a place for a name is looked for: in most countries, and in those that are tinted, which have the most marks.
LETTER = 0.56  # Of the size of letters: their width, about.


def drawn(wanted: Mapping[str, Any]) -> str:
    """The shapes of a map as SVG.

    `file`: the path of a TopoJSON file; `whole`: that of the one with every part of every country, for those that are tinted; `west`, `top`: the place of the left upper corner, in degrees and in the projection; `scale`: pixels for a radian;
    `width`, `height`: in pixels; `countries`: the numbers (ISO 3166-1) of those that may be seen, beside which there are some without a number; `tinted`: the
    numbers or names of those that have a style of their own; `styles`: attributes of "land", "tint" and "name"; `size`: that of letters; `taken`: the boxes of marks, onto which no name is printed.
    """
    parts = [
        *_countries(wanted, wanted["file"], tinted=False),
        *(_countries(wanted, wanted["whole"], tinted=True) if wanted["tinted"] else ()),
    ]
    land = [paths for tinted, paths, _ in parts if not tinted]
    tint = [paths for tinted, paths, _ in parts if tinted]
    names = [name for _, _, name in parts]
    styles = wanted["styles"]
    groups = ((styles["land"], land), (styles["tint"], tint), (styles["name"], names))
    return "".join(f"<g {style}>{''.join(group)}</g>" for style, group in groups if any(group))


def _countries(wanted: Mapping[str, Any], file: str, tinted: bool) -> Iterator[tuple[bool, str, str]]:
    """The countries that are tinted, or the others: whether they are, their paths, and their names if there is room."""
    box = (-MARGIN, -MARGIN, wanted["width"] + MARGIN, wanted["height"] + MARGIN)
    view, shown = _view(wanted), atlas(file)
    for place, geometry in enumerate(shown.geometries):
        id, name = str(geometry.get("id", "")), geometry["properties"]["name"]
        if (id and id not in wanted["countries"]) or (id in wanted["tinted"] or name in wanted["tinted"]) != tinted:
            continue
        if rings := [ring for polygon in shown.polygons(place) for ring in _cut(polygon, wanted, box, view)]:
            yield (
                tinted,
                f'<path d="{"".join(map(_path, rings))}"/>',
                "".join(_name(name, max(rings, key=_area), wanted, FINE_GRID if tinted else GRID)),
            )


class Atlas:
    """The countries of a TopoJSON file, which is written without spaces. A line is read when a map needs it: the largest file has half a million points,
    and reading all of them took most of the time of a first map.
    """

    def __init__(self, file: str) -> None:
        text = Path(file).read_text("utf-8")
        start = text.rindex(LINES) + len(LINES)
        end = text.index(END_OF_LINES, start)
        self._lines: Sequence[str] = text[start:end].split(BETWEEN_LINES)
        topology = json.loads(f"{text[:start]}{text[end:]}")
        if topology["arcs"] != [[[]]]:
            raise ValueError(f"{file}: the lines of all countries must come last of the lists of lines")
        self.geometries: Sequence[Mapping[str, Any]] = topology["objects"]["countries"]["geometries"]
        self._grid = topology["transform"]
        self.polygons = cache(self._polygons)
        self._line = cache(self._decoded)

    def _polygons(self, place: int) -> list[list[Ring]]:
        """The polygons of a country in degrees, each an outer ring and the holes in it."""
        geometry = self.geometries[place]
        arcs = geometry.get("arcs", [])
        parts = arcs if geometry["type"] == "MultiPolygon" else [arcs]
        return [[self._ring(ring) for ring in part] for part in parts]

    def _ring(self, numbers: Sequence[int]) -> Ring:
        """A ring of lines, one after the other; ~n stands for line n backwards."""
        ring: Ring = []
        for number in numbers:
            line = self._line(number) if number >= 0 else self._line(~number)[::-1]
            ring += line[1:] if ring else line
        return unbroken(ring)

    def _decoded(self, number: int) -> Ring:
        """A line in degrees: each point is stored as its distance from the one before, in steps of a grid."""
        (across, up), (left, bottom) = self._grid["scale"], self._grid["translate"]
        steps = json.loads(f"[[{self._lines[number]}]]")
        points = zip(accumulate(x for x, _ in steps), accumulate(y for _, y in steps), strict=True)
        return [(x * across + left, y * up + bottom) for x, y in points]


atlas = cache(Atlas)


def unbroken(ring: Ring) -> Ring:
    """A ring that crosses the 180th meridian, with longitudes that go on beyond it. One around a pole stays as it is."""
    if max(x for x, _ in ring) - min(x for x, _ in ring) <= FULL / 2:
        return ring
    turn, moved = 0.0, ring[:1]
    for (before, _), (x, y) in pairwise(ring):
        turn += FULL * ((before - x > FULL / 2) - (x - before > FULL / 2))
        moved.append((x + turn, y))
    return ring if turn else moved


def _view(wanted: Mapping[str, Any]) -> Box:
    """What a map shows, in degrees."""
    across = math.degrees(wanted["width"] / wanted["scale"])
    bottom = wanted["top"] - wanted["height"] / wanted["scale"]
    return wanted["west"], latitude(bottom), wanted["west"] + across, latitude(wanted["top"])


def latitude(y: float) -> float:
    """The latitude in degrees at a height of the projection."""
    return math.degrees(2 * math.atan(math.exp(y)) - math.pi / 2)


def height(degrees: float) -> float:
    """The height of a latitude in the projection, in radians."""
    return math.log(math.tan(math.pi / 4 + math.radians(max(-POLE, min(POLE, degrees))) / 2))


def _turns(bounds: Box, view: Box) -> Iterator[float]:
    """By how many degrees, full turns, a shape is moved to be in a view, which may cross the 180th meridian."""
    for turn in (-FULL, 0.0, FULL):
        if bounds[0] + turn <= view[2] and bounds[2] + turn >= view[0]:
            yield turn


def _cut(polygon: Sequence[Ring], wanted: Mapping[str, Any], box: Box, view: Box) -> Iterator[Ring]:
    """The rings of a polygon in pixels, cut to a box."""
    scale, west, top = wanted["scale"], wanted["west"], wanted["top"]
    across = math.radians(1) * scale
    bounds = _bounds(polygon[0])
    if bounds[1] > view[3] or bounds[3] < view[1]:
        return
    for turn in _turns(bounds, view):
        for ring in polygon:
            points = [((x + turn - west) * across, (top - height(y)) * scale) for x, y in ring]
            if len(cut := clipped(_thinned(points), box)) > 2:
                yield cut


def _bounds(ring: Ring) -> Box:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return min(xs), min(ys), max(xs), max(ys)


def clipped(ring: Ring, box: Box) -> Ring:
    """A ring cut to a box, edge by edge (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        if not ring or min((point[axis] - limit) * sign for point in ring) >= 0:
            continue
        result: Ring = []
        before = ring[-1]
        was_in = (before[axis] - limit) * sign >= 0
        for point in ring:
            is_in = (point[axis] - limit) * sign >= 0
            if is_in != was_in:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                result.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if is_in:
                result.append(point)
            before, was_in = point, is_in
        ring = result
    return ring


def _thinned(ring: Ring) -> Ring:
    """A ring without points that nobody sees."""
    kept: Ring = []
    for x, y in ring:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= NEAR:
            kept.append((x, y))
    return kept


def _path(ring: Ring) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "Z"


def _area(ring: Ring) -> float:
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def _name(name: str, ring: Ring, wanted: Mapping[str, Any], steps: int = GRID) -> Iterator[str]:
    """The name of a country in the part of it that is shown, as near to its middle as it crosses no border and no mark: in one line or, if only these have room, in two or three."""
    size, spots, outline = wanted["size"], _spots(ring, steps), ring[:: max(1, len(ring) // OUTLINE)]
    for lines in (textwrap.wrap(name, len(name) // most + most, break_long_words=False) for most in (1, 2, 3)):
        half, down = max(map(len, lines)) * size * LETTER / 2, (len(lines) - 1) * size * LEADING
        if _area(ring) < max(MIN_NAMED * wanted["width"] * wanted["height"], ROOM * len(name) * size * LETTER * size):
            return
        for x, y in spots:
            box = (x - half - BESIDE * size, y - size, x + half + BESIDE * size, y + down + BELOW * size)
            if _is_free(box, outline, wanted):
                for number, line in enumerate(lines):
                    yield f'<text x="{x:.1f}" y="{y + number * size * LEADING:.1f}" font-size="{size}" text-anchor="middle">{escape(line)}</text>'
                return


def _is_free(box: Box, outline: Ring, wanted: Mapping[str, Any]) -> bool:
    """Whether a box is in a map and in a country, and no mark is in it."""
    left, top, right, bottom = box
    if left < 0 or top < 0 or right > wanted["width"] or bottom > wanted["height"]:
        return False
    if any(left < mark[2] and mark[0] < right and top < mark[3] and mark[1] < bottom for mark in wanted["taken"]):
        return False
    return all(_inside(outline, x, y) for x in (left, (left + right) / 2, right) for y in (top, bottom))


def _spots(ring: Ring, steps: int) -> list[Point]:
    """Points of a grid over a ring, the middle first, then those nearest to it."""
    x, y = _middle(ring)
    left, top, right, bottom = _bounds(ring)
    grid = [(left + (right - left) * n / steps, top + (bottom - top) * m / steps) for n in range(1, steps) for m in range(1, steps)]
    return [(x, y), *sorted(grid, key=lambda spot: math.hypot(spot[0] - x, spot[1] - y))]


def _inside(ring: Ring, x: float, y: float) -> bool:
    """Whether a point is inside a ring."""
    crossed = False
    before = ring[-1]
    for point in ring:
        if (point[1] > y) != (before[1] > y) and x < (before[0] - point[0]) * (y - point[1]) / (before[1] - point[1]) + point[0]:
            crossed = not crossed
        before = point
    return crossed


def _middle(ring: Ring) -> Point:
    """The centre of gravity of a ring."""
    pairs = [*zip(ring, [*ring[1:], ring[0]], strict=True)]
    total = sum(x * v - u * y for (x, y), (u, v) in pairs)
    if not total:
        return ring[0]
    across = sum((x + u) * (x * v - u * y) for (x, y), (u, v) in pairs)
    return across / (3 * total), sum((y + v) * (x * v - u * y) for (x, y), (u, v) in pairs) / (3 * total)
