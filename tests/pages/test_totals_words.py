"""The words of sums: a bound, an estimate or a part never reads as the exact number of all."""

from __future__ import annotations

from typing import Any

import pytest

from api.loading.collections import load
from api.pages import oembed
from api.pages.oembed import CardAddress
from api.pages.totals_words import MAX_ROWS, Totals, content, figures_page, sums
from api.words import totals_rows
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.small_world import document, world_with

NOTHING = dict.fromkeys(
    ("without_low", "without_best", "disputed", "imprecise_dates", "contradicted", "overlap_unknown", "approximated"), 0
)


def row(low: Any = None, best: Any = None, high: Any = None, **other: Any) -> dict[str, Any]:
    given = {"measure": "killed", "unit": "people", "basis": "flow", "origins": [], "low": low, "best": best, "high": high, "figures": 2}
    return {**NOTHING, **given, **other}


def totals(*rows: Any, by: tuple[str, ...] = (), params: Any = (("measure", "killed"),), timeline: bool = False, **other: Any) -> Totals:
    return Totals(rows, by, params, {}, timeline, **other)


def test_a_sum_of_only_some_days_says_so_wherever_it_stands() -> None:
    """A month with counts of ten days was printed as if it were the whole month."""
    some, every, unknown = (row(9, 9, 9, month="2023-11", covered_days=days, event_days=30) for days in (10, 30, None))
    assert totals_rows.sentence(some) == "9 people killed (covers 10 of 30 days) in November 2023"
    assert all(totals_rows.sentence(one) == "9 people killed in November 2023" for one in (every, unknown))
    for timeline in (False, True):
        assert "covers 10 of 30 days" in content(totals(some, by=("month",), timeline=timeline), "").sentence
    assert [line.part for line in content(totals(some, {**every, "month": "2023-12"}, by=("month",), timeline=True), "").lines] == [
        False,
        True,
    ]
    countries = [row(9, 9, 9, country=code, covered_days=days, event_days=30) for code, days in (("SYR", 20), ("IRQ", 10), ("PSE", None))]
    assert [totals_rows.uncovered(totals_rows.added(rows)) for rows in ([some, every], countries, [some, unknown])] == [
        (40, 60),
        (10, 30),
        None,
    ]


@pytest.mark.parametrize(
    ("reason", "figures", "said"),
    [
        ("basis_unknown", 28, True),
        ("extends_beyond", 28, True),
        ("superseded", 28, False),
        ("extrapolated", 28, True),
        ("computed", 2, False),
    ],
)
def test_a_sum_says_that_it_may_be_partial_if_counts_were_left_out_that_no_other_includes(reason: str, figures: int, said: bool) -> None:
    """A month in which two of thirty days are of a known period is not the number of the month."""
    months = row(best=6, month="2025-11"), row(best=17, month="2025-12", figures=8), row(best=900, month="2025-12", basis="cumulative")
    left = [{"reason": reason, "figures": figures}]
    (december, november, *_) = content(totals(*months, by=("month",), timeline=True, left_out=left), "").lines
    assert ("possibly a partial sum; counts added: 2" in november.text, "counts added: 8" in december.text) == (said, said)
    told = content(totals(row(best=6), left_out=left), "")
    assert ("possibly a partial sum; counts added: 2" in told.sentence and "possibly" in told.detail.lower()) == said
    running = content(totals(row(best=900, basis="cumulative"), left_out=left), "")
    assert "partial" not in running.sentence


