"""A chart is drawn with letters in place of its texts, and looks as if it had been drawn with them."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import vl_convert

from api.pages.chart_specs import SIZES, chart, config
from api.pages.series_charts import series_chart, series_of
from api.pages.totals_words import Totals, content
from api.pictures.placeholder_texts import WIDTHS, drawn
from api.pictures.worker import VEGA_LITE, painter

from ..pages.test_totals_words import row

SHORT = [f"Line {n} ends soon" for n in range(5)]
WIDE = "A line that goes on beyond the end of the chart, " * 3
WIDER = f"{WIDE}and further than any other line"
ARABIC, QUOTED, RARE = "\u2067حلب\u2069 2024", 'Called "a < b"', "Ā and Ă are letters of this chart"


def spec(*lines: str, months: int = 0, names: tuple[str, ...] = (), size: str = "og") -> dict[str, Any]:
    width, height = SIZES[size]
    labels = [f"{'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[n % 12]} {2013 + n // 12}" for n in range(months)]
    rows = [{"x": label, "y": n, "name": names[n % len(names)] if names else ""} for n, label in enumerate(labels)]
    colour = {"field": "name", "type": "nominal", "scale": {"domain": [*names]}, "legend": {"title": None, "orient": "top", "columns": 1}}
    y = {"field": "y", "type": "quantitative", "title": "people", "axis": {"format": ",~f", "tickMinStep": 1, "tickCount": 5}}
    flat = months <= 12
    axis = {
        "title": [*lines],
        "values": labels[:: months // 20 or 1],
        "labelAngle": 0 if flat else -45,
        "labelOverlap": "greedy" if flat else False,
    }
    return {
        "width": width, "height": height, "padding": round(width / 40), "autosize": {"type": "fit", "contains": "padding"},
        "title": {"text": ["People killed by month"], "subtitle": ["Central African Republic", RARE]}, "data": {"values": rows}, "params": [{"name": "numbers", "value": ["0", "10"]}],
        "encoding": {"x": {"field": "x", "type": "ordinal", "sort": None, "axis": axis}},
        "layer": [{"mark": "bar", "encoding": {"y": y, **({"color": colour} if names else {})}}], "config": config(width),
    }  # fmt: skip


def test_what_is_drawn_has_every_text_though_few_are_measured() -> None:
    measured: list[Mapping[str, Any]] = []

    def draw(given: Mapping[str, Any]) -> str:
        measured.append(given)
        return json.dumps(given, ensure_ascii=False)

    asked = spec(*SHORT, WIDE, WIDER, ARABIC, QUOTED, RARE, months=10, names=("A party", "Another party"))
    before = copy.deepcopy(asked)
    assert json.loads(drawn(asked, draw)) == asked == before
    lines = measured[0]["encoding"]["x"]["axis"]["title"]
    assert {len(line) for line in (*lines[:6], *measured[0]["title"]["text"])} == {1}
    # The widest decides something, and the others are written in other ways than they are stored, or have letters of which the widths are not known.
    assert lines[6:] == [WIDER, ARABIC, QUOTED, RARE]
    assert measured[0]["layer"][0]["encoding"]["color"]["scale"]["domain"] != ["A party", "Another party"]
    assert not {*"".join(lines[:6])} & {*RARE}


@pytest.mark.parametrize(("size", "first", "days"), [("og", "2023-10-07", 400), ("card", "2024-01-01", 61)])
def test_a_chart_of_running_totals_is_the_same_as_if_all_texts_were_measured(size: str, first: str, days: int) -> None:
    """Also where a label stands at an end."""
    begun = dt.date.fromisoformat(first)
    common = {
        "event": None,
        "actor": None,
        "location": None,
        "unit": "people",
        "origin": "reported",
        "disaggregation": None,
        "period_start": None,
    }
    figures = [
        {**common, "population": population, "period_end": str(begun + dt.timedelta(day)), "low": None, "best": best * day, "high": None}
        for population, best in (("all", 70), ("children", 20))
        for day in range(0, days, 3)
    ]
    asked, paint, measured = series_chart(series_of(figures), "People killed: running totals", "", "Revision 3.", size), painter(), []

    def draw(given: Mapping[str, Any]) -> str:
        measured.append(given)
        svg: str = vl_convert.vegalite_to_svg(dict(given), vl_version=VEGA_LITE, allowed_base_urls=[])
        return svg

    one, other = (paint({"svg": svg, "format": "png", "scale": 1}) for svg in (drawn(asked, draw), draw(asked)))
    labels, numbers = (parameter["value"] for parameter in measured[0]["params"])
    assert one == other and sum(len(label) > 1 for label in labels) <= 2 and [len(number) > 1 for number in numbers].count(True) == 1


@pytest.mark.parametrize("other", [{"mark": "bar"}, {"encoding": {"x": {"axis": None}}}, {"encoding": {"x": {"axis": {"title": "one"}}}}])
def test_what_has_no_such_texts_is_drawn_as_it_is(other: dict[str, Any]) -> None:
    assert json.loads(drawn(other, json.dumps)) == other


@pytest.mark.parametrize(
    ("months", "lines"), [*(pytest.param(months, SHORT, marks=pytest.mark.nightly) for months in (10, 24, 60)), (60, [*SHORT, WIDER])]
)
def test_a_picture_is_the_same_as_if_all_texts_were_measured(months: int, lines: list[str]) -> None:
    paint = painter()

    def draw(given: Mapping[str, Any]) -> str:
        svg: str = vl_convert.vegalite_to_svg(dict(given), vl_version=VEGA_LITE, allowed_base_urls=[])
        return svg

    asked = spec(*lines, months=months, names=("A party", "Another party"))
    one, other = (paint({"svg": svg, "format": "png", "scale": 1}) for svg in (drawn(asked, draw), draw(asked)))
    assert one == other == paint({"spec": asked, "format": "png", "scale": 1})


def test_the_arrows_of_a_small_bar_stand_above_it_one_above_the_other() -> None:
    """Drawn inside a bar of a few pixels, one would hide it, and point at the label of the month."""
    rows = [row(None, number, None, month=f"2024-0{month}") for month, number in ((1, 9000), (2, 30))]
    totals = Totals(rows, ("month",), (("measure", "killed"),), {}, True)
    for size in SIZES:
        svg = painter()({"spec": chart(totals, rows, content(totals, ""), "Revision 3.", size), "format": "svg"}).decode()
        arrows = re.findall(r'<path transform="translate\([\d.]+,(-?[\d.]+)\)" d="M0,', svg)
        ticks = re.findall(r'<path d="M[\d.]+,(-?[\d.]+)h[\d.]+v3h-[\d.]+Z" fill="#1a1a1a"', svg)
        assert len(arrows) == 4 and len(ticks) == 2, svg
        (large, small), (large_up, small_up, large_down, small_down) = map(float, ticks), map(float, arrows)
        assert large_up < large < large_down and small_up + 8 < small_down < small - 4


def test_widths_are_those_of_the_font() -> None:
    """A text that is as wide as it is thought to be ends where it should."""
    assert {"i", "M", " ", "\\", "0", "é", "—"} <= WIDTHS.keys() and not {*'"&<>', *RARE[:1]} & WIDTHS.keys()
    assert len({WIDTHS[digit] for digit in "0123456789"}) == 1
