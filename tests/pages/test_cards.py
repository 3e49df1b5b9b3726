"""Cards: numbers in a frame of another site, which say what has happened to them since."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.undo import undo
from api.pages.card_words import CONTENTS
from api.pages.cards import RecordCards
from api.pages.notice_fields import WATCHED, printed_fields
from api.pages.totals_cards import MAX_READ, TotalsCards
from api.query.nodes import At
from api.settings import Settings
from api.store.allowance import ACCOUNT, Account, Buckets
from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.types import NUMBER, TEXT

from ..conftest import Databases, Instance
from ..support.small_world import document, world_with

FIGURE = "/embed/figures/aleppo-displacement-2024-displaced"
CARDS = [FIGURE, "/embed/events/aleppo-offensive-2024", "/embed/figures/ucdp-ged-48761-total?revision=1", "/embed/figures/no-such-figure",
         "/embed/totals?measure=killed&by=country", "/embed/timeline?measure=killed&by=month&revision=1"]  # fmt: skip


def read(response: httpx2.Response) -> str:
    """The text of a card, without its markup."""
    body = response.text.partition("</head>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).replace(" :", ":").replace(" .", ".").replace(" ,", ",").split())


async def card(instance: Instance, address: str = "/embed/figures/killed", status: int = 200) -> str:
    response = await instance.client.get(address)
    assert response.status_code == status, response.text
    return read(response)


@pytest.mark.parametrize("address", CARDS)
async def test_any_page_may_frame_a_card_which_loads_nothing_from_elsewhere(client: httpx2.AsyncClient, address: str) -> None:
    response = await client.get(address)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "frame-ancestors *" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    assert "x-frame-options" not in response.headers and len(response.content) < 15_000
    assert not re.findall(r"<(?:script(?![^>]* src=)|style)|\son[a-z]+=|\sstyle=", response.text)
    assert not re.findall(r"""src=["'](?:[a-z]+:)?//""", response.text)
    assert response.text.count("<h1") == 1 and '<html lang="en">' in response.text
    for other in ("/", "/dictionary", "/docs"):
        assert "frame-ancestors 'none'" in (await client.get(other)).headers["content-security-policy"]


async def test_a_card_has_the_number_in_words_its_source_its_grade_and_its_revision(client: httpx2.AsyncClient) -> None:
    text = read(await client.get(FIGURE))
    for part in (
        "More than 14,000 people displaced", "in Syria, from 27 November 2024 on (precision of the date not stated)", "Source: United Nations OCHA (as reported by Pravda.Ru)",
        "Grade D, not usually reliable", "revision 1",
    ):  # fmt: skip
        assert part in text
    disputed = read(await client.get("/embed/figures/ucdp-ged-48761-total"))
    assert "79 (40 to 79) people killed" in disputed and "Disputed 40 (40 to 79) according to" in disputed
    event = read(await client.get("/embed/events/aleppo-offensive-2024"))
    assert "At least 20 civilians killed" in event and "near Aleppo, Syria" in event


async def loads(instance: Instance, reason: str = "source_revised", rival: int | None = None, message: str = "", **figure: Any) -> int:
    """A revision in which the paper has a figure, or none, and another source contradicts it, or does not."""
    instance.write("one/paper.yaml", document("paper", world_with(killed=figure or None), reliability="B"))
    others = {"figures": [{"id": "killed", "event": "battle", "measure": "killed", "best": rival}]} if rival else {}
    instance.write("two/other.yaml", document("other", others, reliability="E"))
    receipt = await load(KINDS, instance.url, instance.folder, Change(message, reason=reason))
    assert receipt.revision
    await instance.hear(receipt.revision)
    return receipt.revision


FROZEN, SINCE = "/embed/figures/killed?revision=1", "/embed/figures/killed?corrected_since=2020-01-01"


