"""Rows of totals as sentences: a running total or a stock is never said to be the number of a month or a year."""

from __future__ import annotations

from typing import Any

import pytest

from api.words.languages import LANGUAGES, say, speaking
from api.words.totals_rows import sentence

ROW = {"measure": "killed", "unit": "people", "low": 900, "best": 900, "high": 900, "figures": 1}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"basis": "cumulative", "month": "2024-12"}, "900 people killed (running total, the latest count in December 2024)"),
        ({"basis": "cumulative", "year": 2024}, "900 people killed (running total, the latest count in 2024)"),
        ({"basis": "stock", "year": 2024}, "900 people killed (count at a time, the latest count in 2024)"),
        ({"basis": "cumulative", "year": None}, "900 people killed (running total) undated"),
        ({"basis": "cumulative"}, "900 people killed (running total)"),
        ({"basis": "flow", "month": "2024-12"}, "900 people killed in December 2024"),
    ],
)
def test_only_a_count_of_a_period_is_the_number_of_a_month_or_a_year(row: dict[str, Any], expected: str) -> None:
    assert sentence({**ROW, **row}) == expected


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("period", [{"month": "2024-12"}, {"year": 2024}])
@pytest.mark.parametrize("basis", ["cumulative", "stock"])
def test_the_period_of_a_running_total_stands_with_its_basis_in_every_language(code: str, period: dict[str, Any], basis: str) -> None:
    with speaking(code):
        said = sentence({**ROW, **period, "basis": basis})
        assert said.endswith(")")
        assert say("latest_count", "") in said
