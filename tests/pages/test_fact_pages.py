"""Pages of records, lists and searches: generic over kinds, with the parameters, the errors and the revisions of REST."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx2
import pytest

from api.loading.change import Change
from api.loading.collections import load
from api.pages import citing, downloads, linked_data, values
from api.pages.markup import markdown
from api.pages.sentences import cited
from api.query.nodes import Evidence, EvidenceClaims, Id, Nodes, Page, Query
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..conftest import ROOT, Instance, source

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DISPUTED = "/figures/ucdp-ged-48761-total"
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)


async def text_of(client: httpx2.AsyncClient, address: str, status: int = 200) -> str:
    response = await client.get(address, headers=HTML)
    assert response.status_code == status, response.text[:2000]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return " ".join(response.text.split())


async def first(client: httpx2.AsyncClient, kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/{kind.plural}?limit=1")).json()["data"][0]
    return found


def copied(text: str, id: str) -> str:
    """A text of the page that a button copies."""
    found = re.search(rf'<code id="{id}">(.*?)</code>', text, re.S)
    assert found
    return html.unescape(found[1])


@every_kind
async def test_a_record_shows_every_known_value_with_its_provenance(client: httpx2.AsyncClient, kind: Kind) -> None:
    """From the declarations: a new field needs no template."""
    record = await first(client, kind)
    text = await text_of(client, f"/{kind.plural}/{record['id']}")
    for name, field in kind.fields.items():
        if record[name] not in (None, []):
            (section,) = re.findall(rf'<div id="{name}"(?: class="is-disputed")?><dt>.*?</details></dd></div>', text)
            assert "<summary>" in section and "It has applied since" in section and "Claimed by" in section
            shown = values.Values(KINDS).shown(field, record[name])
            assert field.type.name == "number" or html.escape(shown[0].text) in section


@every_kind
async def test_a_list_has_the_records_of_the_same_request_by_rest(client: httpx2.AsyncClient, kind: Kind) -> None:
    text = await text_of(client, f"/{kind.plural}?limit=3&order=-id")
    assert len(re.findall(r"<li><a href=", text.partition('class="records"')[2].partition("</ol>")[0])) == 3
    if kind.label or kind.quantities:
        ids = [record["id"] for record in (await client.get(f"/v1/{kind.plural}?limit=3&order=-id")).json()["data"]]
        positions = [text.index(f'href="/{kind.plural}/{id}"') for id in ids]
        assert positions == sorted(positions)


@every_kind
async def test_the_graphql_query_of_a_page_asks_for_what_it_shows(client: httpx2.AsyncClient, kind: Kind) -> None:
    record = await first(client, kind)
    text = (await client.get(f"/{kind.plural}/{record['id']}?revision=1", headers=HTML)).text
    query = copied(text, "graphql")
    assert f'href="/graphql#query={quote(query, safe="")}"' in text
    answer = (await client.post("/graphql", json={"query": query})).json()
    assert answer["data"]["snapshot"][kind.name]["slug"] == record["id"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "address",
    [
        "events?country=SYR&search=aleppo", "events?kind.one_of=battle,capture&started_on.gte=2024-01-01&order=-started_on&limit=7",
        "figures?measure=killed&event.country=MMR&best.gte=3", "figures?counted_in.known=false", "figures?event.within=aleppo-offensive-2024",
        "events?figures.some.measure=killed&figures.count.gte=2", "events?figures.none.measure=killed", "events?bbox=35,32,43,38",
        "sources?redistributable=true", "actors?name.contains=Syri&kind.ne=person", "events?id.one_of=aleppo-offensive-2024,nothing",
    ],
)  # fmt: skip
async def test_the_graphql_query_of_a_list_has_its_conditions(client: httpx2.AsyncClient, address: str) -> None:
    plural = address.partition("?")[0]
    query = copied(await text_of(client, f"/{address}&count=" if "?" not in address else f"/{address}"), "graphql")
    answer = (await client.post("/graphql", json={"query": query})).json()
    ordered = address if "order=" in address else f"{address}&order=id"
    expected = [record["id"] for record in (await client.get(f"/v1/{ordered}")).json()["data"]]
    assert sorted(node["slug"] for node in answer["data"][plural]["nodes"]) == sorted(expected[:50])


async def test_a_disputed_value_says_so_and_shows_who_differs(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, DISPUTED)
    heading = re.findall(r'<h1 id="sentence"[^>]*>(.*?)</h1>', text)[0]
    assert heading.startswith("79 (40 to 79) people killed") and "disputed: 40 (40 to 79) according to" in heading
    (best,) = re.findall(r'<div id="best" class="is-disputed">.*?</details></dd></div>', text)
    assert "Disputed</strong>" in best and '<li class="differs">' in best and "release 19.1" in best
    for name in ("measure", "low", "high", "unit"):  # Both releases say 40 to 79 people.
        assert f'<div id="{name}"><dt>' in text, "what is not disputed does not look so"
    (low,) = re.findall(r'<div id="low">.*?</details></dd></div>', text)
    assert '<li class="agrees">' in low and '<li class="differs">' not in low


async def test_a_bound_reads_as_one_wherever_it_stands(client: httpx2.AsyncClient) -> None:
    for address in (
        "/figures/aleppo-offensive-2024-killed-opposition",
        "/events/aleppo-offensive-2024",
        "/figures?event=aleppo-offensive-2024",
    ):
        text = re.sub(r"<[^>]+>|&#?\w+;", " ", (await text_of(client, address)).partition("<main")[2])
        found = re.findall(r"\S+ \S+(?= 135\b)", " ".join(text.split()))
        assert found and all(words.lower().endswith("at least") for words in found), found


async def test_a_page_says_since_when_and_what_it_was_before(instance: Instance) -> None:
    event = "  events: [{id: fight, name: Fight, kind: battle}]\n"
    figure = "  figures: [{id: dead, event: fight, measure: killed, unit: people, NUMBER}]\n"
    await instance.load(paper=source() + "claims:\n" + event + figure.replace("NUMBER", "best: 3"))
    await instance.load(paper=source() + "claims:\n" + event + figure.replace("NUMBER", "low: 12, quantifier: at_least"))
    text = await text_of(instance.client, "/figures/dead")
    assert "At least 12 people killed, according to Title of paper; event: Fight" in text
    low = re.findall(r'<div id="low">.*?</details></dd></div>', text)[0]
    measure = re.findall(r'<div id="measure">.*?</details></dd></div>', text)[0]
    assert "revision 2</a>; before that, it was unknown." in low and "revision 1</a>." in measure and "before that" not in measure
    before = await text_of(instance.client, "/figures/dead?revision=1")
    assert (
        'as of <a href="/revisions/1">revision 1</a>' in before
        and "3 people killed, according to" in before
        and "at least 12" not in before.lower()
    )
    assert 'href="/events/fight?revision=1"' in before, "links stay at the revision"


PAPER = """
claims:
  locations: [{id: atown, name: Atown, kind: settlement, country: SYR}, {id: btown, name: Btown, kind: settlement, country: SYR}]
  events: [{id: clash, name: Clash, kind: battle, EVENT}]
  figures: [{id: dead, event: clash, FIGURE}]
