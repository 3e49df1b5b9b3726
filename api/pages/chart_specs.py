"""A timeline of totals as a Vega-Lite specification: bounds as a band, an arrow where one is open, and below it all that the numbers do not say."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from schema.model.totals import DATE_KEYS

from ..pictures.placeholder_texts import NUMBERS
from ..words import dates, totals_rows
from ..words.languages import say
from .card_options import REVISION
from .card_words import CUMULATIVE, Content
from .chart_axes import number_axis
from .totals_words import Totals, unit_noun

Row = Mapping[str, Any]
Spec = dict[str, Any]
SIZES = {"og": (1200, 628), "card": (600, 314), "square": (1080, 1080)}  # Pixels.
SCALES = (1, 2)
FONT = "Noto Sans, Noto Sans Arabic, sans-serif"
INK, PALE, DARK, PAPER = "#1a1a1a", "#e3b7a8", "#9b2d15", "#ffffff"
RTL, END = "\u2067", "\u2069"  # Around Arabic: without them, a line that mixes scripts is drawn in the wrong order.
ARABIC = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff](?:[\s\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\d.,،؛-]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\d])?"
)
MAX_LINES = {"og": 8, "card": 6, "square": 15}  # Of what is said below a chart, by size.
LETTER, BOLD_LETTER = (
    0.61,
    0.68,
)  # The width of a letter in DejaVu Sans and Verdana, as a share of its size, with room for lines of wide letters.
MAX_BARS = 60
MAX_LABELS, FLAT_LABELS = 20, 12  # Of bars in the widest picture, and those for which there is room side by side.
LABEL_STEPS = (1, 2, 3, 4, 6, 12)  # Every n-th bar has a label.
ARROW, BESIDE_TOP, ABOVE_ARROW = (
    16,
    9,
    20,
)  # Pixels from the top of a bar: to the tip of an arrow in it, to the middle of an arrow, and to that of one above another.
IS_SMALL = f"scale('y', 0) - scale('y', datum.top) < {ARROW}"  # A bar without room for an arrow, which stands above it: inside, it would hide the bar, and point at the labels below.
FADED, MAX_NAMED = 0.35, 3  # How opaque bars are that count only some days, and how many of them are named.
FLOW = "flow"
STOCK = "stock"
DRAWN_BASES = (FLOW, CUMULATIVE)  # Of numbers that a chart shows: as bars, and as steps.
PARTIAL = "sums may be partial: counts that were not added may be of other days or people"


@dataclass(frozen=True)
class Bar:
    """One month or year: what is drawn of its row. `top` is the largest number that is stated; None where nothing is known."""

    label: str
    low: float | None = None
    best: float | None = None
    high: float | None = None
    top: float | None = None
    days: tuple[int, int] | None = None  # How many days of its event are counted, and how many there are, if some are not.

    @property
    def values(self) -> dict[str, Any]:
        known = self.top is not None
        return {
            "x": self.label, "low": self.low, "best": self.best, "bottom": self.low or 0, "top": self.top,
            "above": self.top if known and self.high is None else None, "below": self.top if self.top and self.low is None else None,  # A count of zero cannot be less.
            "part": self.days is not None,
        }  # fmt: skip


def chart(totals: Totals, rows: Sequence[Row], content: Content, about: str, size: str) -> Spec:
    """The specification of a chart of rows by month or by year; `about` is its last line, with the revision."""
    width, height = SIZES[size]
    every = [*_bars(totals.by[0], [row for row in rows if row[totals.by[0]]])]
    bars, room = every[-MAX_BARS:], letters(width)
    title = textwrap.wrap(content.heading, room["title"])[:2]
    notes = below(
        size, [*_legend(bars), *_uncovered(totals.by[0], bars), *_notes(totals, rows, content, len(every) - len(bars))], room["note"]
    )
    upright, numbers = number_axis([bar.top for bar in bars])
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": width, "height": height, "background": PAPER, "padding": round(width / 40),
        "autosize": {"type": "fit", "contains": "padding"},
        "title": {"text": [isolated(line) for line in title], "subtitle": [isolated(line) for line in textwrap.wrap(content.detail, room["note"])[:2]]},
        "data": {"values": [bar.values for bar in bars]}, "params": [{"name": NUMBERS, "value": numbers}],
        "encoding": {"x": _across([isolated(line) for line in (*notes, *textwrap.wrap(about, room["note"]))], [bar.label for bar in bars], width)},
        "layer": _layers(bars, {"title": isolated(unit_noun(totals, rows)), "axis": upright}, min(round(0.6 * width / max(len(bars), 1)), width // 12)),
        "config": config(width),
    }  # fmt: skip


def chart_path(params: Sequence[tuple[str, str]], rows: Sequence[Row], revision: int) -> str:
    """The path of a chart of the rows of a timeline, as of a revision; empty if they cannot be drawn."""
    return f"/chart.svg?{urlencode([*params, (REVISION, str(revision))])}" if rows and rows[0]["basis"] in DRAWN_BASES else ""


def isolated(text: str) -> str:
    """A text in which everything that is read from right to left keeps its place."""
    return ARABIC.sub(lambda found: f"{RTL}{found[0]}{END}", text)


def below(size: str, texts: Sequence[str], length: int, above: int = 0) -> list[str]:
    """What is said below a chart, as lines; the last says how much there is no room for. `above`: the lines that a legend above it takes from these."""
    found: list[str] = []
    for n, text in enumerate(texts):
        lines = textwrap.wrap(text, length)
        if len(found) + len(lines) + (n + 1 < len(texts)) > MAX_LINES[size] - above:
            more = f"and {len(texts) - n} more remark{'s' if len(texts) - n != 1 else ''}"
            return [*found, f"{more}, which a larger chart or /embed/timeline has"]
        found += lines
    return found


def letters(width: int) -> dict[str, int]:
    """How many letters a line has. An SVG is shown in the font of its reader's machine: lines fit in the widest of the usual ones."""
    return {"title": round(width / (sizes(width)["title"] * BOLD_LETTER)), "note": round(width / (sizes(width)["note"] * LETTER))}