def test_rows_that_may_count_the_same_people_say_so() -> None:
    """A running total of a war and the counts of its days, one below the other, look like two numbers to add."""
    notes = content(totals(row(best=73419, basis="cumulative"), row(best=48301)), "").notes
    assert "running totals and counts of a period may include the same people: do not add the numbers above" in notes
    assert not content(totals(row(best=5, unit="people"), row(best=7, unit="households")), "").notes


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        (row(238), "at least 238 people killed"),
        (row(high=40), "up to 40 people killed"),
        (row(), "an unknown number of people killed"),
        (row(best=7050), "about 7,050 people killed (no bounds are stated)"),
        (row(40, 40, 40), "40 people killed"),
        (row(0, 0, 0), "no people killed"),
        (row(best=0), "about 0 people killed (no bounds are stated)"),
        (row(300, 320, 500), "about 320 (300 to 500) people killed"),
        (row(300, 320), "about 320 (at least 300) people killed"),
        (row(40, 40), "about 40 people killed (at least 40 in all)"),
        (row(None, 40, 40), "about 40 people killed (up to 40 in all)"),
        (row(40, 40, 50), "about 40 (40 to 50) people killed"),
        (row(12, None, 18), "12 to 18 people killed"),
        (row(best=320, without_best=2), "about 320 people killed, and an unknown number in 2 further counts (no bounds are stated)"),
        (row(50, 320, 400, without_best=1), "about 320 people killed, and an unknown number in 1 further count (at least 50 and up to 400 in all)"),
        (row(418, 320, without_best=1), "at least 418 people killed (the estimates cover only a part of what is counted)"),
        (row(238, None, None, without_best=1), "at least 238 people killed"),
        (row(20, 20, 27, overlap_unknown=1), "at least 20 people killed (counts that may include the same people were not added; up to 27 in all)"),
        (row(best=320, overlap_unknown=1), "about 320 or more people killed (by estimate: counts that may include the same people were not added; no bounds are stated)"),
        (row(10, 10, 15, contradicted=1), "about 10 (10 to 15) people killed (some of the numbers contradict each other)"),
        (row(15, 10, 15, contradicted=1), "15 people killed (some of the numbers contradict each other)"),
        (row(best=5, unit="households", measure="displaced"), "about 5 households displaced (no bounds are stated)"),
        (row(9, 9, 9, basis="cumulative", figures=1), "9 people killed (running total)"),
        (row(9, 9, 9, origin="extrapolated", basis="cumulative"), "9 people killed (extrapolated; running total)"),
        (row(9, 9, 9, origins=["estimated", "reported"]), "9 people killed (origins: estimated, reported)"),
        (row(9, 9, 9, origins=["reported"]), "9 people killed"),
    ],
)  # fmt: skip
def test_a_row_reads_as_what_it_is(sums: Any, expected: str) -> None:
    assert totals_rows.phrase(sums) == expected


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        (row(9, 9, 9, basis="cumulative", figures=1), "9 people (running total up to 8 August 2026)"),
        (row(9, 9, 9, basis="cumulative"), "9 people (running totals, the latest up to 8 August 2026)"),
        (row(9, 9, 9, basis="stock", figures=1), "9 people (count at a time as of 8 August 2026)"),
        (row(9, 9, 9), "9 people"),
    ],
)
def test_a_running_total_has_its_last_day(sums: Any, expected: str) -> None:
    assert totals_rows.counted(sums, "2026-08-08") == expected


def test_a_timeline_has_its_unit_its_undated_figures_and_what_it_does_not_show() -> None:
    people = {"measure": "displaced", "figures": 3}
    told = content(totals(
        row(5000, 5000, 5000, month="2024-03", **people), row(best=500, month=None, **people), row(300, 300, 300, month="2024-03", unit="households", measure="displaced"),
        by=("month",), params=(("measure", "displaced"), ("by", "month")), timeline=True, left_out=({"reason": "unit_unknown", "figures": 2}, {"reason": "superseded", "figures": 1}),
    ), "/f")  # fmt: skip
    assert told.heading == "People displaced by month"
    assert [(line.label, line.text) for line in told.lines] == [
        ("March 2024", "5,000 people (possibly a partial sum; counts added: 3)"),
        ("Undated", "about 500 people (possibly a partial sum; counts added: 3; no bounds are stated)"),
    ]
    assert (
        "not shown: 300 households displaced (possibly a partial sum; counts added: 2)" in told.notes
        and "not added: 3 figures (unit unknown: 2, superseded: 1)" in told.notes
    )
    assert told.source == "sum of 6 figures" and "300 households" in told.sentence and "Undated" in told.sentence


@pytest.mark.parametrize(("by", "source"), [((), "sum of 4 figures"), (("month",), "sum of 4 figures"), (("place",), "sums of figures, which overlap"), (("population", "month"), "sums of figures, which overlap")])  # fmt: skip
def test_figures_of_overlapping_rows_are_not_added(by: tuple[str, ...], source: str) -> None:
    rows = [
        row(1, 1, 1, disputed=1, imprecise_dates=1, **dict.fromkeys(by)),
        row(1, 1, 1, disputed=1, basis="stock", imprecise_dates=1, **dict.fromkeys(by)),
    ]
    told = content(totals(*rows, by=by), "/f")
    assert told.source == source
    assert told.disputed == ("some of the figures" if "overlap" in source else "2 of the figures")
    assert any(note.startswith("for some figures" if "overlap" in source else "for 2 figures") for note in told.notes)