"""


async def test_pages_lists_and_cards_attribute_only_what_a_source_says(instance: Instance) -> None:
    papers = {
        "a": ("E", "started_on: 2024-03-05, ended_on: 2024-03-05, location: atown", "measure: killed, unit: people, best: 40"),
        "b": (
            "A",
            "started_on: 2024-03-06, ended_on: 2024-03-06, location: btown",
            "measure: killed, unit: people, period_end: 2024-03-31",
        ),
        "c": ("F", "started_on: 2024-03-05", "measure: injured, unit: people, best: 400"),
    }
    for id, (grade, event, figure) in papers.items():
        text = source(id, reliability=grade) + PAPER.replace("EVENT", event).replace("FIGURE", figure)
        instance.write(f"{id}/{id}.yaml", text)
    await instance.load()
    told = "40 people killed, according to Title of a; period: up to 31 March 2024 (start not stated), according to Title of b; event: Clash, in Btown, Syria"
    rival = "disputed: 400 people injured according to Title of c"
    page = await text_of(instance.client, "/figures/dead")
    assert f"{told}; {rival}</h1>" in page, re.findall("<h1.*?</h1>", page)
    card = await text_of(instance.client, "/embed/figures/dead")
    assert told in card and "400 people injured according to Title of c" in card
    row = await text_of(instance.client, "/figures")
    assert (
        "40 people killed up to 31 March 2024" in row
        and "Title of a; period: up to 31 March 2024 (start not stated), according to Title of b" in row
    )
    assert rival in row
    heading = "Clash (battle) in Btown, Syria, on 6 March 2024 (precision of the date not stated), according to Title of b; disputed: place and date"
    page = await text_of(instance.client, "/events/clash")
    assert f"{heading}</h1>" in page, re.findall("<h1.*?</h1>", page)
    assert "Title of b" in await text_of(instance.client, "/events")
    assert 'href="/figures?event=clash&amp;revision=1"' in await text_of(instance.client, "/events/clash?revision=1")


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/events?coutnry=SYR", 400, "did you mean country"),
        ("/events?country=Syria", 400, "SYR"),
        ("/events?fields=name", 400, "pages choose what they show"),
        ("/events/nothing-like-it", 404, "there is no event"),
        ("/events/aleppo-offensive-2024?revision=99", 404, "the newest is"),
        ("/events/aleppo-offensive-2024?provenance=none", 400, "is not a parameter here"),
        ("/nowhere", 404, "there is nothing at /nowhere"),
        ("/v1/evnts", 404, "did you mean"),
        ("/search?q=x", 400, "text"),
    ],
)  # fmt: skip
async def test_an_error_is_a_page_with_a_search_box(client: httpx2.AsyncClient, address: str, status: int, says: str) -> None:
    text = html.unescape(await text_of(client, address, status))
    assert says[:1].upper() + says[1:] in text or says in text
    assert 'action="/search"' in text and "What to do" in text


async def test_other_clients_get_problem_documents(client: httpx2.AsyncClient) -> None:
    for address, headers in (("/nowhere", {}), ("/v1/events?coutnry=SYR", HTML), ("/v1/events/none", {"accept": "application/json"})):
        response = await client.get(address, headers=headers)
        assert response.headers["content-type"] == "application/problem+json" and response.json()["code"]


async def test_a_withheld_record_has_a_page_that_says_where_it_is_published(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held(*_: object) -> dict[str, object]:
        return {"id": "paper", "title": "A closed list", "url": "https://owner.example/list"}

    monkeypatch.setattr("api.store.store.Store.withholding_source", held)
    text = await text_of(client, "/events/of-a-closed-list", 451)
    assert "A closed list" in text and 'href="https://owner.example/list"' in text


async def test_empty_controls_of_a_form_are_no_conditions(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/events?search=aleppo&country=&started_on.gte=&order=")
    assert '<input id="filter-1" name="search" type="search" value="aleppo">' in text and "country=" not in copied(text, "address-1")


async def test_a_condition_without_a_control_is_kept_and_can_be_removed(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/figures?event=aleppo-offensive-2024&measure=killed")
    assert '<input type="hidden" name="event" value="aleppo-offensive-2024">' in text
    assert '<a href="/figures?measure=killed">Remove' in text and '<option value="killed" selected>' in text


async def test_the_download_of_figures_has_the_rows_that_count(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/figures?event.within=aleppo-offensive-2024&measure=displaced")
    counted, unstated, every = (html.unescape(link) for link in re.findall(r'href="(/v1/figures\.csv[^"]*)" download', text))
    assert "You may add up" in text and "Its rows must not be summed" in text
    rows = [(await client.get(link)).text.splitlines()[1:] for link in (counted, every, unstated)]
    stated = [row for row in rows[0] if row not in rows[2]]
    assert "lacks their people" in text and len(rows[2]) == len(rows[0]) - len(stated)
    assert [len(part) for part in rows[:2]] == [1, 2] and rows[0][0].startswith("aleppo-displacement-2024-displaced,")


def test_no_download_of_the_rows_that_count_has_two_bases() -> None:
    """A sum of running totals and counts of a period counts people twice: the two have files of their own, also for Excel."""
    kind, killed, used = KINDS["figure"], [("measure", "killed")], {"killed": ["flow", "cumulative"], "held": ["stock"]}
    cases: tuple[tuple[Any, list[dict[str, Any]], bool, tuple[str, ...]], ...] = (
        (killed, [], False, ("flow", "cumulative")),
        ([], [], False, ("flow", "stock", "cumulative")),
        (killed, [{"basis": "cumulative"}, {"basis": None}], True, ("cumulative",)),
        ([*killed, ("basis", "flow")], [], False, ("flow",)),
        ([*killed, ("basis.one_of", "flow,stock")], [], False, ("flow",)),
        ([*killed, ("search", "nobody")], [], True, ()),
    )
    for params, rows, complete, found in cases:
        codes = downloads.bases(kind, params, rows, complete, used)
        assert codes == found
        *counted, only, every = downloads.downloads("", kind, params, codes)
        assert len(counted) == max(1, len(found)) and {len(files) for files in counted} == {2}
        for code, (table, excel) in zip(found, counted, strict=False):
            assert f"basis={code}" in table.href and table.href.count("basis=") <= 1 + table.href.count("basis.one_of=")
            assert "counted_in.known=false" in table.href and excel.href == table.href.replace(".csv", ".xlsx")
        assert "best.known=false" in only[0].href and "counted_in" not in every[0].href
    assert downloads.bases(kind, killed, [], False, None) == ("flow", "stock", "cumulative"), "if nobody knows them, all are offered"


async def test_a_list_has_a_download_for_each_basis(invented: Instance) -> None:
    text = html.unescape(await text_of(invented.client, "/figures?limit=5"))
    bases = [re.search(r"basis=(\w+)", link) for link in re.findall(r'href="(/v1/figures\.xlsx[^"]*)" download', text)]
    rows = (await invented.client.get("/v1/figures.ndjson?fields=basis&basis.known=true")).text.splitlines()
    assert {found[1] if found else "" for found in bases} == {json.loads(row)["basis"] for row in rows} and len(bases) > 1
    assert "the complete list: do not add up its numbers" in text, "so it is offered among the addresses"


def sums_people_twice(address: str) -> bool:
    """Whether a file of figures at an address has rows that include others, or several bases."""
    return not ("counted_in.known=false" in address and re.search(r"basis=\w+", address))


def test_no_document_offers_figures_to_add_up_that_must_not_be() -> None:
    """A table of figures that is offered without conditions is one that somebody sums."""
    templates, warns = (
        ROOT / "api/pages/templates",
        re.compile(r"must not be summed|[Nn]ot to be summed|.stack.: false|counted_in|limit=1\b|attribution"),
    )
    files = [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *templates.glob("*.html"),
        *templates.glob("*.md"),
        ROOT / "api/pages/program_documents.py",
    ]
    for file in files:
        for paragraph in file.read_text().split("\n\n"):
            for address in re.findall(r"/v1/figures\.(?:csv|xlsx)[^\s`'\")<]*", html.unescape(paragraph)):
                assert file.name == "performance.md" or not sums_people_twice(address) or warns.search(paragraph), (file, address)
    for name in ("landing.html", "using-it-with.md"):
        offered = re.findall(
            r"[^\s`]+figures\.csv\?measure=killed[^\s`<]*", html.unescape(next(file for file in files if file.name == name).read_text())
        )
        assert offered and not [
            address for address in offered if "limit=" not in address and "separator=" not in address and sums_people_twice(address)
        ]


async def test_pages_of_a_list_follow_each_other(client: httpx2.AsyncClient) -> None:
    seen: list[str] = []
    address = "/locations?limit=20"
    while address:
        text = await text_of(client, address)
        seen += re.findall(r'href="(/locations/[^"?]+)"', text.partition('class="records"')[2].partition("</ol>")[0])
        address = html.unescape("".join(re.findall(r'rel="next" href="([^"]*)"', text)))
    total = (await client.get("/v1/locations?count=exact")).json()["count"]
    assert len(seen) == len(set(seen)) == total


@pytest.mark.parametrize(("limit", "status"), [("200", 200), ("201", 400), ("1000", 400), ("9" * 5000, 400), ("x", 400)])
async def test_a_page_shows_a_bounded_number_of_records(client: httpx2.AsyncClient, limit: str, status: int) -> None:
    response = await client.get(f"/figures?limit={limit}", headers={"accept": "text/html"})
    assert response.status_code == status
    assert limit == "x" or ("a page shows at most 200 records" in response.text) is (status == 400)


async def test_every_address_of_a_page_works(client: httpx2.AsyncClient) -> None:
    for address in ("/events/aleppo-offensive-2024", DISPUTED, "/events?country=SYR"):
        text = await text_of(client, address)
        for n in range(1, 1 + len(re.findall(r'id="address-\d+"', text))):
            assert (await client.get(copied(text, f"address-{n}"))).status_code == 200
        assert "GeoJSON" in text
        pinned = re.findall(r"http://test/\S+revision=\d+", copied(text, "citation"))[0].rstrip(".,")
        assert (await client.get(pinned)).status_code == 200


async def test_a_card_to_copy_is_a_text(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, DISPUTED)
    assert "<iframe" not in text and any("<iframe" in html.unescape(code) for code in re.findall(r"<code id=[^>]*>(.*?)</code>", text))


async def test_a_cached_page_is_that_of_its_host(client: httpx2.AsyncClient) -> None:
    """Anybody can choose the Host, and pages contain addresses to copy."""
    pages = [(await client.get(DISPUTED, headers={"host": host})) for host in ("one.example", "two.example", "one.example")]
    assert ["http://one.example/v1/" in page.text for page in pages] == [True, False, True]
    assert pages[0].headers["etag"] == pages[2].headers["etag"] != pages[1].headers["etag"]
    secure = await client.get(f"https://one.example{DISPUTED}")  # As a trusted proxy tells it.
    assert "https://one.example/v1/" in secure.text and "http://one.example/v1/" not in secure.text
    again = await client.get(DISPUTED, headers={"host": "one.example", "if-none-match": pages[0].headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    fixed = await client.get(f"{DISPUTED}?revision=1")
    assert "max-age" in fixed.headers["cache-control"] and "no-cache" in pages[0].headers["cache-control"]


async def test_a_page_is_paid_for_like_its_facts(client: httpx2.AsyncClient, aleppo: Instance) -> None:
    response = await client.get(DISPUTED)
    assert int(response.headers["conflict-facts-cost"]) > 0 and response.headers["conflict-facts-revision"] == "1"


def linked(text: str) -> Any:
    return json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)[0])


@pytest.mark.parametrize(
    ("address", "type"), [(DISPUTED, "Observation"), ("/events/aleppo-offensive-2024", "Event"), ("/events?country=SYR", "Dataset")]
)
async def test_a_page_describes_itself_to_search_engines(client: httpx2.AsyncClient, address: str, type: str) -> None:
    text = await text_of(client, address)
    document = linked(text)
    assert document["@type"] == type and document["citation"] and document["license"]
    assert f'<link rel="canonical" href="http://test{address}">' in html.unescape(text) and '<meta property="og:title"' in text


def test_a_text_of_a_source_cannot_end_a_script() -> None:
    text = linked_data._text({"name": "</script><script>alert(1)</script><!--"})
    assert "<" not in text and json.loads(text)["name"].startswith("</script>")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " javascript:x"])
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    (shown,) = values.Values(KINDS).shown(KINDS["source"].fields["url"], url)
    assert shown.href == ""


@pytest.mark.parametrize(
    ("terms", "address"),
    [
        ("CC-BY-4.0", "licenses/by/4.0/"), ("cc-by-nc-sa-3.0", "licenses/by-nc-sa/3.0/"), ("CC-BY-3.0-IGO", "licenses/by/3.0/igo/"),
        ("CC0-1.0", "publicdomain/zero/1.0/"), ("CC0", "publicdomain/zero/1.0/"), ("CC-BY", ""), ("CC-BY-SA", ""), ("CC-BY-NC-ND", ""),
        ("CC-BY-", ""), ("CC-BY-SA-", ""), ("CC-BY-4.0/../..", ""), ("CC-X-Y-Z", ""), ("CC", ""), ("-", ""), ("", ""), ("MIT", ""),
    ],
)  # fmt: skip
def test_a_licence_leads_to_its_text_or_nowhere(terms: str, address: str) -> None:
    """The licence of any source is shown on every page that shows the source: none may be an error."""
    assert citing.licence_address(terms) == (address and f"https://creativecommons.org/{address}")


HOSTILE = """</script><script>alert(1)</script><!-- "><img src=x onerror=alert(2)> '-alert(3)-' {{7*7}} ]]> &lt; `x` [l](javascript:alert(4))\n# head\n<https://evil.example> \u202e | \\"""


