"""The tools for language models: what they return is what REST returns, in parts that fit, with the sentence to print and the address to cite."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("mcp", reason="run `make install-dev`")

from jsonschema import Draft202012Validator
from mcp.client.client import Client

from api.mcp.arguments import DEFAULT_BYTES
from api.mcp.tools import Tools

from ..conftest import Instance, source
from .connected import LEGACY, MODERN, connected

SITE = "http://facts.example.org"
KNU = "ucdp-ged-48761"
WALKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a list": ("search", {"list": "figures", "limit": 40}, "/v1/figures?limit=1000"),
    "a list in an order": ("search", {"list": "events", "order": "-started_on", "limit": 100}, "/v1/events?limit=1000&order=-started_on"),
    "a search": ("search", {"text": "aleppo"}, "/v1/search?text=aleppo&limit=100"),
    "totals": ("total", {"by": ["month", "actor"]}, "/v1/figures/totals?by=month,actor"),
}


async def call(client: Client, tool: str, **arguments: Any) -> tuple[str, Any]:
    """The text and the structured part of a result."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    (text,) = (part.text for part in result.content if part.type == "text")
    return text, result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    """The message of a call that is refused."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error and result.structured_content is None, result
    (text,) = (part.text for part in result.content if part.type == "text")
    return text


@pytest.mark.parametrize("mode", [MODERN, LEGACY])
async def test_the_tools_are_listed_with_schemas_and_answer(aleppo: Instance, mode: str) -> None:
    async with connected(aleppo, mode) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert [*listed] == ["search", "get", "total", "check_claim"]
        for tool in listed.values():
            assert tool.output_schema and tool.description and len(tool.description) <= 1024
            Draft202012Validator.check_schema(tool.input_schema)
            Draft202012Validator.check_schema(tool.output_schema)
        text, structured = await call(client, "check_claim", measure="killed", value=40, event=KNU)
    assert text.startswith("Verdict: superseded (in revision 1).") and "release 19.1, id 48761" in text
    assert text.endswith(f"{SITE}/check-claim?measure=killed&value=40&event={KNU}&revision=1")
    assert structured["verdict"] == "superseded"


async def test_a_record_is_that_of_rest_with_its_sentence_and_its_provenance(aleppo: Instance) -> None:
    async with connected(aleppo) as client:
        text, structured = await call(client, "get", list="figures", id=f"{KNU}-total")
    rest = await aleppo.get(f"/v1/figures/{KNU}-total?words=en")
    assert structured["data"] == rest["data"] and structured["sources"] == rest["sources"]
    sentence, source, cite = text.splitlines()
    assert sentence == f"figure {KNU}-total: {rest['data']['words']}."
    assert source == f"Source: {rest['sources']['ucdp-ged-myanmar-later']['attribution']}"
    assert cite == f"Cite as of revision 1: {structured['address']}"
    assert structured["address"] == f"{SITE}/figures/{KNU}-total?revision=1"


async def test_a_claim_can_be_got(aleppo: Instance) -> None:
    (id, claim), *_ = (await aleppo.get(f"/v1/figures/{KNU}-total"))["data"]["claims"].items()
    async with connected(aleppo) as client:
        text, structured = await call(client, "get", list="claims", id=f"claim:figure:{KNU}-total:{id}")
    assert structured["data"]["says"] == claim["says"] and "40 (40 to 79) people killed" in text


@pytest.mark.parametrize("name", WALKS)
async def test_parts_that_fit_are_together_the_whole(aleppo: Instance, name: str) -> None:
    tool, arguments, address = WALKS[name]
    expected = (await aleppo.get(address))["data"]
    found: list[Any] = []
    cursor: str | None = None
    async with connected(aleppo) as client:
        for _ in range(200):
            text, structured = await call(client, tool, **arguments, max_bytes=6000, **({"cursor": cursor} if cursor else {}))
            assert len(json.dumps([text, structured], separators=(",", ":"))) <= 6000
            assert text and structured["data"]
            found += structured["data"]
            cursor = structured["next_cursor"]
            assert (cursor is None) == ("There is more" not in text)
            if cursor is None:
                break
    if tool == "search":  # In an earlier revision, references have the number of it in their ids, so only the ids are compared.
        assert [item["record"]["id"] for item in found] == [item.get("record", item)["id"] for item in expected]
    else:
        assert [{name: value for name, value in row.items() if name != "words"} for row in found] == expected
        assert all(row["words"] for row in found)


async def test_a_result_has_at_most_so_many_bytes(aleppo: Instance) -> None:
    async with connected(aleppo) as client:
        for arguments in ({"list": "figures", "limit": 100}, {"text": "myanmar", "limit": 100}):
            text, structured = await call(client, "search", **arguments)
            assert structured["next_cursor"], "all of it fits"
            content = {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": False}
            message = {"jsonrpc": "2.0", "id": "x" * 100, "result": content}
            assert len(json.dumps(message, separators=(",", ":"))) <= DEFAULT_BYTES


async def test_a_list_of_numbers_has_their_sentences_and_the_claims_behind_them(aleppo: Instance) -> None:
    async with connected(aleppo) as client:
        text, structured = await call(client, "search", list="figures", event="aleppo-displacement-2024")
    (item,) = structured["data"]
    assert "More than 14,000 people displaced, according to United Nations OCHA (as reported by Pravda.Ru)" in text
    (chosen,) = {entry["chosen"] for entry in item["record"]["provenance"]}
    claim = item["record"]["claims"][chosen]
    assert claim["source"] in structured["sources"] and claim["quoted_from"][0] in structured["sources"]


async def test_nothing_found_is_said_and_is_not_zero(aleppo: Instance) -> None:
    async with connected(aleppo) as client:
        for tool, arguments in {
            "search": {"text": "zzzzzz"}, "total": {"event.country": "AFG"},
        }.items():  # fmt: skip
            text, structured = await call(client, tool, **arguments)
            assert structured["data"] == [] and text.startswith("Nothing is recorded here") and "not zero" in text
        text, structured = await call(client, "search", list="figures", event="no-such-event")
        assert "a condition names event 'no-such-event'" in text and structured["warnings"]


@pytest.mark.parametrize(
    ("tool", "arguments", "address"),
    [
        ("total", {"event.country": "Syria"}, "/v1/figures/totals?event.country=Syria"),
        ("total", {"measure": "deaths"}, "/v1/figures/totals?measure=deaths"),
        ("search", {"list": "events", "contry": "SYR"}, "/v1/events?contry=SYR"),
        ("search", {}, "/v1/search"),
        ("check_claim", {"measure": "killed", "value": 4}, "/v1/check-claim?measure=killed&value=4"),
        ("check_claim", {"measure": "killed", "value": 4, "country": "SYR", "event": KNU}, f"/v1/check-claim?measure=killed&value=4&country=SYR&event={KNU}"),
        ("check_claim", {"measure": "killed", "value": 0.5, "event": KNU}, f"/v1/check-claim?measure=killed&value=0.5&event={KNU}"),
        ("get", {"list": "events", "id": "nothing"}, "/v1/events/nothing"),
        ("get", {"list": "events", "id": KNU, "revision": 99}, f"/v1/events/{KNU}?revision=99"),
    ],
)  # fmt: skip
async def test_a_wrong_call_is_refused_in_the_words_of_rest(aleppo: Instance, tool: str, arguments: dict[str, Any], address: str) -> None:
    problem = (await aleppo.client.get(address)).json()
    async with connected(aleppo) as client:
        assert await refusal(client, tool, **arguments) == f"{problem['detail']} ({problem['code']}: {problem['title']})"


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("seach", {}, "did you mean search"),
        ("search", {"list": "figure_s"}, "list: there is no list 'figure_s'; did you mean figures"),
        ("search", {"text": "aleppo", "measure": "killed"}, "measure: needs `list`"),
        ("search", {"list": "events", "fields": "id"}, "fields: is not an argument of this tool"),
        ("search", {"list": "events", "explain": "cost"}, "explain: is not an argument of this tool"),
        ("search", {"list": "events", "limit": 1000}, "limit: must be a whole number from 1 to 100"),
        ("search", {"list": "events", "max_bytes": 100}, "max_bytes: must be a whole number from 4,000 to 250,000"),
        ("search", {"list": "events", "cursor": "x"}, "cursor: is not one that this tool returned"),
        ("search", {"list": "events", "cursor": "1.3.0123456789"}, "cursor: is that of a call with other arguments"),
        ("get", {"list": "events"}, "id: is missing"),
        ("get", {"list": "events", "id": KNU, "measure": "killed"}, "measure: is not an argument of this tool"),
        ("get", {"list": "figures", "id": "totals"}, "there is no figure 'totals'"),
        ("get", {"list": "events", "id": "a/b"}, "there is nothing at /v1/events/a/b"),
        ("get", {"list": "events", "id": f"{KNU}.csv"}, f"there is nothing at /v1/events/{KNU}.csv"),
        ("check_claim", {"measure": "killed", "value": 0.1234567890123456, "event": KNU}, "give it as a text"),
        ("total", {"by": [{"month": 1}]}, "by: must be a text, a number"),
        ("total", {"measure": "x" * 25_000}, "the arguments have 25,007 characters, and 20,000 is the limit"),
    ],
)
async def test_a_call_that_rest_could_not_have_is_refused(aleppo: Instance, tool: str, arguments: dict[str, Any], message: str) -> None:
    async with connected(aleppo) as client:
        assert message in await refusal(client, tool, **arguments)


async def test_a_walk_stays_in_its_revision(instance: Instance) -> None:
    events = "claims:\n  events:\n" + "".join(f"    - {{id: e{n}, name: Battle {n}, kind: battle}}\n" for n in range(8))
    await instance.load(paper=source("paper") + events)
    async with connected(instance) as client:
        _, first = await call(client, "search", list="events", limit=5)
        _, found = await call(client, "search", text="battle", limit=5)
        await instance.load(paper=source("paper") + events + "    - {id: e00, name: Battle 00, kind: battle}\n")
        _, second = await call(client, "search", list="events", limit=5, cursor=first["next_cursor"])
        _, others = await call(client, "search", text="battle", limit=5, cursor=found["next_cursor"])
    for page, rest in ((first, second), (found, others)):
        assert page["revision"] == rest["revision"] == 1
        assert [item["record"]["id"] for item in (*page["data"], *rest["data"])] == [f"e{n}" for n in range(8)]


async def test_what_is_withheld_is_withheld_here_too(instance: Instance) -> None:
    text = source("closed", redistributable=False) + "claims:\n  events:\n    - {id: secret, name: Hidden battle, kind: battle}\n"
    await instance.load(closed=text, paper=source("paper") + "claims:\n  events:\n    - {id: open, name: Battle, kind: battle}\n")
    async with connected(instance) as client:
        assert "withheld" in await refusal(client, "get", list="events", id="secret")
        for arguments in ({"list": "events"}, {"text": "battle"}):
            text, structured = await call(client, "search", **arguments)
            assert [item["record"]["id"] for item in structured["data"]] == ["open"] and "Hidden" not in text


async def test_a_decimal_number_keeps_its_digits(instance: Instance) -> None:
    figure = "    - {id: area, event: e, measure: area_captured, best: 400.12345678901234567, unit: square_kilometres}\n"
    await instance.load(paper=source("paper") + "claims:\n  events:\n    - {id: e, name: E, kind: battle}\n  figures:\n" + figure)
    body = (await instance.client.get("/v1/figures/area")).text
    async with connected(instance) as client:
        _, structured = await call(client, "get", list="figures", id="area")
    digits = body.partition('"best":')[2].partition(",")[0]
    assert str(structured["data"]["best"]) == digits


async def test_a_wrong_call_of_the_tools_themselves_is_a_result(aleppo: Instance) -> None:
    """A model reads results; an error of the protocol may end its work."""
    tools: Tools = aleppo.app.state.tools
    assert (await tools.call("get", None)).refused


async def test_a_sentence_has_the_days_and_the_conditions_that_its_number_is_of(instance: Instance) -> None:
    """A running total is not the number of a year; two of one series are told apart by their days; and a cut list of claims says so."""
    running = "event: w, measure: killed, unit: people, basis: cumulative, period_start: 2024-01-01"
    figures = "".join(
        f"    - {{id: r{n}, {running}, best: {n}, period_end: {day}}}\n" for n, day in ((900, "2024-12-31"), (700, "2024-06-30"))
    ) + "".join(f"    - {{id: f{n}, event: e{n}, measure: killed, unit: people, basis: flow, best: 1}}\n" for n in range(22))
    events = "    - {id: w, name: War, kind: war, country: UKR, started_on: 2024-01-01}\n" + "".join(
        f"    - {{id: e{n}, name: Battle {n}, kind: battle, country: MLI, started_on: 2024-02-01, ended_on: 2024-02-01, date_precision: 1}}\n"
        for n in range(22)
    )
    await instance.load(paper=source("paper") + f"claims:\n  events:\n{events}  figures:\n{figures}")
    async with connected(instance) as client:
        yearly, _ = await call(client, "total", **{"event.country": "UKR", "by": ["year"]})
        day, _ = await call(client, "total", **{"event.country": "MLI", "since": "2024-02-01", "until": "2024-02-01"})
        check, _ = await call(client, "check_claim", measure="killed", value=700, event="w")
        many, _ = await call(client, "check_claim", measure="killed", value=1, country="MLI")
    assert "900 people killed (running total, the latest count in 2024; no bounds are stated); conditions: event.country=UKR." in yearly
    assert "22 people killed (no bounds are stated); conditions: event.country=MLI, since=2024-02-01, until=2024-02-01." in day
    assert "700 people killed (running total) from 1 January to 30 June 2024, according to" in check
    assert many.count("\n- ") >= 20 and "A check returns at most 20 claims, and there may be more" in many and "at most 20" not in check
    page, cut = [
        (await instance.client.get(f"/check-claim?measure=killed&{asked}")).text for asked in ("value=700&event=w", "value=1&country=MLI")
    ]
    assert "700 people killed (running total) from 1 January to 30 June 2024</a>" in page and "At most 20 claims" not in page
    assert "At most 20 claims are shown, and there may be more." in cut