def sizes(width: int) -> dict[str, int]:
    """The sizes of letters, in pixels."""
    return {"title": round(width / 34) if width > 600 else 20, "note": round(width / 70) if width > 600 else 11}


def _bars(key: str, rows: Sequence[Row]) -> Iterator[Bar]:
    """The months or years from the first to the last, also those of which nothing is known."""
    by_day = {str(row[key]): row for row in rows}
    for name in _every(key, sorted(by_day)):
        first = dt.date.fromisoformat(f"{name}-01-01"[:10])
        label = f"{dates.month(first)[:3]} {first.year}" if key == DATE_KEYS[0] else name
        yield _bar(label, by_day[name]) if name in by_day else Bar(label)


def _every(key: str, names: Sequence[str]) -> Iterator[str]:
    if not names:
        return
    first, last = (dt.date.fromisoformat(f"{name}-01-01"[:10]) for name in (names[0], names[-1]))
    if key != DATE_KEYS[0]:
        yield from (str(year) for year in range(first.year, last.year + 1))
        return
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{month // 12:04d}-{month % 12 + 1:02d}"


def _bar(label: str, row: Row) -> Bar:
    """A row. Its best estimate is drawn where words state it: not if it covers only a part, or if counts were not added."""
    low, high, best = (None if row[name] is None else float(row[name]) for name in ("low", "high", "best"))
    stated = totals_rows.stated(row)["best"]
    known = [value for value in (low, best, high) if value is not None]
    return Bar(label, low, None if stated is None else float(stated), high, max(known, default=None), totals_rows.uncovered(row))


def _across(lines: Sequence[str], labels: Sequence[str], width: int) -> Spec:
    """The axis of time, with what is said below the chart as its title. Every n-th bar has a label: measuring those that there is no room for takes most of the time."""
    every = next(n for n in LABEL_STEPS if len(labels) / n <= MAX_LABELS * width / SIZES["og"][0])
    shown = list(labels[::every])
    flat = len(labels) <= FLAT_LABELS
    axis = {"title": lines, "labelAngle": 0 if flat else -45, "labelOverlap": "greedy" if flat else False, "values": shown}
    return {"field": "x", "type": "ordinal", "sort": None, "axis": axis, "scale": {"paddingInner": 0.25, "paddingOuter": 0.2}}


def _layers(bars: Sequence[Bar], upright: Spec, thick: int) -> list[Spec]:
    """The marks, without those that would be of nothing, which take as long to prepare as others."""

    def up(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "scale": {"zero": True}, **upright}

    def arrow(field: str, shape: str, offset: str) -> Spec:
        mark = {"type": "point", "shape": shape, "filled": True, "size": 70, "color": INK, "opacity": 1, "yOffset": {"expr": offset}}
        return {"mark": mark, "encoding": {"y": up(field)}}

    faded = {"condition": {"test": "datum.part", "value": FADED}, "value": 1}
    outline = {"type": "bar", "fillOpacity": 0, "stroke": INK, "strokeWidth": 1.5, "strokeDash": [4, 3], "size": thick}
    values = [bar.values for bar in bars]
    layers: dict[str, Spec] = {
        "top": {"mark": {"type": "bar", "color": PALE, "size": thick}, "encoding": {"y": up("bottom"), "y2": {"field": "top"}, "opacity": faded}},
        "low": {"mark": {"type": "bar", "color": DARK, "size": thick}, "encoding": {"y": up("low"), "opacity": faded}},
        "part": {"transform": [{"filter": "datum.part"}], "mark": outline, "encoding": {"y": up("top")}},
        "best": {"mark": {"type": "tick", "color": INK, "thickness": 3, "size": thick}, "encoding": {"y": up("best")}},
        "above": arrow("above", "triangle-up", f"{IS_SMALL} && isValid(datum.below) ? {-ABOVE_ARROW} : {-BESIDE_TOP}"),
        "below": arrow("below", "triangle-down", f"{IS_SMALL} ? {-BESIDE_TOP} : {BESIDE_TOP}"),
    }  # fmt: skip
    return [layer for name, layer in layers.items() if name == "top" or any(value[name] not in (None, False) for value in values)]


def config(width: int) -> Spec:
    own = sizes(width)
    note = {
        "labelFontSize": own["note"],
        "titleFontSize": own["note"],
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
    }
    return {
        "font": FONT, "view": {"stroke": None}, "aria": False,  # A picture is said as a whole, in its title.
        "axis": {**note, "titlePadding": 10},
        "axisX": {"titleAnchor": "start", "titleAlign": "left", "titleX": 0, "titleLineHeight": round(own["note"] * 1.35)},
        "title": {"anchor": "start", "fontSize": own["title"], "subtitleFontSize": own["note"], "color": INK, "subtitleColor": INK, "offset": 14},
    }  # fmt: skip


def _legend(bars: Sequence[Bar]) -> Iterator[str]:
    """What the marks mean, as far as there are such."""
    meanings = [
        ("dark: at least so many", any(bar.low for bar in bars)),
        ("pale: up to the upper bound or, without one, to the largest number", any(bar.top and bar.top > (bar.low or 0) for bar in bars)),
        ("line: best estimate", any(bar.best is not None for bar in bars)),
        ("arrow up: no upper bound is stated", any(bar.values["above"] is not None for bar in bars)),
        ("arrow down: no lower bound is stated", any(bar.values["below"] is not None for bar in bars)),
        ("no bar: nothing is counted, which is not zero", any(bar.top is None for bar in bars)),
    ]
    text = "; ".join(meaning for meaning, applies in meanings if applies)
    if text:
        yield text[:1].upper() + text[1:]


def _uncovered(key: str, bars: Sequence[Bar]) -> Iterator[str]:
    """Which bars count only some of the days, those with the most that are not counted first."""
    found = sorted((bar for bar in bars if bar.days), key=lambda bar: bar.days[0] - bar.days[1] if bar.days else 0)
    if found:
        named = [f"{bar.label}: {bar.days[0]:,} of {bar.days[1]:,}" for bar in found[:MAX_NAMED] if bar.days]
        more = [f"and {len(found) - MAX_NAMED} more"] if len(found) > MAX_NAMED else []
        yield f"Light and dashed: counts only some days of the {key} ({'; '.join([*named, *more])})"


def _notes(totals: Totals, rows: Sequence[Row], content: Content, earlier: int) -> Iterator[str]:
    """What is left out, and what the numbers do not say; the most important first."""
    undated = [row for row in rows if not row[totals.by[0]]]
    missing = sum(row.get("without_best") or 0 for row in rows if totals_rows.stated(row)["best"] is not None)
    told = [f"shows the newest {MAX_BARS} of {MAX_BARS + earlier} {totals.by[0]}s"] if earlier else []
    told += [PARTIAL] if any(totals_rows.partial(row, totals.left_out, totals.rows) for row in rows) else []
    told += [left] if (left := totals_rows.left_out(totals.left_out)) else []
    told += [f"undated, and not drawn: {totals_rows.counted(row)}" for row in undated]
    told += [f"disputed: {content.disputed}"] if content.disputed else []
    told += [f"best estimates leave out an unknown number in {missing:,} count{'s' if missing != 1 else ''}"] if missing else []
    told += [say("overlaps")] if any(row.get("overlap_unknown") for row in rows) else []
    told += [say("contradicted")] if any(row.get("contradicted") for row in rows) else []
    yield from (f"{text[:1].upper()}{text[1:]}" for text in dict.fromkeys((*told, *content.notes)))