def test_a_text_of_a_source_is_neither_markup_nor_a_line_of_a_readme() -> None:
    text = markdown(HOSTILE)
    assert not re.search(r"\n|(?<!\\)[`<>\[\]]", text) and "\\&lt;" in text and markdown("A – B, C: 5 & 6") == "A – B, C: 5 & 6"


async def test_no_text_of_a_source_is_markup_or_an_error(instance: Instance) -> None:
    """Every text that a source may have, on every surface that shows it."""
    text = f"%s {HOSTILE}"
    described = {name: text % name for name in ("publisher", "license", "attribution")}
    claims: dict[str, list[dict[str, Any]]] = {
        "sources": [{"id": "quoted", "title": text % "q", "kind": "statement", "url": 'https://x/"onmouseover="a()', **described, "license": "CC-BY-SA"}],
        "locations": [{"id": "town", "name": text % "town", "kind": "settlement", "country": "SYR", "latitude": 36.2, "longitude": 37.1}],
        "actors": [{"id": "band", "name": text % "band", "kind": "rebel_group", "aliases": [text % "alias"]}],
        "events": [{"id": "battle", "name": text % "battle", "kind": "battle", "started_on": "2024-11-27", "location": "town", "summary": text % "s"}],
        "participations": [{"id": "part", "event": "battle", "actor": "band", "role": "side_a"}],
        "figures": [{"id": "killed", "event": "battle", "measure": "killed", "best": 12, "actor": "band", "quoted_from": ["quoted"], "note": text % "n"}],
    }  # fmt: skip
    instance.write(
        "one/paper.yaml", source("paper", title=text % "t", url="https://x/</script>", **described) + f"claims: {json.dumps(claims)}\n"
    )
    receipt = await load(KINDS, instance.url, instance.folder, Change(text % "message"))
    await instance.hear(receipt.revision)
    records = [f"/{kind}/{record['id']}" for kind, made in claims.items() for record in made]
    shown = ["/", *records, *(f"/{kind.plural}" for kind in KINDS.values()), "/search?text=script", "/collections", "/collections/one"]
    cards = [f"/embed{path}" for path in records if path.startswith(("/events", "/figures"))]
    sums = ["/embed/totals?event=battle", "/embed/timeline?measure=killed&actor=band"]
    for address in (*shown, *cards, *sums):
        response = await instance.client.get(address)
        assert response.status_code == 200, address
        assert "<script>" not in response.text and 'href="javascript:' not in response.text, address
        for tag in re.findall(r"<[a-z][^<>]*>", response.text):
            assert not re.search(r"alert| on", re.sub(r'"[^"]*"', "", tag)), (address, tag)
    for address in cards:
        found = await instance.client.get("/oembed", params={"url": f"http://test{address}", "format": "xml"})
        assert found.status_code == 200 and "<script" not in (ElementTree.fromstring(found.text).findtext("html") or "<script")
    readme = (await instance.client.get("/collections/one/readme.md")).text
    assert "\n# head" not in readme and not re.search(r"(?<!\\)<", readme)


