"""The marks of a map as SVG: points, discs, clusters and names, and the same beside the legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from schema.codelists.place_areas import COUNTRY, DISC, POINT

from ..pauses import paced
from .chart_specs import DARK, INK, PALE, PAPER, isolated
from .map_views import Mark, cluster_radius

BORDER, DEEP = "#b3ada1", "#5f1a0b"
LABELS = 7  # Names of places in a map.
RADIUS = 4.5  # Of a point.
NUMBER = 0.72  # The size of numbers in clusters, beside that of other letters.
CLUSTER = "so many at several places close together"


def text(x: float, y: float, size: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" fill="{INK}"{more}>{escape(isolated(words))}</text>'


def drawn_marks(found: Sequence[Mark], size: float) -> Iterator[str]:
    """Discs below points, and these below clusters."""
    small = size / 17
    for mark in paced(found):
        if mark.radius:
            yield f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{max(mark.radius, 1.5):.1f}" fill="{DARK}" fill-opacity="0.22" stroke="{DARK}"/>'
    for mark in found:
        if not mark.clustered and not mark.radius:
            yield point(mark.x, mark.y, RADIUS * small, mark.places[0].area)
    for mark in paced(found):
        if mark.clustered:
            yield cluster(mark.x, mark.y, mark.records, size * NUMBER)
        elif mark.records > 1:
            beside = max(0.0 if mark.radius > 2 * size else mark.radius, RADIUS * small) + 2
            yield text(mark.x + beside, mark.y + size * 0.27, size * 0.75, f"{mark.records:,}", ' font-weight="700"')


def point(x: float, y: float, radius: float, area: str) -> str:
    """An exact place is full, one whose precision is not stated hollow."""
    fill, line, thick = (DARK, PAPER, 1.0) if area == POINT else (PAPER, DARK, 1.8)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" stroke="{line}" stroke-width="{thick}"/>'


def cluster(x: float, y: float, records: int, size: float) -> str:
    number = f"{records:,}"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{cluster_radius(records, size):.1f}" fill="{DEEP}" stroke="{PAPER}"/>'
        f'<text x="{x:.1f}" y="{y + size * 0.36:.1f}" font-size="{size:.1f}" fill="{PAPER}" font-weight="700" text-anchor="middle">{number}</text>'
    )


def labels(found: Sequence[Mark], letters: float, width: float) -> Iterator[str]:
    """The names of the places with the most records, where there is room for them."""
    size = letters * 0.8
    taken = [(mark.x - 12, mark.y - 9, mark.x + 12, mark.y + 9) for mark in found]
    printed = 0
    for mark in paced(sorted(found, key=lambda mark: -mark.records)):
        if mark.clustered or printed == LABELS or not mark.places[0].name:
            continue
        name = mark.places[0].name
        wide, y = len(name) * size * 0.56, mark.y - max(RADIUS, mark.radius) - 4
        box = (mark.x - wide / 2, y - size, mark.x + wide / 2, y + 2)
        own = (mark.x - 12, mark.y - 9, mark.x + 12, mark.y + 9)
        if box[0] < 0 or box[2] > width or box[1] < 0 or any(other != own and _meet(box, other) for other in taken):
            continue
        taken.append(box)
        printed += 1
        halo = f' text-anchor="middle" stroke="{PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
        yield text(mark.x, y, size, name, halo)


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def swatch(mark: str, x: float, y: float, size: float) -> str:
    if mark == CLUSTER:
        return cluster(x, y, 9, size * 0.65)
    if mark == DISC:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size * 0.5:.1f}" fill="{DARK}" fill-opacity="0.22" stroke="{DARK}"/>'
    if mark == COUNTRY:
        half = size * 0.5
        return f'<rect x="{x - half:.1f}" y="{y - half * 0.8:.1f}" width="{2 * half:.1f}" height="{1.6 * half:.1f}" fill="{PALE}" stroke="{BORDER}"/>'
    return point(x, y, RADIUS * size / 17, mark)
