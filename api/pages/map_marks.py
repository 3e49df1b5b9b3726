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
Box = tuple[float, float, float, float]  # Left, top, right and bottom.
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


def around(mark: Mark, letters: float) -> Box:
    """What a point or a cluster takes of a map, with the number beside it; not the disc of a place that is not exact, in which names may stand."""
    across, up = 12.0, 9.0
    if mark.clustered:
        across = up = max(across, cluster_radius(mark.records, letters * NUMBER))
    elif mark.records > 1:
        return mark.x - across, mark.y - up, mark.x + across + len(f"{mark.records:,}") * letters * NUMBER, mark.y + up
    return mark.x - across, mark.y - up, mark.x + across, mark.y + up


def names(found: Sequence[Mark], letters: float, width: float) -> list[tuple[Mark, float, Box]]:
    """The places with the most records whose names have room, each with the bottom of its name and what that takes of a map."""
    size = letters * 0.8
    taken = {id(mark): around(mark, letters) for mark in found}
    printed: list[tuple[Mark, float, Box]] = []
    for mark in paced(sorted(found, key=lambda mark: -mark.records)):
        if mark.clustered or len(printed) == LABELS or not mark.places[0].name:
            continue
        wide, y = len(mark.places[0].name) * size * 0.56, mark.y - max(RADIUS, mark.radius) - 4
        box = (mark.x - wide / 2, y - size, mark.x + wide / 2, y + 2)
        others = [*(other for key, other in taken.items() if key != id(mark)), *(other for _, _, other in printed)]
        if box[0] >= 0 and box[2] <= width and box[1] >= 0 and not any(meet(box, other) for other in others):
            printed.append((mark, y, box))
    return printed


def labels(found: Sequence[tuple[Mark, float, Box]], letters: float) -> Iterator[str]:
    """These names as SVG."""
    halo = f' text-anchor="middle" stroke="{PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    for mark, y, _ in found:
        yield text(mark.x, y, letters * 0.8, mark.places[0].name, halo)


def meet(one: Box, other: Box) -> bool:
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