@pytest.mark.parametrize("text", ["aleppo", "حلب", "ucdp-ged-48761-total", "displaced Aleppo", "29 November 2024"])
async def test_a_search_finds_names_in_any_script_and_ids(client: httpx2.AsyncClient, text: str) -> None:
    found = await text_of(client, f"/search?text={quote(text)}")
    assert '<ol class="records"' in found and re.search(r'href="/(locations|figures|events)/', found)


async def test_a_search_without_words_is_a_form(client: httpx2.AsyncClient, kinds: Kinds) -> None:
    assert 'class="records"' not in await text_of(client, "/search?text=")
    assert "Nothing here has “<bdi>zzzz</bdi>” in its names" in await text_of(client, "/search?text=zzzz")


async def test_a_number_that_totals_do_not_add_says_so_in_lists_and_searches(client: httpx2.AsyncClient) -> None:
    left_out = (await client.get("/v1/figures?counted_in.known=true&limit=100")).json()["data"]
    rows = (await text_of(client, "/figures?counted_in.known=true")).partition('<ol class="records"')[2].partition("</ol>")[0]
    assert rows.count("ot added to totals: ") == rows.count("<li>") > 1
    assert "ot added to totals: " not in await text_of(client, "/figures?counted_in.known=false")
    assert "ot added to totals: " in await text_of(client, f"/search?text={left_out[0]['id']}")


