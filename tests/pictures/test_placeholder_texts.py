"""A chart is drawn with short texts in place of the lines below it, and looks as if it had been drawn with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api.pictures.placeholder_texts import drawn

WIDEST = "This is the widest of all lines, which decides how large the chart is"
ARABIC, QUOTED, TILDE = "\u2067حلب\u2069 2024", 'Called "a < b"', "About ~0~ and ~1~"


def spec(*lines: str) -> dict[str, Any]:
    return {"data": {"values": [{"x": "~"}]}, "encoding": {"x": {"field": "x", "axis": {"title": [*lines]}}, "y": {"field": "y"}}}


def test_what_is_drawn_has_every_line_though_few_are_measured() -> None:
    measured: list[str] = []

    def draw(given: Mapping[str, Any]) -> str:
        measured.extend(given["encoding"]["x"]["axis"]["title"])
        return json.dumps(given, ensure_ascii=False)

    asked = spec("Short", WIDEST, ARABIC, QUOTED, TILDE, *(f"Line {n}" for n in range(12)))
    assert json.loads(drawn(asked, draw)) == asked
    assert [measured[n] for n in (1, 2, 3)] == [WIDEST, ARABIC, QUOTED]  # The last two are written in other ways than they are stored.
    assert max(len(line) for line in measured[4:]) < 10 and len(measured) == 17


def test_what_has_no_such_lines_is_drawn_as_it_is() -> None:
    for other in ({"mark": "bar"}, {"encoding": {"x": {"axis": None}}}, {"encoding": {"x": {"axis": {"title": "one"}}}}, spec()):
        assert json.loads(drawn(other, json.dumps)) == other
