"""Draws a chart with one letter in place of each text whose width decides nothing, and then puts the texts in: measuring letters takes most of the time of a chart.

A text decides nothing if it ends before the chart does, or if one that is as wide stands beside it. Which labels overlap, so that they are hidden, follows from their
widths, about. Where that is not certain, texts are measured. The picture has the same words
and marks; bars may be two pixels higher, if the widest label is hidden.

The process that draws runs this file by its path: it imports nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
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
NUMBERS, DAYS = "numbers", "days"  # The parameters of a specification that are the labels of its axes.
LETTERS = tuple(map(chr, range(0x100, 0x180)))  # Of the font, and rare: those that a chart has itself are not used.
KERNED, BOLD = 1.03, 1.15  # How many times as wide as its letters a text is at most, and one in bold letters.
BESIDE, SLACK, SYMBOL = (
    20,
    5,
    40,
)  # Pixels: what is beside the numbers of an axis and their name, by how much that may be wrong, and of a mark in a legend.
SURE = 0.03  # The share by which an estimate of a label may be wrong.
NEARLY = 0.97  # Labels that may be as wide as the widest are measured, too.


def drawn(spec: Spec, draw: Callable[[Spec], str]) -> str:
    """What `draw` makes of a Vega-Lite specification, as SVG."""
    labels = _across(spec)
    shown = _shown(spec, labels)
    whole = json.dumps(spec, ensure_ascii=False)
    letters = iter([letter for letter in LETTERS if letter not in whole])
    short: dict[str, str] = {}
    for text in dict.fromkeys([*_titles(spec), *_labels(spec, labels, shown), *_numbers(spec)[:-1], *_legend(spec)]):
        if len(text) > 1 and _width(text) is not None and (letter := next(letters, None)) is not None:
            short[text] = letter
    if not short:
        return draw(spec)
    marked = _with(spec, short)
    marked = _hidden(marked, shown) if 0 < len(shown) < len(labels) else marked
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


def _hidden(spec: Spec, shown: Sequence[int]) -> Spec:
    """A specification in which all labels but some are hidden, as the library would hide those that overlap."""
    across = spec["encoding"]["x"]
    values = json.dumps([across["axis"]["values"][n] for n in shown], ensure_ascii=False)
    value = "time(datum.value)" if across["type"] == "temporal" else "datum.value"
    opacity = {"condition": {"test": f"indexof({values}, {value}) < 0", "value": 0}, "value": 1}
    axis = {**across["axis"], "labelOverlap": False, "labelOpacity": opacity}
    return {**spec, "encoding": {**spec["encoding"], "x": {**across, "axis": axis}}}


def _across(spec: Spec) -> list[tuple[str, float]]:
    """The labels of an axis of names or of time, and where they are, as shares of its length."""
    across, values = spec.get("encoding", {}).get("x") or {}, _axis(spec).get("values") or []
    places: set[Any] = {row.get(across.get("field", "")) for row in _rows(spec)}
    if across.get("type") == "ordinal":
        every = ceil(len(places) / len(values)) if values else 0
        return [(str(label), (n * every + 0.5) / len(places)) for n, label in enumerate(values)]
    if across.get("type") != "temporal" or len(places) < 2:
        return []
    first, last = min(places), max(places)
    return [(text, (value - first) / (last - first)) for text, value in zip(_parameter(spec, DAYS), values, strict=True)]


def _shown(spec: Spec, labels: Sequence[tuple[str, float]]) -> list[int]:
    """Which labels do not overlap with the one shown before, by their numbers; none if that is not certain. All, if overlapping ones are not hidden."""
    if _axis(spec).get("labelOverlap") is False:
        return [*range(len(labels))]
    size, widths = _size(spec), [_width(label) for label, _ in labels]
    if (
        len(labels) < 2 or None in widths or len(_fit(_notes(spec), size, _room(spec)[0])) < len(_notes(spec))
    ):  # A wide line makes the chart narrower.
        return []
    narrow, wide = _room(spec)
    known, places = [width * size for width in widths if width is not None], [place for _, place in labels]
    narrow -= max(0.0, known[0] / 2 - places[0] * narrow) + max(0.0, known[-1] / 2 - (1 - places[-1]) * narrow)
    shown = [0]
    for n in range(1, len(labels)):
        taken = (known[n] + known[shown[-1]]) / 2
        apart = places[n] - places[shown[-1]]
        if apart * narrow >= taken * (1 + SURE):
            shown.append(n)
        elif apart * wide >= taken * (1 - SURE):
            return []
    return shown


def _labels(spec: Spec, labels: Sequence[tuple[str, float]], shown: Sequence[int]) -> Iterator[str]:
    """If it is certain which labels are shown: those that are not and, of those that are, what decides nothing.

    Side by side, that is all but those that may stick out at an end; at an angle, all but the widest, the first and the last.
    """
    if not shown:
        return
    yield from (label for n, (label, _) in enumerate(labels) if n not in shown)
    texts, ends = {n: labels[n][0] for n in shown}, (shown[0], shown[-1])
    widths = {n: _width(text) or 0.0 for n, text in texts.items()}
    if not _axis(spec).get("labelAngle"):
        room, _ = _room(spec)
        yield from (
            texts[n] for n in shown if n not in ends or widths[n] * _size(spec) < 2 * min(labels[n][1], 1 - labels[n][1]) * (room - BESIDE)
        )
        return
    most, seen = max(widths.values()), {widths[n] for n in ends}
    for n in shown[1:-1]:
        if widths[n] < most * NEARLY or widths[n] in seen:
            yield texts[n]
        seen.add(widths[n])


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


def _parameter(spec: Spec, name: str) -> list[str]:
    """The labels of an axis, which are a parameter of the specification."""
    return next((parameter["value"] for parameter in spec.get("params", ()) if parameter["name"] == name), [])


def _numbers(spec: Spec) -> list[str]:
    """The labels beside a chart, of which the last is as wide as any."""
    return _parameter(spec, NUMBERS) or ["1"]


def _size(spec: Spec) -> float:
    """The size of letters, in pixels."""
    size: float = spec.get("config", {}).get("axis", {}).get("titleFontSize", 11)
    return size


def _room(spec: Spec) -> tuple[float, float]:
    """How wide a chart is at least and at most, in pixels: between its edges, beside an axis of numbers with their name."""
    size = _size(spec)
    beside = (_width(_numbers(spec)[-1]) or 0.0) * size + size + BESIDE
    room: float = spec.get("width", 0) - 2 * spec.get("padding", 0) - beside
    return room - SLACK, room + SLACK


def _with(spec: Any, short: Mapping[str, str]) -> Any:
    """A specification with letters in place of texts."""
    if isinstance(spec, str):
        return short.get(spec, spec)
    if isinstance(spec, Mapping):
        return {name: _with(value, short) for name, value in spec.items()}
    return [_with(value, short) for value in spec] if isinstance(spec, list) else spec
