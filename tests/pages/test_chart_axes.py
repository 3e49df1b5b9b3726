"""The marks of axes are those that the library of charts would choose, but none within a day."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import vl_convert

from api.pages.chart_axes import milliseconds, number_axis, time_axis
from api.pictures.worker import VEGA_LITE

DAY = dt.date(2017, 9, 12)


def by_the_library(days: list[dt.date], count: int, top: float) -> list[str]:
    format = "%b %Y" if (days[-1] - days[0]).days > 240 else "%-d %b %Y"
    rows = [{"t": milliseconds(day), "v": top} for day in days]
    x = {"field": "t", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": {"tickCount": count, "format": format}}
    y = {"field": "v", "type": "quantitative", "title": None, "scale": {"zero": True}, "axis": {"format": ",~f", "tickCount": 5}}
    spec: dict[str, Any] = {"width": 4000, "height": 900, "data": {"values": rows}, "mark": "line", "encoding": {"x": x, "y": y}}
    return re.findall(r"<text[^>]*>(.*?)</text>", vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[]))


@pytest.mark.parametrize(
    ("span", "count", "top"),
    [(9, 6, 9.5), (24, 3, 5), (54, 6, 29), (54, 3, 250), (300, 6, 999), (300, 3, 14), (1050, 6, 73419), (2500, 3, 45000), (4000, 6, 1187007), (9000, 3, 7)],
)  # fmt: skip
def test_marks_are_those_of_the_library(span: int, count: int, top: float) -> None:
    days = [DAY, DAY + dt.timedelta(span)]
    assert time_axis(days, count)[1] + number_axis([top, None])[1] == by_the_library(days, count, top)


def test_no_day_has_two_marks() -> None:
    """The library makes marks of hours, and the label of each is the same day."""
    assert time_axis([DAY + dt.timedelta(n) for n in range(3)], 6)[1] == ["12 Sep 2017", "13 Sep 2017", "14 Sep 2017"]
    assert time_axis([DAY], 6)[1] == ["12 Sep 2017"] and time_axis([], 6) == ({}, [])


def test_marks_between_whole_numbers_are_left_to_the_library() -> None:
    assert number_axis([2.5])[1] == number_axis([0, None])[1] == number_axis([])[1] == []