@pytest.mark.parametrize(
    ("params", "by", "expected"),
    [
        ([("measure", "killed")], (), "/figures?measure=killed&counted_in.known=false"),
        ([("measure", "killed"), ("by", "month")], ("month",), "/figures?measure=killed&counted_in.known=false"),
        ([("measure", "killed"), ("since", "2024-01-01")], (), "/v1/figures/totals?measure=killed&since=2024-01-01"),
        ([("measure", "killed"), ("country", "CAF")], (), "/v1/figures/totals?measure=killed&country=CAF"),
        ([("by", "population")], ("population",), "/v1/figures/totals?by=population"),
    ],
)
def test_the_link_of_a_card_leads_to_what_was_counted(params: Any, by: tuple[str, ...], expected: str) -> None:
    assert figures_page(params, by) == expected
    frozen = figures_page(params, by, 3)
    assert frozen == f"{expected}&revision=3"


def test_the_page_of_a_total_exists() -> None:
    params = (("measure", "killed"), ("corrected_since", "2024-01-01"), ("notice", "off"), ("revision", "3"))
    assert oembed.page_of(CardAddress("/embed/totals", params)) == "/v1/figures/totals?measure=killed&revision=3"
    assert oembed.page_of(CardAddress("/embed/timeline", params)) == "/v1/figures/totals?measure=killed&revision=3&by=month"
    assert oembed.page_of(CardAddress("/embed/totals")) == "/v1/figures/totals"


async def test_a_card_of_a_running_total_has_its_day_and_its_party_and_not_the_sum_of_a_month(instance: Instance) -> None:
    start: dict[str, Any] = {"event": "war", "measure": "casualties", "attributed_to": "The General Staff", "unit": "people"}
    running = {**start, "basis": "cumulative", "period_start": "2022-02-24"}
    figures = [
        {"id": f"d{n}", **running, "best": 1000 + n, "quantifier": "approximately", "period_end": f"2024-03-{n:02}"} for n in range(1, 29)
    ]
    displaced = {"event": "war", "measure": "displaced", "basis": "flow"}
    figures += [{"id": "p", **displaced, "best": 5000, "unit": "people"}, {"id": "h", **displaced, "best": 300, "unit": "households"}]
    instance.write("one/paper.yaml", document("paper", {**world_with(killed=None), "figures": figures}, publisher="The Paper"))
    await instance.hear((await load(KINDS, instance.url, instance.folder)).revision)
    for address in ("timeline?measure=casualties", "totals?measure=casualties&since=2024-03-01&until=2024-03-20"):
        text = (await instance.client.get(f"/embed/{address}")).text
        last = 28 if "timeline" in address else 20
        assert f"about {1000 + last:,} casualties (running total up to {last} March 2024" in text.lower().replace("march", "March")
        assert "according to The General Staff (as reported by The Paper)" in text and f"superseded: {last - 1}" in text
    text = (await instance.client.get("/embed/timeline?measure=displaced")).text
    assert "not shown: about 300 households displaced" in text.lower() or "not shown: about 5,000 people displaced" in text.lower()
    link = await instance.client.get("/embed/totals?measure=casualties&since=2024-03-01")
    assert '"/v1/figures/totals?measure=casualties&amp;since=2024-03-01"' in link.text
    found = (await instance.client.get("/oembed", params={"url": "http://test/embed/timeline?measure=casualties"})).json()
    page = found["html"].split('href="http://test')[1].split('"')[0].replace("&amp;", "&")
    assert (await instance.client.get(page)).json()["data"][0]["best"] == 1028


def test_what_all_months_lack_is_said_once() -> None:
    told = content(totals(row(best=4, month="2024-03"), row(best=5, month=None), by=("month",), timeline=True), "/f")
    assert [line.text for line in told.lines] == ["about 4 people", "about 5 people"] and told.notes == ("no bounds are stated",)


def test_a_card_of_many_rows_says_no_more_than_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be ten thousand, and others wait while words are made of them."""
    said: list[Any] = []
    phrase = totals_rows.phrase

    def counted(figure: Any, last: str = "") -> str:
        said.append(figure)
        return phrase(figure, last)

    monkeypatch.setattr(totals_rows, "phrase", counted)
    many = totals(*(row(best=n + 1, month=f"{1000 + n}-01") for n in range(2000)), by=("month",))
    found = content(many, "/figures")
    assert len(found.lines) == len(said) == MAX_ROWS and found.more == 2000 - MAX_ROWS
    assert [len([*sums(many, every)]) for every in (True, False)] == [2000, MAX_ROWS]