async def test_a_card_says_what_has_happened_to_its_number(instance: Instance) -> None:
    await loads(instance, low=None, best=40)
    before = (await instance.client.get(FROZEN)).headers
    for address in ("/embed/figures/killed", FROZEN, SINCE):
        assert "Corrected" not in await card(instance, address)

    await loads(instance, "coding_error", message="A digit was missing.", low=None, best=79)
    frozen = await card(instance, FROZEN)
    assert re.search(
        r"Corrected on \d+ \w+ \d{4}: now 79, not 40\. It had been entered wrongly\. “A digit was missing\.” Revision 2 40 people killed",
        frozen,
    )
    assert "as of revision 1" in frozen
    live = await card(instance, SINCE)
    assert re.search(r"Corrected on [^:]+: it was 40 before\. It had been entered wrongly\.", live) and "79 people killed" in live
    for address in (
        "/embed/figures/killed",
        f"{FROZEN}&notice=off",
        "/embed/figures/killed?revision=2",
        "/embed/figures/killed?corrected_since=2999-01-01",
    ):
        assert "Corrected" not in await card(instance, address)
    after = (await instance.client.get(FROZEN)).headers
    assert before["etag"] != after["etag"] and before["cache-control"] == after["cache-control"] == "public, no-cache"
    assert (await instance.client.get(FROZEN, headers={"if-none-match": after["etag"]})).status_code == 304
    assert (await instance.client.get(FROZEN, headers={"if-none-match": before["etag"]})).status_code == 200

    await loads(instance, rival=100, low=None, best=79)
    frozen = await card(instance, "/embed/figures/killed?revision=2")
    assert re.search(r"Disputed since [^:]+: sources disagree\. Revision 3 79 people killed", frozen) and "100" not in frozen
    assert "Disputed 100 according to Title of other" in await card(instance)
    await loads(instance, low=None, best=79)
    assert "No longer disputed since" in await card(instance, "/embed/figures/killed?revision=3")

    await loads(instance, message="The paper withdrew it.")
    for address in ("/embed/figures/killed", FROZEN, SINCE, "/embed/figures/killed?revision=3"):
        text = await card(instance, address)
        assert re.search(
            r"This number was retracted on [^;]+; do not use it\. Its source no longer makes the claim\. “The paper withdrew it\.”", text
        )
        assert f"{40 if address == FROZEN else 79} people killed Retracted" in text
        assert "<del>" in (await instance.client.get(address)).text
    quiet = await card(instance, f"{FROZEN}&notice=off")
    assert "40 people killed Retracted" in quiet and "do not use" not in quiet, "what was retracted never goes on looking true"
    assert (await instance.client.get("/v1/figures/killed")).status_code == 404
    assert await card(instance, "/embed/figures/killed?revision=5", 404)

    await instance.hear((await undo(KINDS, instance.url, 5)).revision)
    assert "Retracted" not in await card(instance) and "now 79, not 40" in await card(instance, FROZEN)


async def test_the_card_of_an_event_says_what_has_happened_to_its_numbers(instance: Instance) -> None:
    instance.write("one/paper.yaml", document("paper", world_with(killed={"best": "12"})))
    await instance.load()
    instance.write("one/paper.yaml", document("paper", world_with(killed={"best": "13", "low": None}, battle={"started_on": "2024-11-28"})))
    await instance.load()
    text = await card(instance, "/embed/events/battle?revision=1")
    assert "first day now 28 November 2024, not 27 November 2024" in text
    assert "12 (at least 10) people killed: now 13, not 12 (at least 10)" in text and text.count("Corrected on") == 1
    figure = await card(instance, "/embed/figures/killed?revision=1")
    assert "the event: first day now 28 November 2024, not 27 November 2024" in figure
    instance.write("one/paper.yaml", document("paper", world_with(killed=None)))
    await instance.load()
    text = await card(instance, "/embed/events/battle?revision=1")
    assert "12 (at least 10) people killed was retracted on" in text and "12 (at least 10) people killed Retracted" in text
    quiet = await instance.client.get("/embed/events/battle?revision=1&notice=off")
    assert "people killed Retracted" in read(quiet) and "was retracted on" not in read(quiet)
    assert "12 (at least 10) people killed (retracted)" in quiet.text.partition("</title>")[0]
    assert "was retracted on" in await card(instance, "/embed/events/battle?corrected_since=2020-01-01"), "a card of now no longer has it"


