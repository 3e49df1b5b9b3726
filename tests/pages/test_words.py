"""Facts in English: a bound never reads as the number, no number is lost, and every code has words."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from api import words
from api.pages import linked_data, sentences
from api.words import dates
from api.words.attribution import attribution
from api.words.claim_wording import says_all
from schema.codelists.vocabularies import MEASURE, POPULATION, QUANTIFIER, UNIT, Code
from schema.kinds import KINDS
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
    ({"best": 0}, "0"),
    ({"low": 0, "best": 0}, "0"),
    ({"best": 0, "quantifier": "approximately"}, "about 0"),
    ({"best": 0, "quantifier": "exact"}, "none"),
    ({"best": 0, "high": 0}, "none"),
    ({"high": 0}, "none"),
    ({"low": 0, "high": 0}, "none"),
    ({"high": 0, "quantifier": "at_most"}, "none"),
    ({"high": 0, "measure": "area_captured", "unit": "square_kilometres"}, "0"),
    ({"low": 105, "best": 104, "high": 102}, "104 (the numbers contradict each other: lower bound 105, upper bound 102)"),
    ({"low": 8, "best": 8, "high": 4}, "8 (the numbers contradict each other: lower bound 8, upper bound 4)"),
    ({"best": 8, "high": 4, "quantifier": "approximately"}, "about 8 (the numbers contradict each other: upper bound 4)"),
    ({"low": 18, "high": 12}, "at least 18 but up to 12 (the numbers contradict each other)"),
    ({"low": 18, "best": 15, "quantifier": "more_than"}, "more than 18 but best estimate 15 (the numbers contradict each other)"),
    ({"low": 12, "high": 12, "quantifier": "more_than"}, "more than 12 but up to 12 (the numbers contradict each other)"),
    ({"low": 12, "high": 12, "quantifier": "less_than"}, "at least 12 but fewer than 12 (the numbers contradict each other)"),
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
    ({"measure": "killed", "best": 0, "high": 0, "population": "children"}, "no children killed"),
    ({"measure": "killed", "best": 0, "population": "children"}, "0 children killed (stated without an upper bound)"),
    ({"measure": "killed", "best": 1, "population": "children"}, "1 child killed"),
    ({"measure": "killed", "low": 1, "population": "women", "quantifier": "at_least"}, "at least 1 woman killed"),
    ({"measure": "killed", "low": 135, "population": "combatants", "quantifier": "at_least", "actor": {"name": "Syrian Army"}},
     "at least 135 combatants killed (suffered by Syrian Army)"),
    ({"measure": "killed", "best": 0, "basis": "cumulative", "actor": {"name": "CPJP"}},
     "0 people killed (suffered by CPJP; running total, stated without an upper bound)"),
    ({"measure": "casualties", "best": 3, "actor": {"name": "CPJP"}}, "3 casualties (suffered by CPJP)"),
    ({"measure": "buildings_damaged", "unit": "buildings", "best": 3, "actor": {"name": "CPJP"}}, "3 buildings damaged (suffered by CPJP)"),
    ({"measure": "equipment_lost", "best": 3, "actor": {"name": "CPJP"}}, "3 items of equipment lost by CPJP"),
    ({"measure": "strikes", "best": 3, "unit": "events", "actor": {"name": "CPJP"}}, "3 strikes (counted for CPJP)"),
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
            assert re.search(rf"\b{best}\b", text) and "{" not in text and "  " not in text
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
    ({"period_start": "2024-11-27"}, "from 27 November 2024 on (end not stated)"),
    ({"period_end": "2024-11-27"}, "up to 27 November 2024 (start not stated)"),
    ({"period_end": "2024-11-27", "basis": "cumulative"}, "up to 27 November 2024"),
    ({"period_start": "2024-01-01", "period_end": "2024-12-31", "basis": "stock"}, "as of 31 December 2024"),
    ({"event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 2}},
     "between 3 and 8 May 2024 (exact day unknown, within two to six days)"),
    ({"event": {"started_on": "2024-05-01", "ended_on": "2024-05-31", "date_precision": 4}}, "in May 2024 (exact day unknown, within a month)"),
    ({"event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 1}}, "from 3 to 8 May 2024"),
    ({"event": {"started_on": "2024-05-03", "ended_on": None, "date_precision": 1}}, "from 3 May 2024 on"),
    ({"event": {"started_on": "2024-05-03", "ended_on": None, "date_precision": 4}}, "not before 3 May 2024 (exact day unknown, within a month)"),
    ({"event": {"ended_on": "2024-05-03", "date_precision": 4}}, "not after 3 May 2024 (exact day unknown, within a month)"),
    ({"event": {"started_on": "2024-05-03"}}, "from 3 May 2024 on (precision of the date not stated)"),
    ({"event": {"started_on": "2024-05-03", "ended_on": "2024-05-03", "date_precision": 3}}, "around 3 May 2024 (exact day unknown, within one or two weeks)"),
    ({"period_start": "2024-05-03", "period_end": "2024-05-08", "event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 2}},
     "between 3 and 8 May 2024 (exact day unknown, within two to six days)"),
    ({"period_start": "2024-05-03", "period_end": "2024-05-07", "event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 2}},
     "from 3 to 7 May 2024"),
    ({"basis": "stock", "period_end": "2024-05-08", "period_start": "2024-05-03",
      "event": {"started_on": "2024-05-03", "ended_on": "2024-05-08", "date_precision": 2}}, "as of 8 May 2024 (exact day unknown, within two to six days)"),
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


NAMES = ("low", "best", "high", "quantifier", "unit")
WHAT = ("event", "measure", "population", "actor", "location", "basis")
CLASH = {
    "id": "clash", "name": "Clash", "location": {"name": "Btown", "country": "SYR"}, "started_on": "2024-03-06", "ended_on": "2024-03-06",
    "date_precision": 1,
}  # fmt: skip
IN_CLASH = "event: Clash, in Btown, Syria, on 6 March 2024"


def figure_of(claims: dict[str, dict[str, Any]], disputed: str = "", what: str = "a", period: str = "a", **fields: Any) -> dict[str, Any]:
    """A figure as REST answers it, whose number is that of the claim `a`, what it is that of `what`, and its period that of `period`."""
    groups = {"number": (NAMES, "a"), "what": (WHAT, what), "period": (("period_start", "period_end"), period)}
    said = {name: claims[digest].get(name) for names, digest in groups.values() for name in names}
    names = {"clash": CLASH, "army": {"id": "army", "name": "Army"}, "atown": {"id": "atown", "name": "Atown", "country": "SYR"}}
    shown = {name: names.get(value, value) if isinstance(value, str) else value for name, value in said.items()}
    entries = [
        {"fields": [*names], "claims": [*claims], "chosen": digest, "disputed": group == disputed}
        for group, (names, digest) in groups.items()
        if any(said[name] is not None for name in names)
    ]
    documents = {digest: {"source": f"paper-{digest}", "rank": "normal", "added_in": 1, "says": says} for digest, says in claims.items()}
    return {**shown, **fields, "provenance": entries, "claims": documents}


PAPERS = {f"paper-{name}": {"publisher": f"Paper {name.upper()}"} for name in "abc"}
KILLED: dict[str, Any] = {"event": "clash", "measure": "killed", "population": "all", "unit": "people", "basis": "flow", "best": 40}
RIVALS = [
    ({"best": 60}, "60"),
    ({"event": None, "measure": None, "best": 60}, "60"),
    ({"measure": "injured", "best": 400}, "400 people injured"),
    ({"measure": "displaced", "unit": None, "best": 400}, "400 displaced (unit not stated)"),
    ({"population": "children", "best": 7}, "7 children killed"),
    ({"actor": "army-2", "best": 61}, "61 people killed counted for the actor army-2"),
    ({"event": "other", "best": 700}, "700 people killed in another event (other)"),
    ({"location": "ctown", "best": 5}, "5 people killed in the place ctown"),
    ({"basis": "cumulative", "best": 500}, "500 people killed (running total)"),
    ({"basis": "stock", "best": 500}, "500 people killed at one time"),
    ({"best": 60, "period_start": "2024-03-01", "period_end": "2024-03-31"}, "60 in March 2024"),
    ({"best": 40, "period_start": "2024-03-01", "period_end": "2024-03-31"}, "40 in March 2024"),
    ({"best": 60, "period_start": "2024-03-06", "period_end": "2024-03-06"}, "60"),
    ({"best": None, "unit": None, "population": "children", "low": None}, "another population"),
    ({"best": None, "unit": None, "period_start": "2024-03-01", "period_end": "2024-03-31"}, "a period in March 2024"),
]  # fmt: skip


@pytest.mark.parametrize(("rival", "text"), RIVALS)
def test_a_rival_is_worded_with_what_it_counts(rival: dict[str, Any], text: str) -> None:
    said = {name: value for name, value in {**KILLED, **rival}.items() if value is not None}
    figure = figure_of({"a": KILLED, "c": said}, disputed="number")
    sentence = f"40 people killed, according to Paper A; {IN_CLASH}; disputed: {text} according to Paper C"
    assert words.figure_sentence(figure, PAPERS) == sentence


def test_a_rival_that_leaves_out_what_the_number_is_of_says_so() -> None:
    own = {
        **KILLED,
        "population": "children",
        "actor": "army",
        "location": "atown",
        "period_start": "2024-03-05",
        "period_end": "2024-03-05",
    }
    rival = {"event": "clash", "measure": "killed", "best": 61}
    sentence = words.figure_sentence(figure_of({"a": own, "c": rival}, disputed="number"), PAPERS)
    assert sentence == (
        "40 children killed (suffered by Army) in Atown, Syria, on 5 March 2024, according to Paper A; event: Clash; "
        "disputed: 61 people killed (period not stated) according to Paper C"
    )


ELSEWHERE: list[tuple[str, dict[str, Any], str]] = [
    ("period", {"period_start": "2024-03-01", "period_end": "2024-03-31"}, "period: in March 2024"),
    ("what", {"population": "children"}, "counted: children"),
    ("what", {"actor": "army"}, "actor: Army"),
    ("what", {"location": "atown"}, "place: in Atown, Syria"),
    ("what", {"basis": "cumulative"}, "basis: cumulative"),
]


@pytest.mark.parametrize(("group", "other", "text"), ELSEWHERE)
def test_an_attribution_covers_only_what_the_source_says(group: str, other: dict[str, Any], text: str) -> None:
    own = {name: value for name, value in KILLED.items() if name not in ("basis", "population")}
    given = {group: "c"}
    figure = figure_of({"a": own, "c": {**own, "best": None, **other}}, **given)
    sentence = words.figure_sentence(figure, PAPERS)
    assert sentence.startswith(f"40 people killed, according to Paper A; {text}, according to Paper C; event: Clash")
    figure["claims"]["c"]["source"] = "paper-a"
    assert "Paper C" not in words.figure_sentence(figure, PAPERS), "two claims of one source are one voice"


def test_a_sentence_names_the_intermediary() -> None:
    own = {"event": "clash", "measure": "displaced", "unit": "people", "population": "all", "location": "atown", "low": 14000, "quantifier": "more_than",
           "period_start": "2024-11-30", "period_end": "2024-11-30"}  # fmt: skip
    figure = figure_of({"a": own})
    figure["claims"]["a"] |= {"source": "pravda", "quoted_from": ["ocha"]}
    assert words.figure_sentence(figure, SOURCES) == (
        "More than 14,000 people displaced in Atown, Syria, on 30 November 2024, according to OCHA (as reported by Pravda.Ru); event: Clash"
    )


def test_a_sentence_states_the_other_values() -> None:
    figure = figure_of(
        {"a": {**KILLED, "low": 40, "best": 79, "high": 79}, "b": {**KILLED, "low": 40, "high": 79}, "wrong": {**KILLED, "best": 999}},
        "number",
    )
    for digest, source, rank in (("a", "ged24", "normal"), ("b", "ged19", "normal"), ("wrong", "aa", "deprecated")):
        figure["claims"][digest] |= {"source": source, "rank": rank}
    assert words.figure_sentence(figure, SOURCES) == (
        f"79 (40 to 79) people killed, according to UCDP; {IN_CLASH}; disputed: 40 (40 to 79) according to UCDP GED, release 19.1"
    )
    assert "disputed" not in words.figure_sentence(figure, SOURCES, rivals=False)


def event_of(**dated_by: Any) -> dict[str, Any]:
    """An event that Paper A names and places, and Paper B dates."""
    a, b = (
        {"name": "Clash", "kind": "battle", "location": "btown"},
        {"name": "Clash", "kind": "battle", "started_on": "2024-03-06", "ended_on": "2024-03-06"},
    )
    entries = [
        {"fields": ["name", "kind", "location"], "claims": ["a", "b"], "chosen": "a", "disputed": False},
        {"fields": ["started_on", "ended_on"], "claims": ["b"], "chosen": "b", "disputed": False, **dated_by},
    ]
    claims = {digest: {"source": f"paper-{digest}", "says": says} for digest, says in (("a", a), ("b", b))}
    own = {"id": "clash", **b, "location": {"id": "btown", "name": "Btown", "country": "SYR"}}
    return {**own, "provenance": entries, "claims": claims}


def test_the_heading_of_an_event_covers_only_what_its_source_says() -> None:
    date = "date: on 6 March 2024 (precision of the date not stated), according to Paper B"
    heading = f"Clash (battle) in Btown, Syria, according to Paper A; {date}"
    assert sentences.sentence(KINDS["event"], event_of(), PAPERS) == heading
    assert sentences.sentence(KINDS["event"], event_of(disputed=True), PAPERS) == f"{heading}; disputed: date"
    assert sentences.credited(KINDS["event"], event_of(), PAPERS) == f"Paper A; {date}"


def test_what_all_of_a_record_is_from_says_all_of_it() -> None:
    claims = {"a": {"source": "one"}, "b": {"source": "one"}}
    record = {"claims": claims, "provenance": [{"fields": ["name"], "chosen": "a"}, {"fields": ["kind"], "chosen": "a"}]}
    assert says_all(record, claims["a"]) and not says_all(record, claims["b"]) and says_all({}, claims["a"])
    for other in ("b", None):
        assert not says_all({**record, "provenance": [*record["provenance"], {"fields": ["country"], "chosen": other}]}, claims["a"])


def test_a_figure_is_not_named_by_its_country_alone() -> None:
    figure = {
        "measure": "killed",
        "best": 463,
        "basis": "cumulative",
        "period_end": "2026-06-14",
        "event": {"id": "famine", "name": "Famine", "country": "PSE"},
    }
    text = "463 people killed (running total) up to 14 June 2026; event: Famine, in State of Palestine"
    assert words.figure_sentence(figure) == sentences.short(KINDS["figure"], figure) == text


@pytest.mark.parametrize(
    ("figure", "day"),
    [
        ({"event": {**CLASH, "date_precision": 1}}, "2024-03-06"),
        ({"event": {**CLASH, "date_precision": 4}}, "2024-03"),
        ({"event": {**CLASH, "date_precision": None}}, "2024-03"),
        ({"event": {"started_on": "2000-01-01", "ended_on": "2000-12-31", "date_precision": 5}}, "2000"),
        ({"event": {"started_on": "2000-12-01", "ended_on": "2001-01-31", "date_precision": 5}}, None),
        ({"period_start": "2000-01-01", "period_end": "2000-12-31", "event": {"started_on": "2000-01-01", "ended_on": "2000-12-31", "date_precision": 5}}, "2000"),
        ({"period_start": "2000-01-01", "period_end": "2000-12-31", "basis": "cumulative", "event": CLASH}, "2000-12-31"),
        ({"period_start": "2000-01-01", "period_end": "2000-12-31", "basis": "flow", "event": CLASH}, "2000"),
    ],
)  # fmt: skip
def test_a_date_for_search_engines_is_not_more_precise_than_it_is_known(figure: dict[str, Any], day: str | None) -> None:
    assert dates.observed(figure) == day
    event = linked_data._event({**figure["event"], "location": None})
    assert str(figure["event"].get("date_precision")) == "1" or event["startDate"] == event["endDate"] != figure["event"]["started_on"]


def test_search_engines_get_no_bounds_that_contradict_each_other() -> None:
    numbers = [{"low": 102, "best": 104, "high": 105}, {"low": 105, "best": 104, "high": 102}]
    values = [linked_data._observation({"unit": "people", **said}, "", "")["measuredValue"] for said in numbers]
    known = {"minValue": 102, "value": 104, "maxValue": 105}
    kind = {"@type": "QuantitativeValue", "unitText": "people"}
    assert values == [kind | known, kind]


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ({"location": {"name": "University", "kind": "site", "country": "SYR"}}, "at University, Syria"),
        ({"location": {"name": "Syria", "kind": "country", "country": "SYR"}}, "in Syria"),
        ({"event": {"country": "SYR"}}, "in Syria"),
        ({"event": {"country": "PSE"}}, "in State of Palestine"),
        ({"event": {"country": "SHN"}}, "in Saint Helena, Ascension and Tristan da Cunha"),
        ({"event": {"location": {"name": "Idlib"}, "place_precision": 2}}, "near Idlib"),
        ({"event": {"location": {"name": "Guinea-Bissau border", "country": "GIN"}}}, "in Guinea-Bissau border, Guinea"),
        ({"event": {"location": {"name": "Syria", "country": "SYR"}}}, "in Syria"),
        ({"location": {"name": "Idlib"}, "event": {"country": "SYR"}}, "in Idlib"),
        ({"event": {}}, ""),
    ],
)
def test_a_place_reads_with_its_country(figure: dict[str, Any], text: str) -> None:
    assert words.place(figure) == text
