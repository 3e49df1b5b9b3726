"""Lists come in the order that was asked for, page by page, and a walk through them never skips or repeats."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest

from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from ..conftest import Instance, source
from ..support.invented import (
    TEXTS,
    Cells,
    collection,
    fold,
    ordered,
)
from .test_search import has_word

INVENTED = collection(KINDS, 40)
ORDERS = [
    pytest.param(kind, one, descending, id=f"{kind.name}-{'-' if descending else ''}{one.name}")
    for kind in KINDS.values() for one in kind.fields.values() if one.orderable for descending in (False, True)
]  # fmt: skip
KINDS_LISTED = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]
NEWER = "application/graphql-response+json"


def rows(kind: Kind) -> list[Cells]:
    return INVENTED[kind.plural]


def written(order: list[tuple[str, bool]]) -> str:
    return ",".join(f"{'-' if descending else ''}{name}" for name, descending in order)


async def rest_walk(on: Instance, address: str) -> list[str]:
    """The ids of every page, by the addresses of `next`."""
    found: list[str] = []
    following: str | None = address
    while following:
        page = await on.get(following)
        assert page["data"] or following == address, "an empty page follows another"
        assert not {one["id"] for one in page["data"]} & set(found), "a page repeats what was on another"
        found += [one["id"] for one in page["data"]]
        following = page["next"]
    return found


async def graphql_walk(on: Instance, kind: Kind, order: list[tuple[str, bool]], first: int, more: str = "") -> list[str]:
    """The ids of every page, by endCursor; what a page says of itself is checked on the way."""
    terms = ", ".join(f"{{{'slug' if name == 'id' else camel(name)}: {'DESC' if descending else 'ASC'}}}" for name, descending in order)
    question = f"""query ($after: String) {{ list: {kind.plural}(first: {first}, after: $after, orderBy: [{terms}]{more}) {{
        nodes {{ id: slug }} edges {{ cursor node {{ id: slug }} }} totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
    found: list[str] = []
    after: str | None = None
    while True:
        page = (await on.graphql(question, after=after))["list"]
        about, edges = page["pageInfo"], page["edges"]
        assert [edge["node"] for edge in edges] == page["nodes"]
        assert about["hasPreviousPage"] == (after is not None)
        assert (about["startCursor"], about["endCursor"]) == ((edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None))
        found += [one["id"] for one in page["nodes"]]
        assert about["hasNextPage"] == (len(found) < page["totalCount"])
        if not about["hasNextPage"]:
            assert len(found) == page["totalCount"]
            return found
        assert len(edges) == first
        after = about["endCursor"]


async def backward_walk(on: Instance, kind: Kind, order: list[tuple[str, bool]], last: int, more: str = "") -> list[str]:
    """The ids of every page from the end to the beginning, by startCursor, in the order of the list."""
    terms = ", ".join(f"{{{'slug' if name == 'id' else camel(name)}: {'DESC' if descending else 'ASC'}}}" for name, descending in order)
    question = f"""query ($before: String) {{ list: {kind.plural}(last: {last}, before: $before, orderBy: [{terms}]{more}) {{
        nodes {{ id: slug }} edges {{ cursor node {{ id: slug }} }} totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
    found: list[str] = []
    before: str | None = None
    while True:
        page = (await on.graphql(question, before=before))["list"]
        about, edges = page["pageInfo"], page["edges"]
        assert [edge["node"] for edge in edges] == page["nodes"]
        assert about["hasNextPage"] == (before is not None)
        assert (about["startCursor"], about["endCursor"]) == ((edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None))
        found = [*(one["id"] for one in page["nodes"]), *found]
        assert about["hasPreviousPage"] == (len(found) < page["totalCount"])
        if not about["hasPreviousPage"]:
            return found
        assert len(edges) == last
        before = about["startCursor"]


async def test_the_interpreter_of_these_tests_folds_as_the_database_does(invented: Instance) -> None:
    folded = await invented.rows("select t, fold(t) from unnest($1::text[]) t", TEXTS)
    assert {row[0]: row[1] for row in folded} == {text: fold(text) for text in TEXTS}


@pytest.mark.sampled(16)
@pytest.mark.parametrize(("kind", "one", "descending"), ORDERS)
async def test_a_walk_equals_the_whole_list_in_order(invented: Instance, kind: Kind, one: Field, descending: bool) -> None:
    order = [(one.name, descending)]
    expected = ordered(kind, rows(kind), order)
    size = 3 + len(one.name) % 11  # Another size for each field: pages end among nulls, among ties and between them.
    assert await graphql_walk(invented, kind, order, size) == expected
    assert await rest_walk(invented, f"/v1/{kind.plural}?order={written(order)}&limit={size + 4}&fields=id") == expected


@pytest.mark.sampled(8)
@pytest.mark.parametrize(("kind", "one", "descending"), ORDERS)
async def test_a_walk_backward_equals_the_whole_list_in_order(invented: Instance, kind: Kind, one: Field, descending: bool) -> None:
    order = [(one.name, descending)]
    expected = ordered(kind, rows(kind), order)
    assert await backward_walk(invented, kind, order, 3 + len(one.name) % 11) == expected
    first_page = f"last: {len(expected)}, orderBy: [{{{camel(one.name)}: {'DESC' if descending else 'ASC'}}}]"
    page = (await invented.graphql(f"{{ list: {kind.plural}({first_page}) {{ nodes {{ id: slug }} pageInfo {{ hasPreviousPage }} }} }}"))[
        "list"
    ]
    assert [one["id"] for one in page["nodes"]] == expected and not page["pageInfo"]["hasPreviousPage"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kind", KINDS_LISTED)
async def test_an_order_of_several_terms_is_walked(invented: Instance, kind: Kind) -> None:
    names = [one.name for one in kind.fields.values() if one.orderable]
    turns = itertools.cycle([(True, False, True), (False, True, False), (False, False, True)])
    for terms, turn in zip(zip(names, names[1:], names[2:], strict=False), turns, strict=False):
        order = list(zip(terms, turn, strict=True))
        assert await rest_walk(invented, f"/v1/{kind.plural}?order={written(order)}&limit=9&fields=id") == ordered(kind, rows(kind), order)
    order = [(names[0], True), ("id", False)]
    expected = [row["id"] for row in sorted(rows(kind), key=lambda row: row["id"])]
    assert await graphql_walk(invented, kind, [("id", False)], 7) == expected
    assert await graphql_walk(invented, kind, [("id", True)], 7) == expected[::-1]
    assert await graphql_walk(invented, kind, order, 7) == ordered(kind, rows(kind), order)
    order = [(names[0], True), (names[1], False), ("id", True)]
    assert await backward_walk(invented, kind, order, 7) == ordered(kind, rows(kind), order)


@pytest.mark.parametrize("size", [1, 2, 39, 40, 41, 1000])
async def test_any_size_of_page_gives_the_same_list(invented: Instance, size: int) -> None:
    kind = KINDS["actor"]
    order = [("native_name", False), ("kind", True)]
    assert await graphql_walk(invented, kind, order, size) == ordered(kind, rows(kind), order)
    assert await rest_walk(invented, f"/v1/actors?order=native_name,-kind&limit={size}&fields=id") == ordered(kind, rows(kind), order)


async def test_a_walk_keeps_its_conditions_and_search(invented: Instance) -> None:
    kind = KINDS["event"]
    chosen = [row for row in rows(kind) if row["kind"] != "battle" and has_word(kind, row, "e")]
    expected = ordered(kind, chosen, [("started_on", True)])
    assert 3 < len(expected) < 40
    assert await rest_walk(invented, "/v1/events?order=-started_on&limit=2&kind.ne=battle&search=e") == expected
    assert await graphql_walk(invented, kind, [("started_on", True)], 2, ', search: "e", where: {kind: {ne: BATTLE}}') == expected


async def test_nested_lists_are_walked_by_their_own_cursors(invented: Instance) -> None:
    kind = KINDS["figure"]
    event = max((row["id"] for row in rows(KINDS["event"])), key=lambda id: sum(row["event"] == id for row in rows(kind)))
    expected = ordered(kind, [row for row in rows(kind) if row["event"] == event], [("best", True)])
    assert len(expected) > 2
    question = """query ($id: ID!, $after: String) { event(id: $id) { figures(first: 1, after: $after, orderBy: [{best: DESC}]) {
        nodes { id: slug } totalCount pageInfo { hasNextPage endCursor } } } }"""
    found, after = [], None
    while True:
        page = (await invented.graphql(question, id=event, after=after))["event"]["figures"]
        found += [one["id"] for one in page["nodes"]]
        assert page["totalCount"] == len(expected)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == expected


async def test_nested_lists_are_walked_backward(invented: Instance) -> None:
    kind = KINDS["figure"]
    event = max((row["id"] for row in rows(KINDS["event"])), key=lambda id: sum(row["event"] == id for row in rows(kind)))
    expected = ordered(kind, [row for row in rows(kind) if row["event"] == event], [("id", False)])
    question = """query ($id: ID!, $before: String) { event(id: $id) { figures(last: 1, before: $before) {
        nodes { id: slug } pageInfo { hasPreviousPage startCursor } } plain: figures(last: 2) { nodes { id: slug } } } }"""
    found: list[str] = []
    before = None
    while True:
        answer = (await invented.graphql(question, id=event, before=before))["event"]
        assert [one["id"] for one in answer["plain"]["nodes"]] == expected[-2:]
        found = [answer["figures"]["nodes"][0]["id"], *found]
        if not answer["figures"]["pageInfo"]["hasPreviousPage"]:
            break
        before = answer["figures"]["pageInfo"]["startCursor"]
    assert found == expected


@pytest.mark.parametrize(
    ("arguments", "named"),
    [("first: 1, last: 1", "first, last"), ('first: 1, before: "x"', "first, before"), ('after: "x", last: 2', "after, last")],
)
async def test_a_page_has_one_direction(invented: Instance, arguments: str, named: str) -> None:
    for field in (f"events({arguments}) {{ totalCount }}", f"revisions({arguments}) {{ totalCount }}"):
        answer = (await invented.client.post("/graphql", json={"query": f"{{ {field} }}"})).json()
        assert answer["errors"][0]["message"].startswith(f"{named}: a page is read forward (first, after) or backward (last, before)")


async def test_a_nested_list_in_rest_has_the_url_of_its_next_page(instance: Instance) -> None:
    figures = "\n".join(f"    - {{id: f{number:03}, event: e, measure: killed, best: {number}}}" for number in range(150))
    await instance.load(paper=source() + f"claims:\n  events:\n    - {{id: e, name: E, kind: battle}}\n  figures:\n{figures}\n")
    event = (await instance.get("/v1/events/e?fields=figures.best,figures.event&provenance=none"))["data"]
    assert len(event["figures"]["data"]) == 100
    rest = await instance.get(event["figures"]["next"])
    assert [one["id"] for one in event["figures"]["data"] + rest["data"]] == [f"f{number:03}" for number in range(150)]
    assert rest["data"][0].keys() == event["figures"]["data"][0].keys()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("channel", ["graphql", "rest"])
async def test_a_walk_survives_loads_in_its_own_revision(instance: Instance, channel: str) -> None:
    def actors(*names: str) -> str:
        return source() + "claims:\n  actors:\n" + "".join(f"    - {{id: {name[0]}, name: {name}, kind: state}}\n" for name in names)

    await instance.load(paper=actors("ant", "bee", "cat", "dog", "elk", "fox"))
    found: list[str] = []
    cursor, following = None, "/v1/actors?order=-name&limit=2&fields=name"
    loads = iter(
        [actors("bat", "zebra", "cat", "dog", "elk", "fox"), actors("fox", "gnu"), actors("ant", "bee", "cow", "doe", "eel", "fly")]
    )
    for _ in range(3):
        if channel == "graphql":
            question = "query ($after: String) { actors(first: 2, after: $after, orderBy: [{name: DESC}]) { nodes { name } totalCount pageInfo { endCursor } } }"
            page = (await instance.graphql(question, after=cursor))["actors"]
            found += [one["name"] for one in page["nodes"]]
            cursor = page["pageInfo"]["endCursor"]
            assert page["totalCount"] == 6
        else:
            answer = await instance.get(following)
            assert answer["revision"] == 1
            found += [one["name"] for one in answer["data"]]
            following = answer["next"]
        await instance.load(paper=next(loads))
    assert found == ["fox", "elk", "dog", "cat", "bee", "ant"]
    assert (await instance.get("/v1/revisions"))["revision"] == 4


def packed(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


BAD_CURSORS = {
    "garbage": "garbage!",
    "empty": "",
    "no base64": "é",
    "of one character": "A",
    "no JSON": base64.urlsafe_b64encode(b"{not json").decode(),
    "no UTF-8": base64.urlsafe_b64encode(b"[\"\xff\", 1, \"a\"]").decode(),
    "an object": base64.urlsafe_b64encode(b"{}").decode(),
    "too few values": packed("name,id", 1, "Aleppo"),
    "too many values": packed("name,id", 1, "Aleppo", "a", "b"),
    "of another order": packed("-name,-id", 1, "Aleppo", "actor-0001"),
    "of the order by id": packed("id", 1, "actor-0001"),
    "of another direction of the id": packed("name,-id", 1, "Aleppo", "actor-0001"),
    "of no order": packed(None, 1, "Aleppo", "actor-0001"),
    "of a future revision": packed("name,id", 99, "Aleppo", "actor-0001"),
    "of a negative revision": packed("name,id", -1, "Aleppo", "actor-0001"),
    "of a revision beyond bigint": packed("name,id", 2**64, "Aleppo", "actor-0001"),
    "of a revision that is no number": packed("name,id", "one", "Aleppo", "actor-0001"),
    "of a revision that is true": packed("name,id", True, "Aleppo", "actor-0001"),
    "of half a revision": packed("name,id", 0.5, "Aleppo", "actor-0001"),
    "with a number for text": packed("name,id", 1, 5, "actor-0001"),
    "with a list for text": packed("name,id", 1, ["Aleppo"], "actor-0001"),
    "with no id": packed("name,id", 1, "Aleppo", None),
    "with a NUL": packed("name,id", 1, "a\x00b", "actor-0001"),
    "with half a character": packed("name,id", 1, "a\ud800b", "actor-0001"),
    "with a number of five thousand digits": base64.urlsafe_b64encode(b'["name,id", 1, ' + b"9" * 5000 + b', "a"]').decode(),
    "of endless brackets": base64.urlsafe_b64encode(b"[" * 100_000).decode(),
}  # fmt: skip


@pytest.mark.parametrize("cursor", [pytest.param(cursor, id=name) for name, cursor in BAD_CURSORS.items()])
async def test_a_cursor_of_another_list_is_refused(invented: Instance, cursor: str) -> None:
    if len(cursor) < 60_000:  # An address that long the server itself refuses.
        answer = await invented.client.get("/v1/actors", params={"order": "name", "after": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-cursor"), answer.text
        assert answer.json()["detail"].startswith("after: ")
    question = "query ($after: String) { actors(after: $after, orderBy: [{name: ASC}]) { totalCount } }"
    body = {"query": question, "variables": {"after": cursor}}
    answer = await invented.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["problem"]) == (400, "bad-cursor"), answer.text


@pytest.mark.parametrize(("kind", "one", "bad"), [
    ("figure", "best", "much"), ("figure", "best", 1e400), ("location", "latitude", 91), ("event", "started_on", "2024-13-01"),
    ("event", "kind", "no-such-code"), ("event", "date_precision", 10**30), ("actor", "ucdp_id", 2**70), ("source", "redistributable", "perhaps"),
])  # fmt: skip
async def test_a_cursor_with_a_value_of_the_wrong_type_is_refused(invented: Instance, kind: str, one: str, bad: Any) -> None:
    answer = await invented.client.get(f"/v1/{KINDS[kind].plural}", params={"order": one, "after": packed(f"{one},id", 1, bad, "x")})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-cursor"), answer.text


async def test_a_cursor_of_a_removed_row_continues_at_its_place(invented: Instance) -> None:
    kind = KINDS["actor"]
    expected = [row for row in ordered(kind, rows(kind), [("name", False)]) if (fold(by_id(kind)[row]["name"]), row) > ("m", "nobody")]
    answer = await invented.get(f"/v1/actors?order=name&fields=id&after={packed('name,id', 1, 'm', 'nobody')}")
    assert [one["id"] for one in answer["data"]] == expected


def by_id(kind: Kind) -> dict[str, Cells]:
    return {row["id"]: row for row in rows(kind)}


async def test_a_walk_passes_text_that_folds_to_spaces_or_nothing(instance: Instance) -> None:
    names = ["ـ", "َ", "´", "´b", "´a", "¨ c", "a¨", "½ km", "zz", "a"]  # An accent by itself folds to a space.
    listed = "".join(f"    - {{id: a{number}, name: {json.dumps(name)}, kind: state}}\n" for number, name in enumerate(names))
    await instance.load(paper=source() + "claims:\n  actors:\n" + listed)
    whole = [one["id"] for one in (await instance.get("/v1/actors?order=name"))["data"]]
    assert sorted(whole) == [f"a{number}" for number in range(len(names))]
    for size in (1, 2, 3):
        assert await rest_walk(instance, f"/v1/actors?order=name&limit={size}") == whole
        assert await rest_walk(instance, f"/v1/actors?order=-name&limit={size}") == whole[::-1]


@pytest.mark.parametrize("first", [0, -1, 1001, 2**31 - 1])
async def test_a_page_has_between_one_and_a_thousand_records(invented: Instance, first: int) -> None:
    question = f'{{ event(id: "event-0001") {{ figures(first: {first}) {{ totalCount }} }} actors(first: {first}) {{ totalCount }} }}'
    answer = await invented.client.post("/graphql", json={"query": question}, headers={"accept": NEWER})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == f"first: must be between 1 and 1000, not {first}"
    answer = await invented.client.get(f"/v1/actors?limit={first}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")


async def test_an_empty_list_has_no_cursors_and_no_next(invented: Instance) -> None:
    question = '{ actors(where: {id: {eq: "nobody"}}) { nodes { id: slug } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }'
    assert (await invented.graphql(question))["actors"] == {
        "nodes": [], "totalCount": 0,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }  # fmt: skip
    answer = await invented.client.get("/v1/actors?native_name=nobody")
    assert answer.json() == {"revision": 1, "data": [], "next": None}
    assert "link" not in answer.headers


async def test_the_total_counts_every_page_whichever_is_asked_for(invented: Instance) -> None:
    question = (
        "query ($after: String) { events(first: 1, after: $after, where: {country: {known: true}}) { totalCount pageInfo { endCursor } } }"
    )
    known = sum("country" in row for row in rows(KINDS["event"]))
    page = (await invented.graphql(question))["events"]
    assert page["totalCount"] == known
    assert (await invented.graphql(question, after=page["pageInfo"]["endCursor"]))["events"]["totalCount"] == known


@pytest.mark.parametrize("order", ["location", "aliases", "nothing", "name,name", "id,-id", "--name", "", "name;drop", "fold(name)"])
async def test_an_invalid_order_is_refused(invented: Instance, order: str) -> None:
    answer = await invented.client.get("/v1/events", params={"order": order})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")
    assert answer.json()["detail"].startswith("order: ")