async def test_the_card_of_an_event_has_its_latest_numbers_with_their_days_and_says_what_is_disputed(instance: Instance) -> None:
    """Not those whose ids come first: of a war, they are numbers of single days that the latest running total includes."""
    start = {"event": "battle", "measure": "killed", "population": "all", "unit": "people"}
    days = [
        {"id": f"day-{n:02}", **start, "best": n, "basis": "flow", "period_start": f"2024-03-{n:02}", "period_end": f"2024-03-{n:02}"}
        for n in range(1, 31)
    ]
    totals = [
        {
            "id": f"total-{n:02}",
            **start,
            "best": 1000 + n,
            "basis": "cumulative",
            "period_start": "2024-03-01",
            "period_end": f"2024-03-{n:02}",
        }
        for n in range(1, 31)
    ]
    world = {**world_with(killed=None), "figures": [*days, *totals]}
    instance.write("one/paper.yaml", document("paper", world, reliability="B"))
    others: dict[str, Any] = {
        "events": [{"id": "battle", "name": "Battle of Elsewhere"}],
        "figures": [
            {"id": "total-30", **start, "best": 2000, "basis": "cumulative", "period_start": "2024-03-01", "period_end": "2024-03-30"}
        ],
    }
    instance.write("two/other.yaml", document("other", others, reliability="E"))
    await instance.hear((await load(KINDS, instance.url, instance.folder)).revision)
    text = await card(instance, "/embed/events/battle")
    first = text[text.index("1,030 people killed") :]
    assert first.startswith("1,030 people killed (running total) from 1 to 30 March 2024; disputed: 2,000 according to Title of other")
    assert "30 people killed on 30 March 2024" in first and "Disputed the name" in text


async def test_the_card_of_a_total_says_that_it_has_changed(instance: Instance) -> None:
    figures = [{"id": f"rest-{n}", "event": "war", "measure": "injured", "unit": "people", "basis": "flow", "best": n} for n in range(1, 4)]
    for number, (best, listed) in enumerate([(40, figures), (40, figures[:2]), (79, []), (None, [])], start=1):
        killed = None if best is None else {"low": None, "best": best, "unit": "people", "basis": "flow"}
        claims = world_with(killed=killed)
        instance.write("one/paper.yaml", document("paper", {**claims, "figures": [*claims.get("figures", []), *listed]}))
        receipt = await load(KINDS, instance.url, instance.folder, Change(f"Why {number}."))
        await instance.hear(receipt.revision)
        frozen = await card(instance, "/embed/totals?measure=killed&revision=1")
        live = await card(instance, "/embed/totals?measure=killed&corrected_since=2020-01-01")
        if number < 3:
            assert "Changed" not in live + frozen and "40 people killed" in frozen
        elif number < 4:
            assert re.search(
                r"Changed on [^:]+: now about 79, not about 40\. Files were loaded\. “Why 3\.” Revision 3 About 40 people killed", frozen
            )
            assert "About 79 people killed" in live
            assert re.search(r"Changed on [^:]+: it was about 40 before\. Files were loaded\. “Why 3\.” Revision 3", live), live
        else:
            assert re.search(r"Changed on [^:]+: now nothing is counted, not about 79\. Files were loaded\. “Why 4\.” Revision 4", frozen)
            assert re.search(r"Changed on [^:]+: then about 79, not about 40\. Files were loaded\. “Why 3\.” Revision 3", frozen)
            assert "About 40 people killed No longer counted" in frozen and "etracted" not in frozen
    assert "No figure is counted." in await card(instance, "/embed/totals?measure=killed")
    timeline = await card(instance, "/embed/timeline?measure=killed&by=year&revision=1")
    assert "People killed by year" in timeline and "2024 about 40 people No longer counted" in timeline


