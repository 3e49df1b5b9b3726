"""The page of a search: a question in everyday words finds what it is about, and where nothing is found it says which word is at fault."""

from __future__ import annotations

import re
from html import unescape

import httpx2
import pytest

from api.pages.question_words import parts, without_question_words

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


def test_days_are_one_part_of_a_text() -> None:
    assert parts("killed Gaza 30 November 2024") == ["killed", "Gaza", "30 November 2024"]


async def test_a_parameter_of_another_api_is_named_by_the_one_that_is_meant(client: httpx2.AsyncClient) -> None:
    response = await client.get("/search", params={"q": "Aleppo"}, headers=HTML)
    assert response.status_code == 400 and "q: is not a parameter here; did you mean text" in response.text
    for name, meant in (("q", "text"), ("per_page", "limit"), ("version", "as_of")):
        problem = (await client.get("/v1/search", params={"text": "Aleppo", name: "1"})).json()
        assert problem["detail"] == f"{name}: is not a parameter here; did you mean {meant}"
