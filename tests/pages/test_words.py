"""Facts in English: a bound never reads as the number, no number is lost, and every code has words."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from api.pages import dates, words
from api.pages.attribution import attribution
from schema.codelists.vocabularies import MEASURE, POPULATION, QUANTIFIER, UNIT, Code
from schema.kinds.figure import QUANTITIES

AMOUNTS = [
    ({"low": 14000, "quantifier": "more_than"}, "more than 14,000"),
    ({"low": 135, "quantifier": "at_least"}, "at least 135"),
    ({"low": 135}, "at least 135"),
    ({"high": 18, "quantifier": "at_most"}, "up to 18"),
    ({"high": 18}, "up to 18"),
    ({"high": 18, "quantifier": "less_than"}, "fewer than 18"),
    ({"high": 18, "quantifier": "less_than", "measure": "area_captured", "unit": "square_kilometres"}, "less than 18"),
    ({"low": 12, "high": 18, "quantifier": "between"}, "12 to 18"),
    ({"low": 12, "high": 18}, "12 to 18"),
    ({"low": 12, "high": 18, "quantifier": "approximately"}, "about 12 to 18"),
    ({"low": 12, "high": 18, "quantifier": "more_than"}, "more than 12 and up to 18"),
    ({"low": 12, "high": 18, "quantifier": "less_than"}, "at least 12 and fewer than 18"),
    ({"best": 4, "quantifier": "exact"}, "4"),
    ({"best": 4}, "4"),
    ({"low": 4, "high": 4}, "4"),
    ({"low": 4, "high": 4, "quantifier": "at_least"}, "at least 4 and up to 4"),
    ({"low": 4, "best": 4, "high": 4}, "4"),
    ({"low": 30, "best": 40, "high": 55, "quantifier": "approximately"}, "about 40 (30 to 55)"),
    ({"low": 40, "best": 40, "high": 79}, "40 (40 to 79)"),
    ({"best": 40, "high": 79}, "40 (up to 79)"),
    ({"low": 30, "best": 40}, "40 (at least 30)"),
    ({"best": 135, "quantifier": "at_least"}, "at least 135"),
    ({"low": 100, "best": 135, "quantifier": "more_than"}, "more than 100 (best estimate 135)"),
    ({"low": 100, "best": 135, "high": 200, "quantifier": "at_least"}, "at least 100 (best estimate 135, up to 200)"),
    ({"low": 100, "best": 135, "high": 200, "quantifier": "at_most"}, "up to 200 (best estimate 135, at least 100)"),
    ({"best": 0}, "none"),
    ({"low": 0, "best": 0, "high": 0, "quantifier": "exact"}, "none"),
    ({"best": 0, "high": 3}, "0 (up to 3)"),
    ({"low": 0, "high": 3}, "0 to 3"),
    ({"best": 0.5, "unit": "kilometres"}, "0.5"),
    ({"best": 1234567.25, "unit": "kilometres"}, "1,234,567.25"),
    ({}, "an unknown number"),
    ({"quantifier": "at_least"}, "an unknown number"),
]  # fmt: skip


@pytest.mark.parametrize(("figure", "text"), AMOUNTS)
def test_a_number_reads_as_its_source_states_it(figure: dict[str, Any], text: str) -> None:
    assert words.amount({"measure": "killed", "unit": "people", **figure}) == text


@pytest.mark.parametrize("quantifier", [None, *QUANTIFIER.codes])
@pytest.mark.parametrize("known", [names for n in range(4) for names in itertools.combinations(QUANTITIES.numbers, n)])
def test_a_bound_never_reads_as_the_number_and_no_number_is_lost(quantifier: str | None, known: tuple[str, ...]) -> None:
    values = dict(zip(QUANTITIES.numbers, (30, 40, 55), strict=True))
    figure = {"measure": "killed", "quantifier": quantifier, **{name: values[name] for name in known}}
    text = words.amount(figure)
    assert re.findall(r"\d+", text) or not known
    assert {int(found) for found in re.findall(r"\d+", text)} == {values[name] for name in known}
    bounded = quantifier in ("more_than", "at_least", "less_than", "at_most")
    if "best" not in known or bounded:
        assert not re.fullmatch(r"\d+.*", text) or re.fullmatch("30 to 55", text)


PHRASES = [
    ({"measure": "displaced", "unit": "people", "population": "all", "low": 14000, "quantifier": "more_than"}, "more than 14,000 people displaced"),
    ({"measure": "displaced", "unit": "households", "best": 1}, "1 household displaced"),
    ({"measure": "displaced", "unit": "households", "population": "civilians", "best": 12}, "12 households displaced among civilians"),
    ({"measure": "displaced", "population": "civilians", "best": 12}, "12 displaced among civilians (unit not stated)"),
    ({"measure": "killed", "best": 1}, "1 person killed"),
    ({"measure": "killed", "best": 0, "population": "children"}, "no children killed"),
    ({"measure": "killed", "best": 1, "population": "children"}, "1 child killed"),
    ({"measure": "killed", "low": 1, "population": "women", "quantifier": "at_least"}, "at least 1 woman killed"),
    ({"measure": "killed", "low": 135, "population": "combatants", "quantifier": "at_least", "actor": {"name": "Syrian Army"}},
     "at least 135 combatants killed (Syrian Army)"),
    ({"measure": "killed"}, "an unknown number of people killed"),
    ({"measure": "casualties", "best": 30, "population": "civilians"}, "30 casualties among civilians"),
    ({"measure": "casualties", "best": 1}, "1 casualty"),
    ({"measure": "settlements_captured", "best": 70, "actor": {"name": "Rebels"}}, "70 settlements captured by Rebels"),
    ({"measure": "area_captured", "best": 400}, "400 square kilometres captured"),
    ({"measure": "buildings_damaged", "unit": "dwellings", "best": 2}, "2 dwellings damaged"),
    ({"measure": "buildings_destroyed", "unit": "buildings", "best": 1}, "1 building destroyed"),
    ({"measure": "equipment_lost", "best": 1}, "1 item of equipment lost"),
    ({"measure": "strikes", "best": 3, "unit": "events"}, "3 strikes"),
    ({"measure": "distance", "best": 12.5}, "a distance of 12.5 kilometres"),
    ({"measure": "population", "unit": "people", "best": 5000}, "a population of 5,000 people"),
    ({"measure": "killed", "best": 45000, "basis": "cumulative", "origin": "extrapolated"}, "45,000 people killed (extrapolated, running total)"),
]  # fmt: skip


@pytest.mark.parametrize(("figure", "text"), PHRASES)
def test_a_figure_reads_as_a_phrase(figure: dict[str, Any], text: str) -> None:
    assert words.phrase(figure) == text


@pytest.mark.parametrize("measure", MEASURE.codes)
def test_every_measure_unit_and_population_has_words(measure: str) -> None:
    for unit, population in itertools.product([None, *UNIT.codes], [None, *POPULATION.codes]):
        for best in (0, 1, 2):
            text = words.phrase({"measure": measure, "unit": unit, "population": population, "best": best})
            assert re.search(rf"\b({best}|{'no|none' * (best == 0) or best})\b", text) and "{" not in text and "  " not in text
            assert population in (None, "all") or unit in (None, "people") or "among" in text, "who was counted is never lost"


def test_a_new_measure_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEASURE.codes, "abducted", Code("abducted", "Abducted", "People taken away by force."))
    assert words.phrase({"measure": "abducted", "unit": "people", "best": 12}) == "12 people abducted"


SPANS = [
    ({"period_start": "2024-11-30", "period_end": "2024-11-30"}, "on 30 November 2024"),
    ({"period_start": "2024-11-27", "period_end": "2024-11-29"}, "from 27 to 29 November 2024"),
    ({"period_start": "2024-11-27", "period_end": "2024-12-02"}, "from 27 November to 2 December 2024"),
    ({"period_start": "2023-12-27", "period_end": "2024-01-02"}, "from 27 December 2023 to 2 January 2024"),
    ({"period_start": "2024-02-01", "period_end": "2024-02-29"}, "in February 2024"),
    ({"period_start": "2024-01-01", "period_end": "2024-12-31"}, "in 2024"),
    ({"period_start": "2024-11-27"}, "from 27 November 2024 on"),
    ({"period_end": "2024-11-27"}, "up to 27 November 2024"),
    ({"period_start": "2024-01-01", "period_end": "2024-12-31", "basis": "stock"}, "as of 31 December 2024"),
    ({"event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 2}},
     "between 3 and 8 May 2024 (date known to: two to six days)"),
    ({"event": {"started_on": "2024-05-01", "ended_on": "2024-05-31", "date_precision": 4}}, "in May 2024 (date known to: a month)"),
    ({"event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 1}}, "from 3 to 8 May 2024"),
    ({"event": {"started_on": "2024-05-03", "ended_on": None}}, "from 3 May 2024 on"),
    ({}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("figure", "text"), SPANS)
def test_days_read_with_their_precision(figure: dict[str, Any], text: str) -> None:
    assert dates.figure_span(figure) == text


SOURCES = {
    "pravda": {"publisher": "Pravda.Ru", "title": "[Article on Aleppo]"}, "ocha": {"publisher": "OCHA"}, "aa": {"publisher": "Anadolu Agency"},
    "ged19": {"publisher": "UCDP", "title": "UCDP GED, release 19.1"}, "ged24": {"publisher": "UCDP", "title": "UCDP GED, release 24.1"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ([{"source": "pravda"}], "Pravda.Ru"),
        ([{"source": "pravda", "quoted_from": ["ocha"]}], "OCHA (as reported by Pravda.Ru)"),
        ([{"source": "pravda", "quoted_from": ["ocha", "aa"]}], "OCHA and Anadolu Agency (as reported by Pravda.Ru)"),
        ([{"source": "aa", "attributed_to": "monitoring groups"}], "monitoring groups (as reported by Anadolu Agency)"),
        ([{"source": "ged24", "quoted_from": ["ged19"]}], "UCDP"),
        ([{"source": "ocha"}, {"source": "aa"}, {"source": "ocha"}], "OCHA and Anadolu Agency"),
        ([{"source": "gone"}], "gone"),
    ],
)
def test_an_attribution_names_who_says_it_and_where_it_was_read(claims: list[dict[str, Any]], text: str) -> None:
    assert attribution(claims, SOURCES) == text


def record(claims: dict[str, dict[str, Any]], chosen: str, disputed: bool, **fields: Any) -> dict[str, Any]:
    """A figure as REST answers it."""
    entry = {
        "fields": ["low", "best", "high", "quantifier", "unit"],
        "claims": [*claims],
        "chosen": chosen,
        "origins": 1,
        "disputed": disputed,
    }
    claims = {digest: {"rank": "normal", "added_in": 1, **claim} for digest, claim in claims.items()}
    return {"measure": "killed", "population": "all", "unit": "people", **fields, "provenance": [entry], "claims": claims}


def test_a_sentence_names_the_intermediary() -> None:
    claim = {"source": "pravda", "quoted_from": ["ocha"], "says": {"low": 14000, "quantifier": "more_than"}}
    figure = record({"a": claim}, "a", False, low=14000, quantifier="more_than", event={"started_on": "2024-11-30", "ended_on": "2024-11-30"},
                    location={"name": "Idlib"})  # fmt: skip
    figure["measure"] = "displaced"
    assert words.figure_sentence(figure, SOURCES) == (
        "More than 14,000 people displaced in Idlib on 30 November 2024, according to OCHA (as reported by Pravda.Ru)"
    )


def test_a_sentence_states_the_other_values() -> None:
    claims = {
        "a": {"source": "ged19", "says": {"low": 40, "best": 40, "high": 79, "unit": "people"}},
        "b": {"source": "ged24", "says": {"low": 40, "best": 79, "high": 79, "unit": "people"}},
        "wrong": {"source": "aa", "rank": "deprecated", "says": {"best": 999}},
    }
    event = {
        "name": "Battle",
        "location": {"name": "Wan Hka area", "kind": "area"},
        "country": "MMR",
        "started_on": "1989-05-16",
        "ended_on": "1989-05-16",
    }
    figure = record(claims, "b", True, low=40, best=79, high=79, event=event)
    assert words.figure_sentence(figure, SOURCES) == (
        "79 (40 to 79) people killed in Wan Hka area, Myanmar, on 16 May 1989, according to UCDP; "
        "disputed: 40 (40 to 79) according to UCDP GED, release 19.1"
    )
    assert "disputed" not in words.figure_sentence(figure, SOURCES, rivals=False)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ({"location": {"name": "University", "kind": "site", "country": "SYR"}}, "at University, Syria"),
        ({"location": {"name": "Syria", "kind": "country", "country": "SYR"}}, "in Syria"),
        ({"event": {"country": "SYR"}}, "in Syria"),
        ({"event": {"country": "PSE"}}, "in State of Palestine"),
        ({"event": {"country": "SHN"}}, "in Saint Helena, Ascension and Tristan da Cunha"),
        ({"event": {"location": {"name": "Idlib"}, "place_precision": 2}}, "near Idlib"),
        ({"event": {}}, ""),
    ],
)
def test_a_place_reads_with_its_country(figure: dict[str, Any], text: str) -> None:
    assert words.place(figure) == text