async def steps(instance: Instance, message: str, rival: Any = None, source: Any = None, other: Any = None, **changed: Any) -> None:
    """A revision of the small world, with fields of the paper (`source`), claims of another source (`rival`), and fields of that."""
    instance.write(
        "one/paper.yaml", document("paper", world_with(**changed), **{"reliability": "B", "publisher": "The Paper", **(source or {})})
    )
    instance.write("two/other.yaml", document("other", rival or {}, **{"reliability": "A", **(other or {})}))
    await instance.hear((await load(KINDS, instance.url, instance.folder, Change(message))).revision)


async def test_a_frozen_card_tells_each_change_of_what_it_prints_with_its_own_revision(instance: Instance) -> None:
    world: dict[str, Any] = {"killed": {"low": None, "best": "40", "actor": "army"}, "aleppo": {"country": "SYR"}}
    await steps(instance, "One.", **world)
    world["killed"]["low"] = "40"
    await steps(instance, "Two.", **world)
    world |= {"aleppo": {"name": "Bghdad", "country": "IRQ"}, "army": {"name": "The army"}, "battle": {"name": "Battle of B"}}
    await steps(instance, "Three.", **world)
    world["battle"] = {"name": "The battle of B", "started_on": "2024-11-28", "location": "syria"}
    await steps(instance, "Four.", source={"publisher": "Paper Ltd", "reliability": "E"}, **world)
    assert "Corrected" not in await card(instance)
    figure = await card(instance, FROZEN)
    for part in ("a lower bound of 40 was added. Its source was revised or read again. “Two.” Revision 2",
                 "the place: name now Bghdad, not Aleppo; the place: country now Iraq, not Syria", "the actor: name now The army, not Army",
                 "“Three.” Revision 3", "the source: publisher now Paper Ltd, not The Paper", "the source: reliability now unreliable, not usually reliable",
                 "the event: first day now 28 November 2024, not 27 November 2024"):  # fmt: skip
        assert part in figure, part
    assert "40, not 40" not in figure
    event = await card(instance, "/embed/events/battle?revision=1")
    for part in (
        "name now The battle of B, not Battle of B",
        "name then Battle of B, not A battle",
        "the place: name now Bghdad",
        "Paper Ltd",
    ):
        assert part in event, part
    timeline = await card(instance, "/embed/totals?measure=killed&revision=1")
    assert "Changed" not in timeline, "it prints the same"
    assert "the event: place now Syria, not Bghdad" in figure
    page = read(await instance.client.get("/figures/killed"))
    assert "before that, it was unknown" in page and "it was A battle" not in page, "the figure refers to the same event"


@pytest.mark.nightly
async def test_a_record_that_is_gone_is_shown_as_it_was_just_before(instance: Instance) -> None:
    await steps(instance, "One.", battle={"started_on": "2024-05-02"})
    await steps(instance, "Two.", battle={"started_on": "2024-05-05"}, killed={"best": "13"}, aleppo={"name": "Halab"})
    await steps(instance, "Three.", battle={"started_on": "2024-05-06"}, killed=None, aleppo={"name": "Haleb"})
    text = await card(instance)
    assert "13 (at least 10) people killed Retracted" in text and "in Halab" in text.replace("In", "in") and "5 May 2024" in text
    assert "revision 2" in text and "Corrected" not in text
    quiet = await instance.client.get("/embed/events/battle?revision=1&notice=off")
    assert "12 (at least 10) people killed Retracted" in read(quiet) and "<del>12 (at least 10) people killed</del>" in quiet.text
    await steps(instance, "Four.", killed=None, part=None, battle=None)
    text = await card(instance, "/embed/events/battle?revision=2")
    assert "13 (at least 10) people killed Retracted" in text and "A battle Retracted" in text


@pytest.mark.nightly
async def test_the_reason_of_a_rival_is_not_that_of_the_number(instance: Instance) -> None:
    rival = {"figures": [{"id": "killed", "event": "battle", "measure": "killed", "best": "60"}]}
    await steps(instance, "One.", rival, other={"reliability": "E"})
    await steps(instance, "Two.", {"figures": [{**rival["figures"][0], "best": "70"}]}, other={"reliability": "E"})
    await steps(instance, "Three.", other={"reliability": "E"})
    text = await card(instance, FROZEN)
    assert "A source that disagreed no longer says so. “Three.”" in text and "Its source" not in text
    assert re.search(
        r"What the sources that disagree say changed on [^.]+\. A source that disagreed was revised or read again\. “Two\.”", text
    )
    await steps(instance, "Four.", rival, other={"reliability": "E"})
    await instance.hear((await retract(KINDS, instance.url, "two", Change("Five."))).revision)
    text = await card(instance, "/embed/figures/killed?revision=4")
    assert "The collection of a claim that disagreed was retracted here" in text and "no longer says so" not in text


