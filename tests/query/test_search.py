"""Search in lists and across kinds, on both surfaces, against a plain model: names, what records refer to, codes, ids and dates."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from api.query.nodes import FoundKind, FoundRecords, Id, Nodes, Page, Search
from api.query.search import MAX_FOUND, sought
from api.sql.answering.pages import page
from api.sql.answering.scope import Scope
from api.sql.answering.search_all import found
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.model.types import INTEGER, TEXT

from ..conftest import Instance, source
from ..support.invented import Cells, collection, fold

NAMED = (
    source("paper")
    + """
claims:
  events:
    - {id: about, name: Violence before the elections of 2013, kind: protest, started_on: 2012-06-01, ended_on: 2012-06-02, date_precision: 1}
    - {id: then, name: A riot, kind: crackdown, started_on: 2013-03-03, ended_on: 2013-03-03, date_precision: 1}
  figures:
    - {id: about-killed, event: about, measure: killed, unit: people, basis: flow, best: 3}
    - {id: then-killed, event: then, measure: killed, unit: people, basis: flow, best: 4}
"""
)
INVENTED = collection(KINDS, 40)
BY_ID = {kind.name: {row["id"]: row for row in INVENTED[kind.plural]} for kind in KINDS.values()}
FOUND = [kind for kind in KINDS.values() if kind.finds]
PLACE, EVENT = (next(row for row in INVENTED[plural] if " " not in row["name"].strip()) for plural in ("locations", "events"))
SEARCHES = [
    "e",
    "a b",
    "killed",
    "killed a",
    "women e",
    PLACE["name"],
    EVENT["name"],
    f"killed {EVENT['name']}",
    "nothing-has-this",
    "a e i o",
    "%",
    "injured killed",
]


def has_word(kind: Kind, row: Cells, word: str) -> bool:
    names = [row.get(one.name) for one in kind.searched]
    if names and fold(word) in fold(" ".join(" ".join(one) if isinstance(one, list) else one for one in names if one is not None)):
        return True
    for name in kind.finds:
        field, value = kind.fields[name], row.get(name)
        if value is None:
            continue
        if field.type.ref and has_word(KINDS[field.type.ref], BY_ID[field.type.ref][value], word):
            return True
        if field.type.vocabulary and value in field.type.vocabulary.codes_with(word):
            return True
    return False


@pytest.mark.sampled(10)
@pytest.mark.parametrize("kind", FOUND, ids=lambda kind: kind.name)
@pytest.mark.parametrize("text", SEARCHES)
async def test_a_list_is_searched_in_names_codes_and_what_it_refers_to(invented: Instance, kind: Kind, text: str) -> None:
    expected = [row["id"] for row in INVENTED[kind.plural] if all(has_word(kind, row, word) for word in text.split())]
    listed = await invented.client.get(f"/v1/{kind.plural}", params={"search": text, "limit": "1000", "fields": "id", "count": "exact"})
    assert ([one["id"] for one in listed.json()["data"]], listed.json()["count"]) == (sorted(expected), len(expected))
    document = f"query ($text: String, $after: String) {{ page: {kind.plural}(search: $text, first: 7, after: $after) {{ totalCount nodes {{ slug }} pageInfo {{ endCursor hasNextPage }} }} }}"
    walked: list[str] = []
    after = None
    while True:
        page = (await invented.graphql(document, text=text, after=after))["page"]
        walked += [one["slug"] for one in page["nodes"]]
        assert page["totalCount"] == len(expected)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert walked == sorted(expected)
    past = await invented.get(f"/v1/{kind.plural}?revision=0&search=e")
    assert past["data"] == []
    table = await invented.client.get(f"/v1/{kind.plural}.csv", params={"search": text, "fields": "id"})
    assert table.text.split()[1:] == sorted(expected)


async def test_an_event_is_found_by_its_place_and_a_figure_by_both(aleppo: Instance) -> None:
    found = {one["id"] for one in (await aleppo.get("/v1/figures?search=displaced+Aleppo&limit=1000"))["data"]}
    assert found == {"aleppo-displacement-2024-displaced", "aleppo-flight-to-idlib-2024-displaced"}
    (there,) = (await aleppo.get("/v1/events?search=wan+hka&fields=name,location.name"))["data"]
    assert there["id"] == "ucdp-ged-48761" and there["location"]["name"] == "Wan Hka area" and "Wan Hka" not in there["name"]
    assert (await aleppo.get("/v1/figures?search=killed+wan+hka&population=all"))["data"][0]["id"] == "ucdp-ged-48761-total"


# Across kinds


def other_ids(kind: Kind, row: Cells) -> list[str]:
    """The id of a record, and the numbers and ids that somebody else gave it."""
    names = [one.name for one in kind.fields.values() if one.index and one.type in (TEXT, INTEGER)]
    return [row["id"], *(str(row[name]).strip() for name in names if row.get(name) is not None)]


async def searched(on: Instance, text: str, limit: int = 100, **parameters: str) -> list[tuple[str, str, str]]:
    """What both surfaces find, which must be the same: kinds, ids and why."""
    answer = await on.client.get("/v1/search", params={"text": text, "limit": str(limit), **parameters})
    assert answer.status_code == 200, answer.text
    found = [(one["kind"], one["record"]["id"], one["match"]) for one in answer.json()["data"]]
    selected = "".join(f"... on {kind.graphql} {{ slug }} " for kind in KINDS.searchable)
    question = f"search(text: $text, first: $first) {{ nodes {{ __typename {selected} }} edges {{ match node {{ __typename ... on Node {{ id }} }} }} pageInfo {{ hasNextPage }} }}"
    if parameters:
        question = f"snapshot(revision: {parameters['revision']}) {{ {question} }}"
    data = await on.graphql(f"query ($text: String!, $first: Int) {{ {question} }}", text=text, first=limit)
    page = (data["snapshot"] if parameters else data)["search"]
    by_type = {kind.graphql: kind.name for kind in KINDS.values()}
    assert [(by_type[one["__typename"]], one["slug"]) for one in page["nodes"]] == [(kind, id) for kind, id, _ in found]
    assert [(one["node"]["id"].partition("@")[0], one["match"].lower()) for one in page["edges"]] == [
        (f"{kind}:{id}", match) for kind, id, match in found
    ]
    assert page["pageInfo"]["hasNextPage"] == answer.json()["more"]
    return found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("aleppo-offensive-2024", ("event", "aleppo-offensive-2024", "id")), ("event:aleppo-offensive-2024", ("event", "aleppo-offensive-2024", "id")),
        ("48761", ("event", "ucdp-ged-48761", "id")), ("ucdp-ged-48761", ("event", "ucdp-ged-48761", "id")),
        ("حلب", ("location", "aleppo-city", "name")), ("aleppo", ("location", "aleppo-city", "name")), ("hts", ("actor", "hayat-tahrir-al-sham", "name")),
        ("Hay'at Tahrir", ("actor", "hayat-tahrir-al-sham", "start")), ("rebels syrian", ("actor", "syrian-opposition-forces", "words")),
        ("displaced Aleppo", ("figure", "aleppo-displacement-2024-displaced", "related")),
        ("displaced Aleppo November 2024", ("figure", "aleppo-displacement-2024-displaced", "related")),
        ("Displaced: Aleppo?", ("figure", "aleppo-displacement-2024-displaced", "related")), ("(aleppo)", ("location", "aleppo-city", "name")),
        ("displaced/refugees Aleppo", ("figure", "aleppo-displacement-2024-displaced", "related")), ("\u201cHay'at Tahrir\u201d", ("actor", "hayat-tahrir-al-sham", "words")),
        ("displaced, Aleppo, November 2024.", ("figure", "aleppo-displacement-2024-displaced", "related")), ("48761.", ("event", "ucdp-ged-48761", "id")),
        ("casualties Aleppo University", ("figure", "aleppo-university-campus-shelling-2024-killed", "related")),
        ("16 May 1989", ("event", "ucdp-ged-48761", "related")), ("1989-05-16", ("event", "ucdp-ged-48761", "related")), ("May 16, 1989", ("event", "ucdp-ged-48761", "related")),
    ],
)  # fmt: skip
async def test_a_search_finds_what_is_meant_first(aleppo: Instance, text: str, first: tuple[str, str, str]) -> None:
    found = await searched(aleppo, text)
    assert found[0] == first and len(found) == len({(kind, id) for kind, id, _ in found})
    assert found[:1] == await searched(aleppo, text, 1)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "text", ["e", "a b", "killed a", PLACE["name"].strip(), f"killed {EVENT['name']}", "event-0003", "%", "nothing-has-this"]
)
async def test_a_search_finds_what_lists_find(invented: Instance, text: str) -> None:
    found = await searched(invented, text)
    listed = {
        (kind.name, row["id"])
        for kind in KINDS.searchable
        for row in INVENTED[kind.plural]
        if all(has_word(kind, row, word) for word in text.split())
    }
    by_id = {(kind.name, row["id"]) for kind in KINDS.searchable for row in INVENTED[kind.plural] if text in other_ids(kind, row)}
    complete = len(found) < 100
    assert {(kind, id) for kind, id, _ in found} == listed | by_id if complete else {(kind, id) for kind, id, _ in found} <= listed | by_id
    order = ["id", "name", "start", "words", "related"]
    kinds = [kind.name for kind in KINDS.searchable]
    assert found == sorted(found, key=lambda one: (order.index(one[2]), kinds.index(one[0]), one[1]))
    assert await searched(invented, text, revision="0") == []
    assert {(kind, id) for kind, id, _ in await searched(invented, text, revision="1")} == {(kind, id) for kind, id, _ in found}


DAYS = [
    "displaced Aleppo November 2024",
    "Aleppo 2024",
    "16 May 1989",
    "1989-05-16",
    "killed 1989",
    "2024-11",
    "Aleppo 1989",
    "in 2024 no such word",
]


@pytest.mark.parametrize("text", DAYS)
async def test_a_list_reads_days_as_the_search_across_kinds_does(aleppo: Instance, text: str) -> None:
    found = await searched(aleppo, text)
    assert len(found) < 100
    for kind in (KINDS["event"], KINDS["figure"]):
        expected = sorted(id for name, id, _ in found if name == kind.name)
        listed = await aleppo.client.get(f"/v1/{kind.plural}", params={"search": text, "limit": "1000", "fields": "id"})
        assert [one["id"] for one in listed.json()["data"]] == expected
        document = f"query ($text: String) {{ page: {kind.plural}(search: $text, first: 100) {{ totalCount nodes {{ slug }} }} }}"
        page = (await aleppo.graphql(document, text=text))["page"]
        assert ([one["slug"] for one in page["nodes"]], page["totalCount"]) == (expected, len(expected))


async def test_a_list_also_looks_for_a_year_in_names(changed_names: Instance) -> None:
    """An event of 2012 about the elections of 2013 has that year in its name, a figure in that of its event."""
    for search, events in {
        "elections 2013": ["about"],
        "2013": ["about", "then"],
        "riot 2013": ["then"],
        "elections 2012": ["about"],
    }.items():
        listed = await changed_names.client.get("/v1/events", params={"search": search, "fields": "id"})
        assert [one["id"] for one in listed.json()["data"]] == events, search
        counted = await changed_names.client.get("/v1/figures", params={"search": f"killed {search}", "fields": "event.id"})
        assert [one["event"]["id"] for one in counted.json()["data"]] == events, search


@pytest_asyncio.fixture
async def changed_names(store: Instance) -> AsyncIterator[Instance]:
    store.write("paper.yaml", NAMED)
    await store.load()
    async with store.app.router.lifespan_context(store.app), store.client:
        yield store


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({}, "text: is missing"), ({"text": " "}, "text: give at least one word"), ({"text": "a " * 11}, "text: 11 words"), ({"text": "a", "limit": "101"}, "limit: must be between 1 and 100"),
        ({"text": "a", "limit": "0"}, "limit: must be"), ({"q": "a"}, "q: is not a parameter here"), ({"text": "\u064b"}, "text: has only accents"),
    ],
)  # fmt: skip
async def test_a_search_that_means_nothing_is_refused(aleppo: Instance, parameters: dict[str, str], detail: str) -> None:
    answer = await aleppo.client.get("/v1/search", params=parameters)
    assert answer.status_code == 400 and answer.json()["detail"].startswith(detail), answer.text


@pytest.mark.parametrize("first", [1, 2, 100])
def test_the_branches_of_a_search_are_planned_alike_for_every_size(first: int) -> None:
    """A branch with a limit of two was read in the order of ids, each compared with a list of others: ten seconds where nothing matched."""
    scope = Scope(KINDS, graphql=True)
    node = Search("search", KINDS.searchable, sought(KINDS, "civilians"), (FoundRecords("data", (), (FoundKind("kind"),)),), first)
    limits = re.findall(r"limit (\d+)", found(scope, node))
    assert len(limits) > 10 and set(limits[:-1]) == {str(MAX_FOUND + 1)} and limits[-1] == str(first + 1)


@pytest.mark.parametrize("kind", KINDS.searchable, ids=lambda kind: kind.name)
def test_the_branches_of_a_searched_list_are_planned_for_no_fewer_rows(kind: Kind) -> None:
    words = sought(KINDS, "civilians").words
    text = page(Scope(KINDS, graphql=True), Page("list", kind, (Nodes("nodes", (Id("id"),)),), search=words, first=1), None)
    limits = re.findall(r"limit (greatest[^)]*\)|\d+)", text)
    assert len(limits) > 1 and set(limits[:-1]) == {"greatest(1, 101)"} and limits[-1] == "1"
