"""Charts of running totals: steps that are never added up, and falls that are seen."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from api.pages.chart_specs import SIZES
from api.pages.charts import Charts
from api.pages.series_charts import Read, drawn_values, notes, sentence, series_chart, series_of
from api.pages.totals_cards import TotalsCards
from api.pictures.worker import painter

from ..conftest import Instance, source


def figure(day: str | None, best: float | None, low: float | None = None, high: float | None = None, **more: Any) -> dict[str, Any]:
    plain = {
        "event": {"id": "war", "name": "War"},
        "actor": None,
        "location": None,
        "population": "all",
        "unit": "people",
        "origin": "reported",
        "disaggregation": None,
        "period_start": None,
    }
    return {**plain, "period_end": day, "low": low, "best": best, "high": high, **more}


def spec(read: Read) -> dict[str, Any]:
    return series_chart(read, "People killed: running totals", "", "Conflict Facts, revision 3.", "square")


def test_a_running_total_is_drawn_as_steps_and_never_added_up() -> None:
    read = series_of([figure("2024-01-01", 10), figure("2024-01-02", 10), figure("2024-01-03", 10), figure("2024-01-05", 14)])
    assert [(value["t"], value["v"]) for value in drawn_values(read)] == [("2024-01-01", 10), ("2024-01-05", 14)]
    assert any(layer["mark"].get("interpolate") == "step-after" for layer in spec(read)["layer"])
    assert "never added up" in " ".join(notes(read))
    assert sentence(read, "People killed") == "People killed; event: War; from 10 on 1 January 2024 to 14 on 5 January 2024."


def test_each_mark_has_only_what_it_draws() -> None:
    """Of a year of daily counts, what is not drawn took a sixth of the time of the chart."""
    drawn = spec(series_of([figure("2024-01-01", 10), figure("2024-01-02", 7), figure("2024-01-03", None, low=8, high=9)]))
    assert [value["t"] for value in drawn["data"]["values"]] == [1704067200000, 1704153600000, 1704153600000, 1704240000000]
    assert {*drawn["data"]["values"][0]} == {"t", "v", "series", "segment"}
    (band, _, fall, _), day = drawn["layer"], 1704153600000
    assert band["data"]["values"] == [{"t": day + 86_400_000, "low": 8, "high": 9, "segment": "0-1-3"}]
    assert fall["data"]["values"] == [{"t": day, "from": 10, "v": 7}]


def test_bounds_are_drawn_until_the_next_count_and_no_longer() -> None:
    """A band of one count had no width, and one of two went on over a count between them that states no bounds."""
    counts = [figure("2024-01-01", 10, 8, 12), figure("2024-01-03", 15), figure("2024-01-05", 20, 18, 22), figure("2024-01-06", 25, 21, 26)]
    band = spec(series_of(counts))["layer"][0]["data"]["values"]
    first = 1704067200000
    assert [((row["t"] - first) // 86_400_000, row["low"], row["high"], row["segment"]) for row in band] == [
        (0, 8, 12, "0-0-0"), (2, 8, 12, "0-0-0"), (4, 18, 22, "0-0-1"), (5, 21, 26, "0-0-1")
    ]  # fmt: skip


def test_a_fall_is_drawn_and_said() -> None:
    read = series_of([figure("2024-01-01", 10), figure("2024-01-02", 7), figure("2024-01-03", 9)])
    drawn = [(value["t"][-2:], value["v"], value["from"], value["segment"]) for value in drawn_values(read)]
    assert drawn == [("01", 10, None, "0-0"), ("02", 10, None, "0-0"), ("02", 7, 10, "0-1"), ("03", 9, None, "0-1")]
    assert "1 time a total falls" in " ".join(notes(read)) and "from 10 to 7 on 2 January 2024" in " ".join(notes(read))


def test_a_bound_below_an_estimate_is_no_fall_and_is_said_as_a_bound() -> None:
    """About 10 by Monday and at least 8 by Tuesday may both be true; at most 8 after at least 10 may not."""
    read = series_of([figure("2024-01-01", 10), figure("2024-01-02", None, low=8), figure("2024-01-03", None, low=8, high=12)])
    assert "falls" not in " ".join(notes(read)) and {value["from"] for value in drawn_values(read)} == {None}
    assert [value["segment"] for value in drawn_values(read)] == ["0-0", "0-0", "0-1", "0-1"], "the line does not go down either"
    assert sentence(read, "People killed") == "People killed; event: War; from 10 on 1 January 2024 to between 8 and 12 on 3 January 2024."
    fallen = series_of([figure("2024-01-01", None, low=10), figure("2024-01-02", None, high=8), figure("2024-01-03", None, high=7.5)])
    assert "2 times a total falls" in " ".join(notes(fallen)) and "The last fall: from at most 8 to at most 7.5" in " ".join(notes(fallen))
    assert "with 2 falls" in sentence(fallen, "") and "from at least 10 on" in sentence(fallen, "")


def test_series_of_different_people_events_and_origins_stay_apart() -> None:
    read = series_of([figure("2024-01-01", 10), figure("2024-01-01", 4, population="children"), figure("2024-01-02", 12), figure(None, 3)])
    assert [(series.label, [count.best for count in series.counts]) for series in read.series] == [("all", [10, 12]), ("children", [4])]
    assert read.undated == 1 and "Undated, and not drawn: 1" in [*notes(read)]


def test_series_of_different_events_of_one_name_and_of_different_first_days_stay_apart() -> None:
    """They are two series in totals, and what looks like a fall would be another count."""
    one, other = ({"id": id, "name": "Air strikes"} for id in ("twin-1", "twin-2"))
    days = (("01", 100, one), ("02", 10, other), ("03", 120, one), ("04", 12, other))
    read = series_of([figure(f"2024-01-{day}", best, event=event) for day, best, event in days])
    assert [(series.label, [count.best for count in series.counts], series.falls) for series in read.series] == [
        ("Air strikes (twin-1)", [100, 120], []), ("Air strikes (twin-2)", [10, 12], []),
    ]  # fmt: skip
    assert "fall" not in sentence(read, "People killed") and "event: Air strikes" not in sentence(read, "People killed")
    starts = (("2024-02-01", 50, "2024-01-01"), ("2024-02-20", 5, "2024-02-01"), ("2024-03-01", 70, "2024-01-01"))
    read = series_of([figure(day, best, period_start=start) for day, best, start in starts])
    assert [(series.label, len(series.counts), series.falls) for series in read.series] == [
        ("since 1 January 2024", 2, []), ("since 1 February 2024", 1, []),
    ]  # fmt: skip
    assert "event: War" in sentence(read, "People killed")


def test_a_single_series_says_whose_it_is() -> None:
    """Casualties in a country are not those of its army: what all counts have in common is said above them."""
    losses = [figure(f"2024-01-0{n}", n, actor={"id": "army", "name": "Army of Elsewhere"}, population="combatants") for n in (1, 2)]
    read = series_of(losses)
    said = "event: War; actor: Army of Elsewhere; population: combatants"
    assert said in sentence(read, "Casualties")
    for detail, expected in (("Ukraine", f"Ukraine; {said}"), ("War; Army of Elsewhere", "War; Army of Elsewhere; population: combatants")):
        assert " ".join(series_chart(read, "Casualties", detail, "", "square")["title"]["subtitle"]) == expected, "nothing is named twice"
    both = series_of([*losses, figure("2024-01-03", 3, actor={"id": "other", "name": "Others"})])
    assert both.common == {"event": "War"}, "what differs is said of each series"


def test_counts_of_one_day_that_differ_are_a_band() -> None:
    read = series_of([figure("2024-01-01", 10), figure("2024-01-01", 12, low=11)])
    ((count,),) = [series.counts for series in read.series]
    assert (count.low, count.best, count.high) == (10, None, 12)
    assert "counts of one day that differ" in " ".join(notes(read))


def test_more_series_than_a_chart_has_room_for_are_named() -> None:
    read = series_of([figure("2024-01-01", n, location={"id": f"l{n}", "name": f"Place {n}"}) for n in range(7)])
    assert "Not drawn: 3 other series; more" in " ".join(notes(read)) and "not drawn: Place 4; Place 5; Place 6" in " ".join(notes(read))
    assert len({value["series"] for value in drawn_values(read)}) == 4


@pytest.mark.parametrize("size", SIZES)
def test_a_chart_says_that_series_are_not_drawn_however_long_their_names_are(size: str) -> None:
    """Their names left no room for the remark, which only "and 4 more remarks" stood for."""
    places = [f"Place {n}, with a name that is as long as those of events of a war that has lasted for years" for n in range(9)]
    read = series_of([figure("2024-01-01", n, location={"id": f"l{n}", "name": name}) for n, name in enumerate(places)])
    drawn = json.dumps(series_chart(read, "People killed", "in a country", "Conflict Facts.", size))
    assert f"Not drawn: {9 - len({value['series'] for value in drawn_values(read, size)})} other series" in drawn


@pytest.mark.parametrize("size", SIZES)
def test_a_legend_and_remarks_leave_room_for_what_is_drawn(size: str) -> None:
    """In a card with four series whose lines fell, four pixels were left: every total looked like nothing."""
    days = [("2024-01-01", 10), ("2024-03-01", 7), ("2024-05-01", 5000)]
    place = {"id": "place", "name": "A part of the country with a name that is long"}
    read = series_of([figure(day, best + n, location={**place, "id": f"l{n}"}) for n in range(6) for day, best in days])
    sources = [{"id": f"s{n}", "title": f"The ministry of health of region {n}", "license": "CC-BY-4.0"} for n in range(3)]
    drawn = series_chart(replace(read, sources=sources), "People killed: running totals", "Country", "Conflict Facts, revision 3", size)
    svg = painter()({"spec": drawn, "format": "svg"}).decode()
    found = re.search(r'class="background"[^>]* d="M[^h]*h(\d+)v(\d+)', svg)
    assert found and int(found[2]) >= 0.2 * SIZES[size][1]
    assert f"Not drawn: {2 if size != 'card' else 4} other series" in svg, "what is left out is said first"


COUNTS = """
source: {id: ministry, title: Ministry, kind: dataset, publisher: The Ministry, license: CC0-1.0}
claims:
  events:
    - {id: war, name: War, kind: war, country: SYR}
  figures:
    - {id: d1, event: war, measure: killed, unit: people, basis: cumulative, best: 10, period_start: 2024-01-01, period_end: 2024-01-31}
    - {id: d2, event: war, measure: killed, unit: people, basis: cumulative, best: 8, period_start: 2024-01-01, period_end: 2024-02-29}
    - {id: d3, event: war, measure: killed, unit: people, basis: cumulative, origin: extrapolated, best: 30, period_start: 2024-01-01, period_end: 2024-03-31}
    - {id: d4, event: war, measure: displaced, unit: people, basis: stock, best: 30, period_start: 2024-03-31, period_end: 2024-03-31}