@pytest.mark.nightly
async def test_a_total_is_never_called_retracted(instance: Instance) -> None:
    numbers: dict[str, Any] = {"low": None, "unit": "people", "basis": "flow"}
    march, april = {"started_on": "2024-03-05", "ended_on": "2024-03-05"}, {"started_on": "2024-04-05", "ended_on": "2024-04-05"}
    may = {
        "id": "more",
        "event": "war",
        "measure": "killed",
        **numbers,
        "best": "5",
        "period_start": "2024-05-01",
        "period_end": "2024-05-01",
    }
    others = {"figures": [may]}
    await steps(instance, "One.", others, killed={**numbers, "best": "40"}, battle=march)
    await steps(instance, "Two.", others, killed={**numbers, "best": "40", "low": "40"}, battle=march)
    await steps(instance, "Three.", others, killed={**numbers, "best": "40", "low": "40"}, battle=april)
    for address in ("totals?measure=killed&since=2024-03-01&until=2024-03-31", "timeline?measure=killed"):
        for quiet in ("", "&notice=off"):
            text = await card(instance, f"/embed/{address}&revision=1{quiet}")
            assert "etracted" not in text and "No longer counted" in text and "Revision 2" not in text
            assert quiet or re.search(
                r"Changed on [^.]+: (March 2024: )?now nothing is counted, not about 40\. Files were loaded\. “Three\.” Revision 3", text
            )
    assert re.search(r"May 2024 about 5 people[^N]+March 2024 about 40 people[^N]+No longer counted", text)


async def test_what_is_withheld_is_on_no_card_and_a_frozen_card_says_so(instance: Instance) -> None:
    """It does not say what, and says nothing where it showed none of it. A number that only one source gives has no card any more, of any time."""
    rival = {"events": [{"id": "raid", "name": "A raid", "kind": "battle"}],
             "figures": [{"id": "killed", "event": "battle", "measure": "killed", "best": "60"},
                         {"id": "more", "event": "war", "measure": "injured", "best": "5"},
                         *({"id": id, "event": "raid", "measure": "detained", "best": 4321} for id in ("held", "paper-5-held"))]}  # fmt: skip
    world: dict[str, Any] = {"killed": {"low": None, "best": "40"}}
    await steps(instance, "One.", rival, **world)
    assert re.match(r"60 people killed .* Disputed 40 according to", await card(instance, FROZEN))
    for id in ("held", "paper-5-held"):
        assert "4,321 people detained" in await card(instance, f"/embed/figures/{id}?revision=1")
    await steps(instance, "Two.", rival, other={"redistributable": False}, **world)
    for address in ("figures/killed?revision=1", "events/battle?revision=1", "events/war?revision=1", "totals?measure=killed&revision=1"):
        text = await card(instance, f"/embed/{address}")
        assert re.search(r"Part of what this card showed may no longer be shown since [^.]+\. .*Revision 2", text), address
        assert "Partly withheld" in await card(instance, f"/embed/{address}&notice=off"), address
        assert "60" not in text
    for address in ("figures/killed", "figures/killed?revision=2", "figures/killed?corrected_since=2020-01-01"):
        assert "Partly withheld" not in await card(instance, f"/embed/{address}")
    queries = ("", "?revision=1", "?revision=1&notice=off", "?corrected_since=2020-01-01")
    for id, query in ((id, query) for id in ("held", "paper-5-held") for query in queries):
        response = await instance.client.get(f"/embed/figures/{id}{query}")
        expected = (await instance.client.get(f"/v1/figures/{id}{query.partition('&')[0] if 'revision' in query else ''}")).status_code
        assert response.status_code == expected in (404, 451) and "4,321" not in response.text and "4321" not in response.text, (id, query)


