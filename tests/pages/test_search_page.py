"""The page of a search: a question in everyday words finds what it is about, and where nothing is found it says which word is at fault."""

from __future__ import annotations

import re
from html import unescape

import httpx2
import pytest

from api.pages.question_words import parts, without_question_words

from ..conftest import Instance, source

HTML = {"accept": "text/html"}


async def search(client: httpx2.AsyncClient, text: str) -> str:
    response = await client.get("/search", params={"text": text}, headers=HTML)
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<(?!/?a\b)[^>]+>", "", response.text)))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many people were displaced in Aleppo in November 2024?", "people displaced Aleppo November 2024?"),
        ("how many people have been displaced by the offensive in and around Aleppo", "people displaced offensive around Aleppo"),
        ("Who was killed?", "killed?"),
        ("The Who", "The Who"),  # Nothing else remains.
        ("In", "In"),
    ],
)
def test_the_words_of_a_question_are_not_those_of_names(question: str, said: str) -> None:
    assert without_question_words(question) == said


async def test_a_question_finds_what_it_is_about_and_the_page_says_what_it_looked_for(client: httpx2.AsyncClient) -> None:
    page = await search(client, "How many people were displaced in Aleppo in November 2024?")
    assert "More than 14,000 people displaced" in page and "More than 10,000 people displaced" in page
    assert (
        "Nothing has all of these words. This is what has “people displaced Aleppo November 2024?”, without the words of the question."
        in page
    )


async def test_a_question_of_more_words_than_a_search_may_have_is_answered(client: httpx2.AsyncClient) -> None:
    page = await search(client, "How many people is it that there have been who were displaced from or in Aleppo")
    assert "More than 14,000 people displaced" in page


async def test_words_that_are_all_found_are_left_as_they_are(client: httpx2.AsyncClient) -> None:
    page = await search(client, "Flight of residents")
    assert "More than 10,000 people displaced" in page and "Nothing has all" not in page


async def test_the_word_that_nothing_has_is_named_and_the_others_can_be_searched_for(client: httpx2.AsyncClient) -> None:
    page = await search(client, "displaced Alepppo November 2024")
    assert "Nothing here has “Alepppo” in its names." in page
    assert 'href="/search?text=displaced+November+2024">Search for “displaced November 2024” alone</a>' in page
    page = await search(client, "Alepppo Dammascus")
    assert "Nothing here has “Alepppo” or “Dammascus” in its names." in page and "alone</a>" not in page
    page = await search(client, "Idlib Myanmar")
    assert "Nothing has all of these words in its names, though each of them alone is found." in page


async def test_a_number_is_not_called_a_misspelt_name(client: httpx2.AsyncClient) -> None:
    page = await search(client, "8,123 displaced Aleppo")
    assert "Searches look for names, not for numbers such as “8,123”" in page and "Nothing here has" not in page
    assert 'href="/search?text=displaced+Aleppo">Search for “displaced Aleppo” alone</a>' in page and "Nothing found for" in page
    assert "Found for" in await search(client, "displaced Aleppo")


SERIES = (
    source("paper")
    + """
claims:
  events:
    - {id: siege, name: The siege, kind: war, started_on: 2023-10-07, date_precision: 1}
  figures:
    - {id: a-derived, event: siege, measure: killed, unit: people, basis: flow, best: 900, period_start: 2023-10-09, period_end: 2023-10-09, origin: extrapolated}
    - {id: b-none, event: siege, measure: killed, unit: people, basis: flow, best: 0, period_start: 2023-10-09, period_end: 2023-10-09, origin: reported}
    - {id: c-first, event: siege, measure: killed, unit: people, basis: cumulative, best: 20, period_start: 2023-10-07, period_end: 2023-10-08, origin: reported}
    - {id: d-last, event: siege, measure: killed, unit: people, basis: cumulative, best: 50, period_start: 2023-10-07, period_end: 2023-10-09, origin: reported}
    - {id: e-day, event: siege, measure: killed, unit: people, basis: flow, best: 30, period_start: 2023-10-09, period_end: 2023-10-09, origin: reported}
    - {id: f-old, event: siege, measure: killed, unit: people, basis: flow, best: 7, period_start: 2023-10-07, period_end: 2023-10-07, origin: reported}
"""
)


async def test_a_search_for_a_measure_begins_with_the_newest_numbers(instance: Instance) -> None:
    async def found(text: str) -> list[str]:
        page = (await instance.client.get("/search", params={"text": text}, headers=HTML)).text
        return re.findall(r'<li><span class="tag">figure</span> <a href="/figures/([^"]+)"', page)

    await instance.load(paper=SERIES)
    assert await found("killed siege") == ["d-last", "e-day", "f-old", "c-first", "b-none", "a-derived"], (
        "those that totals add before others"
    )
    assert await found("killed siege 9 October 2023") == ["d-last", "e-day", "b-none", "a-derived"]
    assert await found("killed siege 8 October 2023") == ["c-first"], "not those that go on"
    assert await found("a-derived") == ["a-derived"]


def test_days_are_one_part_of_a_text() -> None:
    assert parts("killed Gaza 30 November 2024") == ["killed", "Gaza", "30 November 2024"]


async def test_a_parameter_of_another_api_is_named_by_the_one_that_is_meant(client: httpx2.AsyncClient) -> None:
    response = await client.get("/search", params={"q": "Aleppo"}, headers=HTML)
    assert response.status_code == 400 and "q: is not a parameter here; did you mean text" in response.text
    for name, meant in (("q", "text"), ("per_page", "limit"), ("version", "as_of")):
        problem = (await client.get("/v1/search", params={"text": "Aleppo", name: "1"})).json()
        assert problem["detail"] == f"{name}: is not a parameter here; did you mean {meant}"
