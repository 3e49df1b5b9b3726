"""A map as SVG, without the shapes of countries, which the process that draws adds: marks, a legend, what has no point, and where it is from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schema.codelists.country_numbers import COUNTRY_NUMBERS
from schema.codelists.place_areas import COUNTRY, DISC, DISC_KM, MEANINGS, PLACE, POINT

from ..pauses import paced
from ..pictures.worker import SHAPES
from .chart_specs import FONT, LETTER, PALE, PAPER, SIZES
from .map_marks import BORDER, CLUSTER, NUMBER, around, drawn_marks, labels, names, swatch, text
from .map_places import UNKNOWN, Placed
from .map_views import FULL, Mark, View, marks, view

SEA, LAND, GREY = "#dce9f0", "#f6f3ec", "#5b5b5b"
WHOLE = "10m"  # The only one with all parts of all countries: coarser ones lack Gaza, islands, and seventy countries.
RESOLUTIONS = {12.0: "10m", 100.0: "50m", FULL: "110m"}  # Of world-atlas, by how many degrees a map has at most.
LETTERS = {"og": 17, "card": 12, "square": 22}  # Pixels, by the size of a picture.
SMALL, LEADING = 0.78, 1.3  # Of the last lines: their size beside that of others, and the distance of two.
LEGEND = {
    POINT: MEANINGS[POINT],
    PLACE: MEANINGS[PLACE],
    DISC: f"{MEANINGS[DISC]}: a disc, true to scale",
    COUNTRY: "tinted: only the country is known, it may be anywhere there",
}
BRIEF = {  # The same where there is little room.
    POINT: MEANINGS[POINT],
    PLACE: "place, precision not stated",
    DISC: f"within about {DISC_KM} km, to scale",
    COUNTRY: "only the country is known",
    CLUSTER: "several places together",
}
SAID = {
    POINT: "at an exact place",
    PLACE: "at a named place, its precision not stated",
    DISC: f"within about {DISC_KM} km of a place",
    COUNTRY: "of which only the country is known",
    UNKNOWN: "whose place is unknown",
}
BORDERS = "Shapes: Natural Earth (Mercator); borders as controlled in fact, which says nothing about their status."


@dataclass(frozen=True)
class Layout:
    """Where the parts of a picture are, in pixels."""

    width: int
    height: int
    size: int  # Of letters.
    title: int
    left: float
    top: float
    map_width: float
    map_height: float
    column: tuple[float, float, float, float]  # Left, top, width and height of what stands beside or below the map.
    foot: float  # Where the last lines begin.


@dataclass(frozen=True)
class Texts:
    """What is said in a picture: `about` is its last part, with the revision and the sources."""

    title: str
    detail: str
    about: str
    noun: tuple[str, str]  # One record, and several.


@dataclass(frozen=True)
class Picture:
    """A picture of a map: an SVG in which SHAPES stands for the shapes, what shapes these are, and all of it in one sentence."""

    svg: str
    shapes: Mapping[str, Any]
    sentence: str


def layout(size: str, foot_lines: int) -> Layout:
    width, height = SIZES[size]
    letter = LETTERS[size]
    title, edge = round(letter * 1.9), width / 40
    top = edge + title * 1.25 + letter * 1.6
    foot = height - edge - (foot_lines - 1) * letter * SMALL * LEADING
    if size == "square":
        tall = (foot - top) * 0.62
        column = (edge, top + tall + letter, width - 2 * edge, foot - top - tall - 2.6 * letter)
        return Layout(width, height, letter, title, edge, top, width - 2 * edge, tall, column, foot)
    wide = width * 0.6
    column = (edge + wide + 1.5 * letter, top, width - wide - 2 * edge - 1.5 * letter, foot - top - letter * 1.6)
    return Layout(width, height, letter, title, edge, top, wide, foot - top - letter * 1.6, column, foot)


def picture(placed: Placed, texts: Texts, size: str, folder: str) -> Picture:
    """A map. `folder`: where the files of the shapes are."""
    foot = _foot(placed, texts, *SIZES[size][:1], LETTERS[size])
    at = layout(size, len(foot))
    shown = view(placed, at.map_width, at.map_height)
    found = marks(placed, shown, at.size * 1.6, at.size * NUMBER)
    named = names(found, at.size, at.map_width)
    inner = (
        f'<rect width="{at.map_width:.1f}" height="{at.map_height:.1f}" fill="{SEA}"/>{SHAPES}'
        f"{''.join(drawn_marks(found, at.size))}{''.join(labels(named, at.size))}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{at.width}" height="{at.height}" viewBox="0 0 {at.width} {at.height}" font-family="{FONT}">',
        f'<rect width="{at.width}" height="{at.height}" fill="{PAPER}"/>',
        *_head(texts, at),
        f'<svg x="{at.left:.1f}" y="{at.top:.1f}" width="{at.map_width:.1f}" height="{at.map_height:.1f}">{inner}</svg>',
        f'<rect x="{at.left:.1f}" y="{at.top:.1f}" width="{at.map_width:.1f}" height="{at.map_height:.1f}" fill="none" stroke="{BORDER}"/>',
        *_column(placed, found, texts, at),
        *(text(at.left, at.foot + n * at.size * SMALL * LEADING, at.size * SMALL, line) for n, line in enumerate(foot)),
        "</svg>",
    ]
    taken = [*(around(mark, at.size) for mark in found), *(box for _, _, box in named)]
    return Picture("".join(parts), _shapes(placed, shown, at, folder) | {"taken": taken}, sentence(placed, texts))


def sentence(placed: Placed, texts: Texts) -> str:
    """A map in words."""
    said = [f"{_number(number, texts)} {SAID[area]}" for area, number in _by_area(placed)]
    at: dict[str, int] = {}
    for place in paced(placed.drawn):
        at[place.name or place.id] = at.get(place.name or place.id, 0) + place.records
    most = [f"{name} ({number:,})" for name, number in [*at.items()][:3]]
    named = [f"{'most at' if len(at) > 1 else 'at'} {', '.join(most)}"] if most else []
    beside = [f"{place.name or place.meaning} ({place.records:,})" for place in placed.beside[:3]]
    listed = [f"not as points: {', '.join(beside)}{' and others' if len(placed.beside) > 3 else ''}"] if beside else []
    return f"{'; '.join([texts.title, *said, *named, *listed])}."


def _by_area(placed: Placed) -> Iterator[tuple[str, int]]:
    for area in SAID:
        if number := placed.of(area):
            yield area, number


def _number(number: int, texts: Texts) -> str:
    return f"{number:,} {texts.noun[number != 1]}"


def _shapes(placed: Placed, shown: View, at: Layout, folder: str) -> dict[str, Any]:
    """What the process that draws needs to know of the shapes; a map of a small area has more exact ones."""
    exact = next(name for most, name in RESOLUTIONS.items() if shown.degrees <= most)
    return {
        "file": f"{folder}/countries-{exact}.json", "whole": f"{folder}/countries-{WHOLE}.json", "west": shown.west, "top": shown.top, "scale": shown.scale, "width": shown.width, "height": shown.height,
        "countries": shown.countries, "tinted": sorted({COUNTRY_NUMBERS[code] for code in placed.tinted if code in COUNTRY_NUMBERS}), "size": at.size * 0.8,
        "styles": {
            "land": f'fill="{LAND}" stroke="{BORDER}" stroke-width="0.7" stroke-linejoin="round"',
            "tint": f'fill="{PALE}" stroke="{BORDER}" stroke-width="0.7" stroke-linejoin="round"', "name": f'fill="{GREY}"',
        },
    }  # fmt: skip


def _head(texts: Texts, at: Layout) -> Iterator[str]:
    room = at.width - 2 * at.left
    yield text(at.left, at.left + at.title * 0.85, at.title, _cut(texts.title, room, at.title * 1.08), ' font-weight="700"')
    yield text(at.left, at.left + at.title * 1.25 + at.size * 0.7, at.size, _cut(texts.detail, room, at.size))


def _cut(text: str, room: float, size: float) -> str:
    """One line of a text; it says itself that it goes on."""
    return textwrap.shorten(text, _letters(room, size), placeholder=" …")


def _letters(room: float, size: float) -> int:
    return max(8, int(room / (size * LETTER)))


@dataclass(frozen=True)
class Line:
    """A line beside a map, with the mark that it explains."""

    text: str
    mark: str = ""  # An area, CLUSTER or nothing.
    bold: bool = False


def _lines(placed: Placed, found: Sequence[Mark], texts: Texts, brief: bool) -> Iterator[Line]:
    single = {mark.places[0].area for mark in found if not mark.clustered}
    if any(mark.clustered for mark in found):
        inside = {place.area for mark in found if mark.clustered for place in mark.places}
        each = f"; each {' or '.join(MEANINGS[area] for area in LEGEND if area in inside)}"
        yield Line(BRIEF[CLUSTER] if brief else CLUSTER + each, CLUSTER)
    for area, meaning in LEGEND.items():
        number = placed.of(area)
        if number and (area in single or area == COUNTRY):
            yield Line(f"{BRIEF[area]} ({number:,})" if brief else f"{meaning} ({_number(number, texts)})", area)
    if placed.beside:
        yield Line("Not as points, since no more is known:", bold=True)
    for place in paced(placed.beside):
        what = "" if place.area == UNKNOWN else f", {place.meaning}"
        yield Line(f"{place.name or 'place unknown'}{what}: {place.records:,}")


def _column(placed: Placed, found: Sequence[Mark], texts: Texts, at: Layout) -> Iterator[str]:
    """The legend, and all that has no point; what there is no room for is counted."""
    left, top, wide, tall = at.column
    size, indent, leading = at.size * 0.9, at.size * 1.7, at.size * 1.25
    y, lines = top + size, [*_lines(placed, found, texts, at.width <= SIZES["card"][0])]
    for number, line in enumerate(lines):
        before = indent if line.mark else 0.0
        rows = textwrap.wrap(line.text, _letters(wide - before, size))
        last = number == len(lines) - 1
        if y + leading * (len(rows) - 1 + (0 if last else 1)) > top + tall:
            more = f"and {len(lines) - number:,} more line{'s' if not last else ''}; the table of /map has every place"
            yield text(left, y, size, more if len(more) <= _letters(wide, size) else more.partition(";")[0])
            return
        if line.mark:
            yield swatch(line.mark, left + indent * 0.4, y - size * 0.35, at.size)
        for row in rows:
            yield text(left + before, y, size, row, ' font-weight="700"' if line.bold else "")
            y += leading
        y += leading * 0.15


def _foot(placed: Placed, texts: Texts, width: int, size: int) -> list[str]:
    """What is disputed, whose shapes these are, and the source line."""
    disputed = [f"Disputed: the places of {_number(placed.disputed, texts)}."] if placed.disputed else []
    text = " ".join([*disputed, f"Numbers count {texts.noun[1]}, not people.", BORDERS, texts.about])
    return textwrap.wrap(text, _letters(width * 0.95, size * SMALL), max_lines=4, placeholder=" …")