async def test_a_bound_of_a_total_reads_as_one(client: httpx2.AsyncClient) -> None:
    assert "At least 238 people killed Opposition offensive on Aleppo" in read(
        await client.get("/embed/totals?event=aleppo-offensive-2024")
    )
    assert "At least 418 people killed" in read(await client.get("/embed/totals?measure=killed")), (
        "not all of its figures have a best estimate"
    )
    response = await client.get("/embed/timeline?measure=killed")
    assert "November 2024 at least 238" in read(response) and "May 1989 about 178 (92 to 341) people" in read(response)
    assert response.text.count('class="open"') == 1, "its bar has no end"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("timeline", "measure: is missing"), ("timeline?measure=killed&by=place", "by: a timeline is by month or by year"),
        ("timeline?measure=killed&by=month&by=year", "by: a timeline"), ("totals?measure=wounded", "did you mean injured"),
        ("totals?as_of=2024-01-01", "as_of: is not a parameter here"), ("totals?revision=9", "there is no revision 9"),
    ],
)  # fmt: skip
async def test_an_error_of_totals_is_a_card_in_words(client: httpx2.AsyncClient, address: str, message: str) -> None:
    response = await client.get(f"/embed/{address}")
    assert response.status_code in (400, 404) and message in read(response)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("revision=x", "revision: must be a whole number"), ("revision=9", "there is no revision 9"), ("notice=no", "notice: must be"),
        ("corrected_since=yesterday", "corrected_since: must be a date"), ("revision=1&corrected_since=2024-01-01", "corrected_since: is for"),
        ("colour=red", "colour: is not a parameter"), ("revision=1&revision=2", "revision: is given 2 times"), ("revision=0", "no figure"),
    ],
)  # fmt: skip
async def test_an_error_is_a_card_in_words(client: httpx2.AsyncClient, query: str, message: str) -> None:
    response = await client.get(f"{FIGURE}?{query}")
    assert response.status_code in (400, 404) and message in read(response)
    assert response.headers["content-type"] == "text/html; charset=utf-8" and response.headers["cache-control"] == "no-store"


async def test_a_reader_with_too_many_requests_sees_a_card_in_words(
    databases: Databases, collections_template: str, tmp_path: Path
) -> None:
    """Cards are paid for like the same facts by REST; those from the response cache cost nothing."""
    name = await databases.fresh(collections_template)
    made = Instance(databases, name, tmp_path, settings=Settings(rate_limit=1, rate_limit_seconds=60))
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.hear(1)
        assert "people displaced" in await card(made, FIGURE)
        refused = await made.client.get("/embed/events/aleppo-offensive-2024")
        assert (
            refused.status_code == 429
            and int(refused.headers["retry-after"]) > 0
            and "more of the server than one client may" in read(refused)
        )
        assert "people displaced" in await card(made, FIGURE)


async def test_a_card_reads_fewer_revisions_if_they_cost_too_much_together(client: httpx2.AsyncClient, aleppo: Instance) -> None:
    cards, account = TotalsCards(KINDS, aleppo.app.state.store), Account(Buckets(10**9, 1), "")
    request = cards.request([("measure", "killed"), ("by", "country")], timeline=False)
    token = ACCOUNT.set(account)
    try:
        left = []
        for used in (0.0, 0.99, 1.0, 3.0):
            account.cost = int(used * cards.store.max_cost)
            left.append(await cards._readings_left(request))
    finally:
        ACCOUNT.reset(token)
    assert left[0] == MAX_READ > left[1] and left[2:] == [0, 0]


@pytest.mark.parametrize("address", CARDS[:3] + CARDS[4:])
async def test_a_card_tells_what_it_costs(client: httpx2.AsyncClient, address: str) -> None:
    for asked in (address, f"/oembed?url={quote(f'http://test{address}', safe='')}"):
        assert int((await client.get(asked)).headers["conflict-facts-cost"]) > 0


