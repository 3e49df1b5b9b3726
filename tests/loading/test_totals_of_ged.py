"""Totals of a release of UCDP GED equal the sums of its columns; the file is not part of the project."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from api.loading.files import LoadOptions, load_files
from schema.kinds import KINDS

from ..conftest import ROOT, SAMPLES, Instance

GED = SAMPLES / "ucdp" / "ged191.csv"
pytestmark = pytest.mark.skipif(not GED.is_file(), reason=f"the sample file is not here, in {GED}")


def of_events() -> list[dict[str, int]]:
    """The numbers of each event; bounds out of order are widened to what the event states."""
    with GED.open(encoding="utf-8-sig", newline="") as file:
        rows = [{name: int(cell) for name, cell in row.items() if name.startswith("deaths_") or name in ("low", "best", "high")}
                for row in csv.DictReader(file)]  # fmt: skip
    return [{**row, "least": min(row["low"], row["best"], row["high"]), "most": max(row["low"], row["best"], row["high"])} for row in rows]


@pytest.mark.nightly
async def test_civilians_and_unknown_people_are_added_and_the_total_is_that_of_the_file(instance: Instance) -> None:
    await load_files(KINDS, instance.url, [GED], LoadOptions("ucdp-ged-19-1"))

    async def row(query: str) -> dict[str, Any]:
        (found,) = (await instance.get(f"/v1/figures/totals?{query}"))["data"]
        return {name: found[name] for name in ("low", "best", "high", "figures", "contradicted", "overlap_unknown", "approximated")}

    rows = of_events()
    sums = {name: sum(one[name] for one in rows) for name in rows[0]}
    unbounded = {"low": None, "high": None, "contradicted": 0, "overlap_unknown": 0, "approximated": 0}
    assert (sums["deaths_civilians"], sums["deaths_unknown"], sums["best"]) == (7050, 4678, 20936)
    assert await row("population=civilians") == {**unbounded, "best": 7050, "figures": len(rows)}
    assert await row("population=unknown") == {**unbounded, "best": 4678, "figures": len(rows)}
    assert await row("population.one_of=civilians,unknown") == {**unbounded, "best": 11728, "figures": 2 * len(rows)}
    assert await row("") == {
        "low": sums["least"], "best": 20936, "high": sums["most"], "figures": len(rows), "contradicted": 6, "overlap_unknown": 0, "approximated": 0,
    }  # fmt: skip
    by_population = {one["population"]: one for one in (await instance.get("/v1/figures/totals?by=population"))["data"]}
    assert {name: one["best"] for name, one in by_population.items()} == {
        "all": 20936, "civilians": 7050, "unknown": 4678, "combatants": sums["deaths_a"] + sums["deaths_b"],
    }  # fmt: skip
    assert [name for name, one in by_population.items() if one["low"] is not None or one["high"] is not None] == ["all"]
    counted = await instance.client.get("/v1/figures.csv?counted_in.known=false&measure=killed")
    assert sum(int(one["best"]) for one in csv.DictReader(counted.text.splitlines())) == 20936


def test_the_page_about_totals_prints_these_numbers() -> None:
    rows = of_events()
    low, best, high = (sum(one[name] for one in rows) for name in ("least", "best", "most"))
    page = (ROOT / "docs" / "totals.md").read_text("utf-8")
    assert f"| no conditions | {low:,} | {best:,} | {high:,} | {len(rows):,} |" in page
