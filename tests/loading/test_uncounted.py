"""Figures that count in no total are told of when they are checked and loaded, so that none is lost from totals without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.commands.check import check
from api.loading.receipts import uncounted_lines

from ..conftest import Instance, source

FIGURES = """claims:
  events: [{id: e, name: An attack, kind: attack_on_civilians, started_on: 2024-01-01, ended_on: 2024-01-01}]
  figures:
    - {id: whole, event: e, measure: killed, population: all, best: 500, unit: people, basis: flow}
    - {id: no-unit, event: e, measure: injured, population: all, best: 20, basis: flow}
    - {id: no-basis, event: e, measure: missing, low: 7, quantifier: more_than, unit: people}
"""
LINE = "2 figures count in no total: basis unknown (1), unit unknown (1)"


async def test_a_receipt_says_how_many_of_its_figures_count_in_no_total_and_why(store: Instance) -> None:
    """Also if the number of a better source does not repeat the unit, which goes with the number."""
    assert f"  {LINE}" in (await store.load(a=source("a", reliability="C") + FIGURES)).lines()
    assert not any("in no total" in line for line in (await store.load()).lines())
    better = await store.load(b=source("b", reliability="A") + "claims:\n  figures: [{id: whole, best: 510}]\n")
    assert "  1 figure counts in no total: unit unknown" in better.lines()
    assert await store.rows("select best, unit from figure where id = 'whole'") == [(510, None)]


@pytest.mark.parametrize(
    ("text", "line"), [(FIGURES, LINE), (FIGURES.replace("population: all, best: 20, b", "population: all, best: 20, unit: people, b"), "1 figure counts in no total: basis unknown")]
)  # fmt: skip
def test_a_check_says_the_same_without_a_database(text: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.yaml").write_text(source("a") + text, "utf-8")
    result = CliRunner().invoke(check, [str(tmp_path)])
    assert (result.exit_code, line in result.output.splitlines()) == (0, True), result.output


def test_nothing_is_said_of_figures_that_all_count() -> None:
    assert [*uncounted_lines({"figure": {}, "event": {"unit_unknown": 0}})] == []