async def test_the_card_of_an_event_credits_its_days_and_its_place_to_those_who_say_them(instance: Instance) -> None:
    """The source of the name says neither."""
    paper = {"events": [{"id": "battle", "name": "A battle", "kind": "battle"}]}
    other = {"locations": [{"id": "aleppo", "name": "Aleppo", "kind": "settlement", "country": "SYR"}],
             "events": [{"id": "battle", "location": "aleppo", "started_on": "2024-11-27", "ended_on": "2024-11-29", "date_precision": "1"}]}  # fmt: skip
    instance.write("one/paper.yaml", document("paper", paper))
    instance.write("two/other.yaml", document("other", other))
    await load(KINDS, instance.url, instance.folder)
    text = await card(instance, "/embed/events/battle")
    for part in (
        "place: in Aleppo, Syria, according to Title of other",
        "date: from 27 to 29 November 2024, according to Title of other",
        "Source: Title of paper",
    ):
        assert part in text, text


async def test_the_last_day_of_a_running_total_is_that_of_the_figure_that_is_added(instance: Instance) -> None:
    """Also if there are many newer figures of other measures, or a newer one of other people, which is left out."""
    total = {"event": "battle", "unit": "people", "basis": "cumulative", "period_start": "2024-01-01"}
    figures = [
        {"id": f"injured-{n}", **total, "measure": "injured", "best": n, "period_end": f"2024-0{3 + n // 28}-{n % 28 + 1:02}"}
        for n in range(60)
    ]
    figures += [{"id": "all", **total, "measure": "killed", "population": "all", "best": 90, "period_end": "2024-02-01"},
                {"id": "children", **total, "measure": "killed", "population": "children", "best": 7, "period_end": "2024-02-20"},
                {"id": "held", **total, "measure": "detained", "best": 496, "period_end": "2024-01-28"}]  # fmt: skip
    events = [{"id": "battle", "name": "A battle", "kind": "battle", "country": "SYR"}]
    instance.write("one/paper.yaml", document("paper", {"events": events, "figures": figures}))
    await load(KINDS, instance.url, instance.folder)
    for keys in ("measure", "measure,country"):
        text = await card(instance, f"/embed/totals?by={keys}")
        for part in (
            "496 people detained (running total up to 28 January 2024",
            "About 90 or more people killed (running total up to 1 February 2024",
            "up to 4 May 2024",
        ):
            assert part in text, text


# The fields that a card watches


def test_a_new_field_of_a_number_is_watched_by_its_declaration() -> None:
    added = Field("median", NUMBER, "The median.", group="value"), Field("remark", TEXT, "A remark.", group="value")
    kind = Kind("figure", "figures", "A number.", *KINDS["figure"].fields.values(), *added)
    assert printed_fields(kind) == (*WATCHED["figure"], "median")


def values_of(field: Field, now: Any) -> list[Any]:
    """Other values of a field, as REST has them."""
    if field.type.vocabulary:
        return [code for code in field.type.vocabulary.codes if code != str(now)]
    if field.type.ref:
        return [None if now else {"id": "other", "name": "Other", "kind": "settlement", "country": "IRQ"}]
    return ["1999-12-31"] if field.type.name == "date" else [17] if field.type.sql == "numeric" else ["Another"]


@pytest.mark.parametrize(
    ("name", "id"), [("figure", "ucdp-ged-48761-total"), ("event", "ucdp-ged-48761"), ("event", "aleppo-offensive-2024")]
)
async def test_a_card_watches_every_field_that_changes_its_words(aleppo: Instance, name: str, id: str) -> None:
    kind = KINDS[name]
    record = (await RecordCards(KINDS, aleppo.app.state.store)._read(kind, id, At(), None)).record
    assert record is not None
    words = CONTENTS[name](kind, record)
    changing = {
        field.name for field in kind.fields.values() for value in values_of(field, record.get(field.name))
        if CONTENTS[name](kind, {**record, field.name: value}) != words
    }  # fmt: skip
    assert len(changing) > 4 and changing <= {*WATCHED[name]}
