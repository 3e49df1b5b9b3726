"""Facts in six languages: twenty sentences each, read by somebody who knows the language; and for every number, noun and code, that nothing is lost."""

from __future__ import annotations

import itertools
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api import words
from api.words import totals_rows
from api.words.grammar import Language
from api.words.languages import LANGUAGES, check, say, speaking
from schema.codelists.vocabularies import COUNTRY, MEASURE, POPULATION, QUANTIFIER, UNIT
from schema.kinds.figure import QUANTITIES
from schema.model.declaration_error import BadDeclaration

from ..support.properties import NIGHTLY

SOURCES = {
    "a": {"publisher": "Paper A"},
    "b": {"publisher": "Paper B"},
    "pravda": {"publisher": "Pravda.Ru"},
    "ocha": {"publisher": "OCHA"},
}
ALEPPO = {"id": "aleppo", "name": "Aleppo", "native_name": "حلب", "country": "SYR", "kind": "settlement"}
CLASH = {"id": "clash", "name": "Clash", "location": ALEPPO, "started_on": "2024-03-06", "ended_on": "2024-03-06", "date_precision": 1}
KILLED = {"measure": "killed", "unit": "people", "population": "all"}
ROW = {**KILLED, "basis": "flow", "figures": 9, "origins": []}


def claimed(figure: dict[str, Any], claims: dict[str, dict[str, Any]], disputed: bool = False, **own: Any) -> dict[str, Any]:
    """A figure whose number the first of some claims gives, each of the source of its name; `own` is more about the first."""
    documents = {name: {"source": name, "rank": "normal", "says": {**figure, **says}} for name, says in claims.items()}
    first = next(iter(documents))
    documents[first] |= own
    entry = {"fields": [*QUANTITIES.numbers, "quantifier", "unit"], "claims": [*claims], "chosen": first, "disputed": disputed}
    return {**figure, **claims[first], "claims": documents, "provenance": [entry]}


# Bounds, ranges, zero, one, dual, few, many and large numbers, disputes and attribution. `sentences.json` has them in each language, in this order.
SENTENCES: list[dict[str, Any]] = [
    claimed({"measure": "displaced", "unit": "people", "location": ALEPPO, "period_start": "2024-11-30", "period_end": "2024-11-30"},
            {"pravda": {"low": 14000, "quantifier": "more_than"}}, quoted_from=["ocha"]),
    claimed({**KILLED, "event": CLASH}, {"a": {"best": 40}, "b": {"best": 60}}, disputed=True),
    {**KILLED, "low": 135, "quantifier": "at_least", "population": "civilians", "actor": {"name": "CPJP"}},
    {**KILLED, "low": 12, "high": 18, "period_start": "2024-11-27", "period_end": "2024-11-29"},
    {**KILLED, "low": 30, "best": 40, "high": 55, "quantifier": "approximately", "period_start": "2024-02-01", "period_end": "2024-02-29"},
    {**KILLED, "best": 0, "high": 0, "population": "children"},
    {**KILLED, "best": 1},
    {**KILLED, "best": 1, "population": "women"},
    {**KILLED, "best": 2, "population": "children"},
    {**KILLED, "best": 3, "population": "women"},
    {**KILLED, "best": 11, "population": "civilians"},
    {**KILLED, "best": 21, "population": "combatants"},
    {**KILLED, "high": 2, "quantifier": "less_than"},
    KILLED,
    {"measure": "injured", "unit": "people", "best": 104, "low": 105, "high": 102},
    {"measure": "displaced", "unit": "households", "best": 1000000, "quantifier": "approximately", "population": "civilians", "basis": "stock",
     "period_end": "2024-12-31"},
    {"measure": "area_captured", "best": 1.5},
    {"measure": "settlements_captured", "best": 70, "actor": {"name": "SNA"}, "period_start": "2024-01-01", "period_end": "2024-12-31"},
    {"measure": "equipment_lost", "best": 1234, "basis": "cumulative", "period_end": "2024-11-27", "origin": "estimated"},
    {"measure": "buildings_destroyed", "unit": "buildings", "best": 22, "period_start": "2024-11-27"},
    {**ROW, "low": None, "best": 7050, "high": None, "month": "2024-11", "country": "SYR"},
    {**ROW, "low": 300, "best": 320, "high": 500, "without_best": 2, "contradicted": 1, "year": "2024"},
    {**ROW, "low": 100, "best": None, "high": None, "imprecise_dates": 1, "month": "2024-01"},
    {**ROW, "low": 14000, "best": None, "high": None, "imprecise_dates": 2, "spanned": True},
    {**ROW, "low": 100, "best": None, "high": None, "covered_days": 11, "event_days": 30, "month": "2024-01"},
]  # fmt: skip
READ: dict[str, list[str]] = json.loads((Path(__file__).parent / "sentences.json").read_text("utf-8"))