"""


async def test_running_totals_have_a_chart_and_a_card_with_it(instance: Instance) -> None:
    await instance.load(ministry=COUNTS)
    response = await instance.client.get("/chart.svg?measure=killed&size=square")
    assert response.status_code == 200, response.text
    for part in (
        "running totals; event: War; from 10 on 31 January 2024 to 8 on 29 February 2024",
        "2 counts",
        "The Ministry (CC0-1.0)",
        "extrapolated",
    ):
        assert part in response.text
    asked = await instance.client.get("/chart.svg?measure=killed&origin=extrapolated&size=square")
    assert "from 30 on 31 March 2024" in asked.text
    refused = await instance.client.get("/chart.svg?measure=displaced")
    assert refused.status_code == 400 and "counts at a time" in refused.json()["detail"]
    card = (await instance.client.get("/embed/chart?measure=killed")).text
    assert 'src="/chart.svg?measure=killed&amp;by=month&amp;revision=1&amp;size=card"' in card
    assert (
        "<h1>People killed: running totals</h1>" in card and ">latest counts, according to The Ministry<" in card and "1 figure" not in card
    )


async def test_a_chart_of_running_totals_needs_no_sums(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """They took longer than all else, and the chart shows none of them: it is the same without."""
    await instance.load(ministry=COUNTS)

    async def nothing(*_: Any) -> Any:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(Charts, "_running", nothing)
        before = await instance.client.get("/chart.svg?measure=killed&event=war&basis=cumulative&size=square")
    monkeypatch.setattr(TotalsCards, "drawing", nothing)
    after = await instance.client.get("/chart.svg?event=war&measure=killed&basis=cumulative&size=square")
    assert "from 10 on 31 January 2024 to 8 on 29 February 2024" in after.text
    assert after.content == before.content


async def test_without_running_totals_a_chart_is_refused(instance: Instance) -> None:
    await instance.load(ministry=COUNTS)
    refused = await instance.client.get("/chart.svg?measure=injured&basis=cumulative")
    assert refused.status_code == 400 and "nothing is counted" in refused.json()["detail"]


async def test_a_card_of_a_running_total_says_that_an_earlier_count_was_higher(instance: Instance) -> None:
    """The latest count is the total; that it was higher before must not be hidden by `superseded`."""
    await instance.load(paper=source() + FALLING)
    card = (await instance.client.get("/embed/totals?measure=killed&event=war")).text
    assert "an earlier count was higher, 3 on 5 March 2024: the total was corrected, or begins anew" in card
    for until, event in (("2024-03-05", "war"), ("2024-03-31", "rising"), ("2024-03-31", "vague")):
        assert "an earlier count" not in (await instance.client.get(f"/embed/totals?measure=killed&event={event}&until={until}")).text
    rows = (await instance.get("/v1/figures/totals?by=month&measure=killed&event=war"))["data"]
    assert [(row["month"], row["low"], row["best"], row["high"]) for row in rows] == [("2024-03", None, None, 2)]


FALLING = """claims:
  events:
    - {id: war, name: War, kind: war, started_on: 2024-01-01}
    - {id: rising, name: Rising, kind: war, started_on: 2024-01-01}
    - {id: vague, name: Vague, kind: war, started_on: 2024-01-01}
  figures:
    - {id: a, event: war, measure: killed, unit: people, basis: cumulative, period_start: 2024-01-01, period_end: 2024-02-05, best: 1, quantifier: exact}
    - {id: b, event: war, measure: killed, unit: people, basis: cumulative, period_start: 2024-01-01, period_end: 2024-03-05, best: 3, quantifier: exact}
    - {id: c, event: war, measure: killed, unit: people, basis: cumulative, period_start: 2024-01-01, period_end: 2024-03-10, high: 2, quantifier: at_most}
    - {id: d, event: rising, measure: killed, unit: people, basis: cumulative, period_end: 2024-03-05, best: 3}
    - {id: e, event: rising, measure: killed, unit: people, basis: cumulative, period_end: 2024-03-10, best: 4}
    - {id: f, event: vague, measure: killed, unit: people, basis: cumulative, period_end: 2024-03-05, best: 3}
    - {id: g, event: vague, measure: killed, unit: people, basis: cumulative, period_end: 2024-03-10, low: 2, quantifier: at_least}
"""
