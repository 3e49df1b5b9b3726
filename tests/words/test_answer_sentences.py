"""Words in answers: the sentence of a record or of a total, in each language, the same by GraphQL, by REST and on its page."""

from __future__ import annotations

import html
import json
from decimal import Decimal

import pytest

from api.words.answer_sentences import MARK, spoken
from api.words.languages import LANGUAGES
from api.words.totals_rows import added

from ..conftest import Instance

FIGURE = "aleppo-displacement-2024-displaced"
TOTALS = "by=month&measure=killed&country=SYR"


@pytest.mark.parametrize("code", LANGUAGES)
async def test_both_surfaces_say_a_figure_in_the_same_words(aleppo: Instance, code: str) -> None:
    record = await aleppo.get(f"/v1/figures/{FIGURE}?words={code}&fields=id&provenance=none")
    listed = await aleppo.get(f"/v1/figures?words={code}&id={FIGURE}&fields=best")
    asked = f'{{figure(id: "figure:{FIGURE}") {{words(language: {code.upper()})}} snapshot(revision: 1) {{figure(id: "{FIGURE}") {{words(language: {code.upper()})}}}}}}'
    data = await aleppo.graphql(asked)
    words = record["data"]["words"]
    assert words == listed["data"][0]["words"] == data["figure"]["words"] == data["snapshot"]["figure"]["words"]
    assert "14" in words and "OCHA" in words and "Pravda" in words


async def test_english_words_are_the_heading_of_the_page(aleppo: Instance) -> None:
    listed = (await aleppo.get("/v1/figures?words=en&limit=50&fields=id"))["data"]
    for figure in listed[::10]:
        page = html.unescape((await aleppo.client.get(f"/figures/{figure['id']}")).text)
        assert figure["words"] in page


@pytest.mark.parametrize("code", LANGUAGES)
async def test_both_surfaces_say_totals_in_the_same_words(aleppo: Instance, code: str) -> None:
    rows = (await aleppo.get(f"/v1/figures/totals?{TOTALS}&words={code}"))["data"]
    asked = f"""{{totals(by: [MONTH], where: {{measure: {{eq: KILLED}}, event: {{match: {{country: {{eq: SYR}}}}}}}}) {{rows {{words(language: {code.upper()})}}}}}}"""
    assert [row["words"] for row in rows] == [row["words"] for row in (await aleppo.graphql(asked))["totals"]["rows"]] != []


async def test_words_of_nested_figures_and_of_none(aleppo: Instance) -> None:
    asked = '{events {nodes {figures(first: 20) {nodes {said: words(language: EN) slug}}}} figure(id: "nobody") {words(language: EN)}}'
    answer = await aleppo.graphql(asked)
    said = [figure["said"] for event in answer["events"]["nodes"] for figure in event["figures"]["nodes"]]
    assert said and all(isinstance(words, str) and words for words in said) and answer["figure"] is None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/figures?words=xx", "there is no language 'xx'"),
        ("/v1/events?words=en", "events have none"),
        ("/v1/figures.csv?words=en", "files have none"),
        ("/v1/figures.ndjson?words=en", "files have none"),
        ("/v1/figures/totals.csv?words=en", "files have none"),
    ],
)
async def test_words_that_cannot_be_said_are_refused(aleppo: Instance, path: str, message: str) -> None:
    response = await aleppo.client.get(path)
    assert response.status_code == 400 and message in response.text


def test_a_text_that_looks_like_words_to_be_said_is_left_alone() -> None:
    text = json.dumps({"name": json.dumps({MARK: "fr"}), "other": '{"\\u0000words":"'})
    assert spoken(text) == text


def test_an_area_with_more_digits_than_a_float_has_is_said_as_it_is() -> None:
    told = '{"\\u0000words":"en","measure":"area_captured","unit":"square_kilometres","best":123456789012345678.123456789,"sources":{}}'
    assert spoken(f'{{"said":{told}}}') == '{"said":"123,456,789,012,345,678.123456789 square kilometres captured"}'
    row = {"low": None, "best": Decimal("123456789012345678901.123456789"), "high": None}
    assert added([row, row])["best"] == Decimal("246913578024691357802.246913578")