def said(figure: dict[str, Any], code: str) -> str:
    with speaking(code):
        return totals_rows.sentence(figure) if "figures" in figure else words.figure_sentence(figure, SOURCES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_sentence_is_as_it_was_read(code: str) -> None:
    assert [said(figure, code) for figure in SENTENCES] == READ[code]


def test_days_that_are_not_exact_are_only_told_where_a_row_is_of_some_days() -> None:
    """Without days, nothing is said that such a count could make wrong."""
    row = {**ROW, "low": 100, "best": None, "high": None, "imprecise_dates": 1}
    dated = ({"month": "2024-01"}, {"year": "2024"}, {"spanned": True})
    assert [
        " other days: 1)" in said({**row, **days}, "en") for days in (*dated, {"month": None}, {"spanned": False}, {"country": "SYR"})
    ] == [True] * 3 + [False] * 3


def numerals(text: str) -> set[str]:
    """The numbers in a text, without the marks between their digits."""
    return {re.sub(r"\D", "", found) for found in re.findall(r"\d[\d.,\u00a0\u202f]*", text)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_bound_never_reads_as_the_number_and_no_number_is_lost(code: str) -> None:
    values = dict(zip(QUANTITIES.numbers, (3000, 4000, 5500), strict=True))
    known = [names for n in range(1, 4) for names in itertools.combinations(QUANTITIES.numbers, n)]
    for quantifier, names in itertools.product([None, *QUANTIFIER.codes], known):
        figure = {**KILLED, "quantifier": quantifier, **{name: values[name] for name in names}}
        text = said(figure, code)
        assert numerals(text) == {str(values[name]) for name in names}
        if "best" not in names or quantifier in ("more_than", "at_least", "less_than", "at_most", "approximately"):
            assert all(text != said({**KILLED, "best": value}, code) for value in values.values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_measure_unit_population_and_country_has_words(code: str) -> None:
    units, populations = [None, *UNIT.codes], [None, *POPULATION.codes]
    with_all = itertools.product(MEASURE.codes, units, populations)
    with_one = {*((measure, "people", None) for measure in MEASURE.codes), *(("killed", unit, None) for unit in units),
                *(("killed", "people", population) for population in populations)}  # fmt: skip
    for measure, unit, population in with_all if NIGHTLY else sorted(with_one, key=str):
        for number in (0, 1, 2, 5, 11, 100):
            text = said({"measure": measure, "unit": unit, "population": population, "best": number}, code)
            assert "{" not in text and "  " not in text and (str(number) in text or (code == "ar" and number in (1, 2)))
    with speaking(code):
        assert all(words.place({"country": country}) for country in COUNTRY.codes)


FORMS = {  # 0, 1, 2, 5, 11, 21, 22, 100 and a million of a noun, behind nothing and behind "at least".
    "fr": ("0 enfant", "1 enfant", "2 enfants", "5 enfants", "11 enfants", "21 enfants", "22 enfants", "100 enfants", "1000000 d’enfants"),
    "es": ("0 menores", "1 menor", "2 menores", "5 menores", "11 menores", "21 menores", "22 menores", "100 menores", "1000000 de menores"),
    "ru": ("0 детей", "1 ребёнок", "2 ребёнка", "5 детей", "11 детей", "21 ребёнок", "22 ребёнка", "100 детей", "1000000 детей"),
    "uk": ("0 дітей", "1 дитина", "2 дитини", "5 дітей", "11 дітей", "21 дитина", "22 дитини", "100 дітей", "1000000 дітей"),
    "ar": ("0 طفل", "طفل واحد", "طفلين", "5 أطفال", "11 طفلا", "21 طفلا", "22 طفلا", "100 طفل", "1000000 طفل"),
}


@pytest.mark.parametrize("code", FORMS)
def test_a_noun_has_the_form_of_its_number(code: str) -> None:
    with speaking(code):
        counted = [words.counted({**KILLED, "best": n, "population": "children"}) for n in (0, 1, 2, 5, 11, 21, 22, 100, 1000000)]
    assert tuple(re.sub(r"(?<=\d)[.,\u00a0\u202f](?=\d)", "", text) for text in counted) == FORMS[code]


DECIMAL = {"ar": ".", "en": ".", "es": ",", "fr": ",", "ru": ",", "uk": ","}


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    "written", ["0.99996", "0.000000001", "0.1234561", "1.000000001", "123456789012345678.123456789", "9" * 30 + ".123456789"]
)
def test_a_number_is_said_with_all_its_decimals(code: str, written: str) -> None:
    """A bound that is rounded is false, and a range of two numbers must not become one. The noun has the form of the number that is printed."""
    language, whole = LANGUAGES[code], written.partition(".")[0]
    said = language.number(Decimal(f"{written}000"))
    assert re.sub(f"[^0-9{DECIMAL[code]}]", "", said).replace(DECIMAL[code], ".") == written
    assert language.number(Decimal(f"{whole}.000")) == language.number(int(whole))
    if code in ("en", "es", "ru", "uk"):
        assert language.category(Decimal(written)) != language.category(1)


def test_a_verb_agrees_only_where_no_word_governs_the_number() -> None:
    woman = {**KILLED, "population": "women", "best": 21}
    assert said(woman, "ru") == "Погибла 21 женщина" and said({**woman, "quantifier": "at_least"}, "ru") == "Погибло не менее 21 женщины"
    assert (
        said(woman, "uk") == "Загинула 21 жінка"
        and said({**woman, "best": 21, "quantifier": "at_least"}, "uk") == "Загинула щонайменше 21 жінка"
    )


def test_phrases_have_what_only_one_language_needs() -> None:
    """An elision, a negation that leaves "forcibly" alone, a genitive behind a noun, a month that two days share, and what a bare number may not be."""
    some, none = {**KILLED, "population": "children"}, {"measure": "displaced", "unit": "people", "best": 0, "high": 0}
    assert said(some, "fr") == "Un nombre inconnu d’enfants tués"
    assert said(none, "ru") == "Не перемещено вынужденно ни одного человека"
    assert said(none, "uk") == "Не переселилося вимушено жодної особи"
    assert said({"measure": "distance", "best": 2}, "ar") == "مسافة كيلومترين"
    days = {**KILLED, "best": 5, "period_start": "2024-05-01"}
    assert said({**days, "period_end": "2024-05-03"}, "fr") == "5 personnes tuées du 1er au 3 mai 2024"
    assert said({**days, "period_end": "2024-06-03"}, "es") == "5 personas muertas del 1 de mayo al 3 de junio de 2024"
    assert said({**days, "period_end": "2025-05-03"}, "fr") == "5 personnes tuées du 1er mai 2024 au 3 mai 2025"
    days = {**days, "period_start": "2024-05-02", "period_end": "2024-05-22"}
    assert said(days, "ru") == "Погибло 5 человек со 2 по 22 мая 2024\u202fг."
    assert said({**days, "period_end": None}, "ru") == "Погибло 5 человек начиная со 2 мая 2024\u202fг. (окончание не указано)"
    assert said({**days, "period_start": "2024-05-22", "period_end": "2024-05-23"}, "ru") == "Погибло 5 человек с 22 по 23 мая 2024\u202fг."
    women = {**KILLED, "measure": "detained", "population": "women"}
    in_custody = {1: "Позбавлена волі 1 жінка", 2: "Позбавлені волі 2 жінки", 5: "Позбавлено волі 5 жінок"}
    assert {n: said({**women, "best": n}, "uk") for n in in_custody} == in_custody
    with speaking("ar"):
        assert [say("further_counts", n).split("معروف في ")[1] for n in ("2", "3", "11", "1,000")] == [
            "إحصاءين آخرين",
            "3 إحصاءات أخرى",
            "11 إحصاء آخر",
            "1,000 إحصاء آخر",
        ]
    rivals = claimed(
        KILLED, {"a": {"best": 40}, **{name: {"best": n} for n, name in enumerate(("b", "ocha", "pravda", "x"), 1)}}, disputed=True
    )
    assert said(rivals, "es").endswith("; 3 según Pravda.Ru; otras versiones: 1")


def test_names_are_given_in_the_script_of_the_language_or_isolated() -> None:
    with speaking("ar"):
        assert words.place({"location": ALEPPO}) == "المكان: حلب، سوريا"
        assert words.place({"location": {**ALEPPO, "native_name": None}}) == "المكان: \u2068Aleppo\u2069، سوريا"
    with speaking("uk"):
        assert words.place({"location": {"name": "Kyiv", "native_name": "Київ", "country": "UKR"}}) == "місце: Київ, Україна"


@pytest.mark.parametrize("table", ["messages", "labels", "countries", "units", "populations", "measures"])
def test_a_language_that_lacks_an_entry_is_refused(table: str) -> None:
    french = LANGUAGES["fr"]
    tables = {name: getattr(french, name) for name in ("messages", "labels", "countries", "units", "populations", "measures")}
    with pytest.raises(BadDeclaration, match=r"languages/fr.py lacks"):
        check(Language("fr", "French", **{**tables, table: dict(list(tables[table].items())[1:])}))


def test_a_language_is_spoken_only_inside_its_context() -> None:
    with pytest.raises(KeyError), speaking("fr"):
        said({"measure": "nothing"}, "fr")
    assert words.amount({"low": 2}) == "at least 2"