async def test_the_page_of_a_source_shows_what_it_claims(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/sources/ucdp-ged-19-1")
    assert "Claims about figures</h2>" in text and 'href="/figures/ucdp-ged-' in text.partition("Claims about figures</h2>")[2]
    assert 'href="/figures?claimed_by=ucdp-ged-19-1"' in text and "Nothing meets" not in await text_of(
        client, "/figures?claimed_by=ucdp-ged-19-1"
    )


async def test_a_collection_says_what_it_contains_and_how_to_cite_it(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/collections/aleppo-2024")
    (listed,) = map(html.unescape, re.findall(r'href="(/sources\?id\.one_of=[^"]*)"', text))
    assert "Nothing meets these conditions" not in await text_of(client, listed)
    number = re.search(r'href="/figures\?collection=aleppo-2024">(\d+)<', text)
    assert number and f"{number[1]} figures</h2>" in await text_of(client, "/figures?collection=aleppo-2024")
    assert "29 November 2024" in text and "Pravda.Ru" in text and linked(text)["@type"] == "Dataset"
    readme = await client.get("/collections/aleppo-2024/readme.md")
    assert readme.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "## How to cite" in readme.text and "GeoNames (geonames.org), CC BY 4.0." in readme.text and "&" not in readme.text
    for address in ("/", "/collections"):
        assert 'href="/collections/myanmar-revised"' in await text_of(client, address)
    assert "/collections lists every collection" in await text_of(client, "/collections/nothing", 404)


async def test_a_sitemap_lists_every_page_in_bounded_parts(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.sitemaps.PART", 20)
    maps = re.findall("<loc>(.*?)</loc>", (await client.get("/sitemap.xml")).text)
    pages = [page for address in maps for page in re.findall("<loc>(.*?)</loc>", (await client.get(html.unescape(address))).text)]
    ids = [record["id"] for record in (await client.get("/v1/locations?fields=id")).json()["data"]]
    assert len([address for address in maps if "locations" in address]) == 2 and len(pages) == len(set(pages))
    assert {f"http://test/locations/{id}" for id in ids} <= {*pages} and "http://test/events" in pages


async def test_crawlers_read_pages_and_leave_the_api_alone(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/robots.txt")).text
    assert "Disallow: /v1/" in text and "Sitemap: http://test/sitemap.xml" in text


async def test_a_list_of_one_measure_offers_the_card_with_its_total(client: httpx2.AsyncClient) -> None:
    """Somebody who does not write addresses finds no total otherwise."""
    text = await text_of(client, "/figures?measure=displaced&event.within=aleppo-offensive-2024&order=-low&revision=1")
    (href,) = re.findall(r'<p class="label" id="card-1-label"><a href="([^"]*)">', text)
    address = html.unescape(href)
    assert address == "/embed/totals?measure=displaced&event.within=aleppo-offensive-2024&revision=1"
    assert address in html.unescape(html.unescape(text)).split('iframe src="')[1]
    assert 'height="320"' in html.unescape(html.unescape(text)), "totals have several numbers and notes"
    assert "people displaced" in await text_of(client, address)
    for other in ("/figures", "/figures?measure=killed&search=Aleppo", "/events?country=SYR"):
        without = await text_of(client, other)
        assert "/embed/totals" not in without and ("choose a measure" in without) == other.startswith("/figures")
    assert "choose a measure" not in text


async def test_a_revision_is_told_in_words(client: httpx2.AsyncClient) -> None:
    newest = (await client.get("/v1/revisions")).json()["data"][0]
    text = await text_of(client, "/revisions")
    assert f'<a href="/revisions/{newest["id"]}">Revision {newest["id"]}</a>' in text and html.escape(newest["message"]) in text
    one = await text_of(client, f"/revisions/{newest['id']}")
    assert html.escape(newest["message"]) in one and "It is the newest" in one
    for kind, counts in newest["counts"]["records"].items():
        if counts.get("added", 0) > 1:
            assert f"{counts['added']:,} {KINDS[kind].plural} added" in one
    for address in (f"/revisions/{newest['id'] + 1}", "/revisions/0", "/revisions/x"):
        assert "There is no revision" in await text_of(client, address, 404)


async def test_a_sentence_to_copy_has_the_grade(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/events/aleppo-offensive-2024")
    assert '<p id="grade" class="grade">Source graded D (not usually reliable)</p>' in text and 'data-copy="sentence grade"' in text
    assert 'data-copy="sentence" hidden' in await text_of(client, DISPUTED), "nobody has graded it"


async def test_a_search_shows_more_and_offers_lists_with_the_newest_first(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/search?text=deaths&limit=1")
    assert text.count('<li><span class="tag">figure</span>') == 1, "other words than those of the codes are found"
    assert 'href="/search?text=deaths&amp;limit=100">Show more</a>' in text
    assert 'href="/figures?search=deaths&amp;order=-period_end"' in text
    dated = html.unescape(await text_of(client, "/search?text=dead Aleppo 2024"))
    (address,) = re.findall(r'<a class="button" href="(/figures[^"]*)">All numbers, the newest first', dated)
    assert address == "/figures?search=dead+Aleppo&datetime=2024-01-01%2F2024-12-31&order=-period_end"
    assert "Nothing meets these conditions" not in await text_of(client, address) and 'href="/sources?' not in dated
    assert "limit: must be between 1 and 100" in (await text_of(client, "/search?text=deaths&limit=101", 400)).lower()


@pytest.mark.parametrize(("words", "kind"), [("killed Syria", "figure"), ("offensive Syria", "event"), ("civilians dead Aleppo", "figure")])
async def test_what_happened_is_found_by_its_country_and_its_kind(client: httpx2.AsyncClient, words: str, kind: str) -> None:
    found = (await client.get("/v1/search", params={"text": words})).json()["data"]
    assert kind in {one["kind"] for one in found}


async def test_lists_offer_the_countries_that_records_have_and_former_ones_last(client: httpx2.AsyncClient) -> None:
    text = await text_of(client, "/events?limit=2&country=ZAR")
    assert text.index('value="SYR"') < text.index('value="ZAR"') and "(former code ZAR)</option>" in text, "what the request names stays"
    for plural in ("events", "figures", "locations"):
        offered = re.findall(r'<option value="([A-Z]{3})"', await text_of(client, f"/{plural}?limit=2"))
        assert {"SYR", "MMR"} <= {*offered} and not {"ZAR", "ZWE", "CTE"} & {*offered}, offered
    text = await text_of(client, "/events?limit=2")
    assert "Sources of the records on this page" in text and '<a href="/collections">Collections</a>' in text
    assert "Print beside its numbers:" in await text_of(client, "/")


@pytest.mark.parametrize("kind", ["event", "actor"])
async def test_a_page_never_says_that_a_number_is_of_another_record_which_is_its_own(aleppo: Instance, kind: str) -> None:
    """What a list leaves out, because the page is about it, is known all the same."""
    plural = KINDS[kind].plural
    others = ("in another event", "for the actor", "in the place", "counted for")
    ids = [record["id"] for record in (await aleppo.client.get(f"/v1/{plural}?limit=200&fields=id")).json()["data"]]
    disputed = {
        figure[kind]["id"]
        for figure in (await aleppo.client.get(f"/v1/figures?limit=500&fields={kind}.id&{kind}.known=true")).json()["data"]
        if figure[kind]
    }
    pages = [id for id in ids if id in disputed][:25]
    for id in pages:
        for address in (f"/{plural}/{id}", *([f"/embed/events/{id}"] if kind == "event" else [])):
            text = html.unescape(re.sub(r"<[^>]+>", "", (await aleppo.client.get(address)).text))
            assert not [other for other in others if re.search(rf"{other}[^;,.]*\b{re.escape(id)}\b", text)], address
    assert pages


async def test_a_list_leads_to_its_downloads_before_its_records(client: httpx2.AsyncClient) -> None:
    for plural in ("figures", "events", "sources"):
        text = await text_of(client, f"/{plural}?limit=2")
        assert text.index('href="#cite"') < text.index('id="found"') and text.count('id="cite"') == 1


async def test_a_list_of_one_measure_offers_a_chart(client: httpx2.AsyncClient) -> None:
    text = html.unescape(await text_of(client, "/figures?measure=killed&event.country=MMR"))
    (chart,) = re.findall(r'href="(/embed/chart[^"]*)"', text)
    assert chart == "/embed/chart?measure=killed&event.country=MMR&by=month" and chart in copied(text, "card-2").replace("&amp;", "&")
    shown = await client.get(chart, headers=HTML)
    assert shown.status_code == 200 and "/chart.svg?" in shown.text


async def test_a_collection_tells_who_claims_from_who_is_described(client: httpx2.AsyncClient) -> None:
    """One source may claim and three be described: the two numbers must not seem to contradict each other."""
    for address, number in (
        ("/", "9 sources described"),
        ("/collections", "9 sources described"),
        ("/collections/aleppo-2024", "<dt>Sources described</dt>"),
    ):
        assert number in await text_of(client, address), address
    readme = (await client.get("/collections/aleppo-2024/readme.md")).text
    assert "199 claims by 3 sources about" in readme and "9 sources described" in readme


async def test_a_name_in_place_of_an_id_leads_to_a_search_for_it(client: httpx2.AsyncClient) -> None:
    text = html.unescape(await text_of(client, "/check-claim?measure=killed&value=4&event=Wan+Hka", 400))
    assert 'href="/search?text=Wan%20Hka"' in text or 'href="/search?text=Wan+Hka"' in text
    assert 'type="search" value="Wan Hka"' in text


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if cited(kind)], ids=lambda kind: kind.name)
async def test_the_provenance_of_lists_is_that_of_records_in_brief(aleppo: Instance, kind: Kind) -> None:
    """Sentences are made of either."""

    async def entries(brief: bool) -> list[object]:
        parts = (Nodes("data", (Id("id"), Evidence("provenance", cited(kind), brief), EvidenceClaims("claims"))),)
        answer = await aleppo.app.state.store.answer(Query((Page("page", kind, parts, first=100),)))
        return [
            (record["id"], name, entry["disputed"], entry["chosen"] and said(record, entry["chosen"]), [said(record, one) for one in entry["claims"]])
            for record in json.loads(answer.roots[0] or "")["data"]
            for entry in record["provenance"]
            for name in entry["fields"]
        ]  # fmt: skip

    def said(record: dict[str, Any], claim: str) -> dict[str, Any]:
        return {name: record["claims"][claim].get(name) for name in ("source", "quoted_from", "attributed_to", "says")}

    full = await entries(brief=False)
    assert full and sorted(map(repr, await entries(brief=True))) == sorted(map(repr, full))


async def test_the_page_of_a_record_that_was_never_changed_takes_one_statement(instance: Instance) -> None:
    """Also if a later revision than the first one added it."""
    await instance.load(paper=source())
    await instance.load(paper=source() + "claims:\n  events: [{id: fight, name: Fight, kind: battle}]\n")
    pool = instance.app.state.store.pool
    await text_of(instance.client, "/events/fight?revision=2")
    before = pool.statements
    assert 'since <a href="/revisions/2">' in await text_of(instance.client, "/events/fight")
    assert pool.statements == before + 1
