"""Draws a chart with one letter in place of each text whose width decides nothing, and then puts the texts in: measuring letters takes most of the time of a chart.

A text decides nothing if it ends before the chart does, or if a wider one stands beside it. Which labels overlap, so that they are hidden, follows from their
widths, about. Where that is not certain, texts are measured. The picture has the same words
and marks; bars may be two pixels higher, if the widest label is hidden.

The process that draws runs this file by its path: it imports nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, floor, log10, sqrt
from typing import Any

Spec = Mapping[str, Any]
# Of Noto Sans: the widths of letters in thousandths of their size. The library writes these letters as they are.
BY_WIDTH = """
175 ‘’ 225 '¸ 258 ijlìíîï 268 ,.:;· 269 !¡ 273 J 281 `´ 300 () 322 - 329 [] 339 IÌÍÎÏ 344 f 350 ²³¹ 357 ª 359 “” 361 t
372 /\\ 376 º• 380 {} 413 r 428 ° 434 ?¿ 444 _ 470 z 479 s 480 cç 500 ¯– 508 v 509 «» 510 yýÿ 513 § 519 F 524 L 529 x
534 k 549 S 551 *|¦ 556 ETÈÉÊË 561 aàáâãäå 564 eèéêë 566 YÝ 572 $+0123456789=Z^~¢£¤¥¬±×÷ 580 ¨ 586 X 600 V
605 PoÞðòóôõöø 615 bdgpqþ 618 hnuñùúûü 619 K 622 R 623 µ 631 ß 632 CÇ 639 AÀÁÂÃÄÅ 646 # 650 B 655 ¶ 728 G 730 DÐ
731 UÙÚÛÜ 741 H 745 ¼ 760 NÑ 771 ½ 781 OQ¾ÒÓÔÕÖØ 786 w 791 … 831 % 832 ©® 864 æ 881 Æ 899 @ 907 M 930 W 935 m 1000 —
""".split()
WIDTHS = {" ": 260, **{letter: int(width) for width, letters in zip(BY_WIDTH[::2], BY_WIDTH[1::2], strict=True) for letter in letters}}
STEPS = (
    (7.07, 10),
    (3.16, 5),
    (1.41, 2),
    (0.0, 1),
)  # Of the numbers beside a chart: from which share of a power of ten on they are this many of them.
LETTERS = tuple(map(chr, range(0x100, 0x180)))  # Of the font, and rare: those that a chart has itself are not used.
KERNED, BOLD = 1.03, 1.15  # How many times as wide as its letters a text is at most, and one in bold letters.
BESIDE, SLACK, SYMBOL = (
    20,
    5,
    40,
)  # Pixels: what is beside the numbers of an axis and their name, by how much that may be wrong, and of a mark in a legend.
SURE = 0.03  # The share by which an estimate of a label may be wrong.
NEARLY = 0.97  # Labels that may be as wide as the widest are measured, too.
SLANT = sqrt(0.5)  # Of labels at an angle of 45 degrees: the share of their width that is across, and down.


def drawn(spec: Spec, draw: Callable[[Spec], str]) -> str:
    """What `draw` makes of a Vega-Lite specification, as SVG."""
    shown = _shown(spec)
    labels: Sequence[str] = () if shown is None else _axis(spec)["values"]
    whole = json.dumps(spec, ensure_ascii=False)
    letters = iter([letter for letter in LETTERS if letter not in whole])
    short: dict[str, str] = {}
    for text in dict.fromkeys([*_titles(spec), *_labels(labels, shown or ()), *_legend(spec)]):
        if len(text) > 1 and _width(text) is not None and (letter := next(letters, None)) is not None:
            short[text] = letter
    if not short:
        return draw(spec)
    marked = _with(spec, short)
    marked = _hidden(marked, _with(shown, short)) if shown is not None and len(shown) < len(labels) else marked
    return draw(marked).translate({ord(letter): text for text, letter in short.items()})


def _width(text: str) -> float | None:
    """How wide a text is, as a multiple of the size of its letters; None if that cannot be told."""
    widths = [WIDTHS.get(letter) for letter in text]
    return None if None in widths else sum(width for width in widths if width) / 1000


def _fit(lines: object, size: float, room: float) -> list[str]:
    """Those of some lines that certainly end before the chart does."""
    known = [(line, _width(line)) for line in lines] if isinstance(lines, list) else []
    return [line for line, width in known if width is not None and width * size * KERNED < room]


def _titles(spec: Spec) -> Iterator[str]:
    """The lines above and below a chart that end before it does, and those below it that are shorter than another."""
    title, size, (room, _) = spec.get("title") or {}, _size(spec), _room(spec)
    if isinstance(title, Mapping):
        yield from _fit(title.get("text"), spec.get("config", {}).get("title", {}).get("fontSize", size) * BOLD, room)
        yield from _fit(title.get("subtitle"), size, room)
    lines = _notes(spec)
    widest = max((_width(line) or 0.0 for line in lines), default=0.0)
    yield from _fit(lines, size, max(room, widest * size * NEARLY))


def _hidden(spec: Spec, shown: Sequence[str]) -> Spec:
    """A specification in which all labels but some are hidden, as the library would hide those that overlap."""
    across = spec["encoding"]["x"]
    test = f"indexof({json.dumps(shown, ensure_ascii=False)}, datum.value) < 0"
    axis = {**across["axis"], "labelOverlap": False, "labelOpacity": {"condition": {"test": test, "value": 0}, "value": 1}}
    return {**spec, "encoding": {**spec["encoding"], "x": {**across, "axis": axis}}}


def _shown(spec: Spec) -> list[str] | None:
    """The labels of an axis of names that do not overlap with the one shown before; None if that is not certain."""
    across, axis, size = spec.get("encoding", {}).get("x") or {}, _axis(spec), _size(spec)
    labels, bars = axis.get("values"), len({row.get(across.get("field", "")) for row in _rows(spec)})
    if (
        across.get("type") != "ordinal"
        or not isinstance(labels, list)
        or len(labels) < 2
        or not all(isinstance(label, str) for label in labels)
    ):
        return None
    widths = [_width(label) for label in labels]
    if None in widths or len(_fit(_notes(spec), size, _room(spec)[0])) < len(_notes(spec)):  # A wide line makes the chart narrower.
        return None
    known = [width * size for width in widths if width is not None]
    narrow, wide = (room / bars * ceil(bars / len(labels)) for room in _room(spec))
    shown = [0]
    for n in range(1, len(labels)):
        taken, steps = SLANT * (known[n] + size) if axis.get("labelAngle") else (known[n] + known[shown[-1]]) / 2, n - shown[-1]
        if steps * narrow >= taken * (1 + SURE):
            shown.append(n)
        elif steps * wide >= taken * (1 - SURE):
            return None
    return [labels[n] for n in shown]


def _labels(labels: Sequence[str], shown: Sequence[str]) -> Iterator[str]:
    """Labels that are hidden and, of those that are shown, all but the widest, the first and the last."""
    yield from (label for label in labels if label not in shown)
    widths = {label: _width(label) or 0.0 for label in shown}
    most, seen = max(widths.values(), default=0.0), {widths[label] for label in (*shown[:1], *shown[-1:])}
    for label in shown[1:-1]:
        if widths[label] < most * NEARLY or widths[label] in seen:
            yield label
        seen.add(widths[label])


def _legend(spec: Spec) -> Iterator[str]:
    """The names of series that end before the chart does."""
    for layer in spec.get("layer", ()):
        colour = layer.get("encoding", {}).get("color") or {}
        if colour.get("legend"):
            yield from _fit(colour["scale"]["domain"], colour["legend"].get("labelFontSize", _size(spec)), _room(spec)[0] - SYMBOL)


def _axis(spec: Spec) -> Mapping[str, Any]:
    return (spec.get("encoding", {}).get("x") or {}).get("axis") or {}


def _notes(spec: Spec) -> list[str]:
    lines = _axis(spec).get("title")
    return lines if isinstance(lines, list) else []


def _rows(spec: Spec) -> list[Mapping[str, Any]]:
    """What is drawn, by all marks."""
    return [row for one in (spec, *spec.get("layer", ())) for row in (one.get("data") or {}).get("values") or ()]


def _size(spec: Spec) -> float:
    """The size of letters, in pixels."""
    size: float = spec.get("config", {}).get("axis", {}).get("titleFontSize", 11)
    return size


def _room(spec: Spec) -> tuple[float, float]:
    """How wide a chart is at least and at most, in pixels: between its edges, beside an axis of numbers with their name."""
    size = _size(spec)
    across = (spec.get("encoding", {}).get("x") or {}).get("field")  # A time is a number too, but not one beside the chart.
    numbers = [value for row in _rows(spec) for name, value in row.items() if name != across and isinstance(value, (int, float))]
    beside = (_width(f"{_top(max(numbers, default=0)):,}") or 0.0) * size + size + BESIDE
    room: float = spec.get("width", 0) - 2 * spec.get("padding", 0) - beside
    return room - SLACK, room + SLACK


def _top(highest: float) -> int:
    """The highest number beside a chart: about five, which are round, from zero on."""
    if highest < 1:
        return 1
    power = 10.0 ** floor(log10(highest / 5))
    step = power * next(times for share, times in STEPS if highest / 5 / power >= share)
    return round(ceil(highest / step) * step)


def _with(spec: Any, short: Mapping[str, str]) -> Any:
    """A specification with letters in place of texts."""
    if isinstance(spec, str):
        return short.get(spec, spec)
    if isinstance(spec, Mapping):
        return {name: _with(value, short) for name, value in spec.items()}
    return [_with(value, short) for value in spec] if isinstance(spec, list) else spec
