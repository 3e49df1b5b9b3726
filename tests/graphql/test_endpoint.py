"""GraphQL over HTTP as its specification has it; and whatever is asked, the cost is bounded and no resolver ever runs."""

from __future__ import annotations

import gc
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from graphql import FragmentDefinitionNode, OperationDefinitionNode, execute_sync, get_introspection_query, parse

from api.app import create_app
from api.errors import catalogue
from api.graphql import introspection
from api.graphql.documents import MAX_VALID_DOCUMENTS
from api.graphql.errors import GRAPHQL_CODES
from api.graphql.schema import make_schema
from api.settings import Settings
from schema.kinds import KINDS
from schema.model.completeness import complete
from schema.model.declaration_error import BadDeclaration
from schema.surfaces.graphql import resolvers as schema_resolvers
from schema.surfaces.graphql.surface import Surface

from ..conftest import Instance

OLD, NEW = "application/json", "application/graphql-response+json"
EVENT = "aleppo-offensive-2024"
SECONDS = 30  # Of processor time, on a busy machine; what is not refused would take minutes.


async def post(client: httpx2.AsyncClient, query: object, accept: str = NEW, **more: object) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers={"accept": accept})


def code(answer: httpx2.Response) -> str:
    (error, *_) = answer.json()["errors"]
    return str(error["extensions"]["problem"])


@pytest.fixture(autouse=True)
def resolvers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """The promise under every test here: an answer is compiled, never resolved. Whoever expects one to run empties the list."""
    ran: list[object] = []
    monkeypatch.setattr(schema_resolvers, "never", lambda *given, **named: ran.append((given, named)))
    yield ran
    assert not ran


# Media types and statuses


@pytest.mark.parametrize(("accept", "expected"), [
    (NEW, NEW), (OLD, OLD), ("*/*", OLD), ("application/*", OLD), ("", OLD), (f"{OLD}, {NEW}", NEW), (f"{NEW}; charset=utf-8", NEW), (NEW.upper(), NEW),
    (f"{NEW};q=0, {OLD}", OLD), (f"{OLD};q=0.9, */*;q=0.1", OLD), (f"text/html, {OLD}", OLD), (f"{NEW};q=0.5,{OLD};q=0.4", NEW),
])  # fmt: skip
async def test_the_response_has_the_accepted_media_type(client: httpx2.AsyncClient, accept: str, expected: str) -> None:
    answer = await post(client, "{ __typename }", accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{expected}; charset=utf-8")
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("accept", ["text/plain", "image/png, text/css", f"{OLD};q=0", "application/xml"])
async def test_an_unsupported_media_type_is_refused(client: httpx2.AsyncClient, accept: str) -> None:
    answer = await post(client, "{ __typename }", accept)
    assert (answer.status_code, answer.json()["code"]) == (406, "no-such-format")


REFUSED = {
    "a syntax error": ("{", "graphql-syntax", 400),
    "nothing but a comment": ("# nothing", "graphql-syntax", 400),
    "an unknown field": ("{ evnts { id: slug } }", "graphql-invalid", 400),
    "a missing argument": ("{ event { id: slug } }", "graphql-invalid", 400),
    "an unused variable": ("query ($a: Int) { __typename }", "graphql-invalid", 400),
    "an undefined variable": ("{ events(first: $a) { totalCount } }", "graphql-invalid", 400),
    "a missing variable": ("query ($id: ID!) { event(id: $id) { id: slug } }", "graphql-invalid", 400),
    "an unknown fragment": ("{ ...F }", "graphql-invalid", 400),
    "a fragment that spreads itself": ("{ ...F } fragment F on Query { ...F }", "graphql-invalid", 400),
    "an unknown directive": ("{ __typename @no }", "graphql-invalid", 400),
    "fields that cannot be merged": ('{ a: event(id: "x") { id: slug } a: event(id: "y") { id: slug } }', "graphql-invalid", 400),
    "a mutation": ("mutation { load }", "bad-request", 400),
    "a subscription": ("subscription { events }", "bad-request", 400),
    "only a fragment": ("fragment F on Query { __typename }", "bad-request", 400),
    "several operations and no name": ("query A { __typename } query B { __typename }", "bad-request", 400),
    "a bad argument": ("{ events(first: 0) { totalCount } }", "bad-argument", 400),
    "a bad cursor": ('{ events(after: "x") { totalCount } }', "bad-cursor", 400),
    "a revision that is not": ("{ snapshot(revision: 99) { __typename } }", "no-such-revision", 404),
    "too much": ("{ events(first: 1000) { nodes { figures(first: 1000) { nodes { id: slug } } } } }", "too-much", 400),
}


@pytest.mark.parametrize(("query", "expected", "status"), [pytest.param(*one, id=name) for name, one in REFUSED.items()])
async def test_an_invalid_request_is_refused_with_a_code(client: httpx2.AsyncClient, query: str, expected: str, status: int) -> None:
    """With the new media type the status tells; with the old one it is 200, as the specification wants of a well-formed request."""
    for accept, wanted in ((NEW, status), (OLD, 200)):
        answer = await post(client, query, accept)
        assert (answer.status_code, code(answer)) == (wanted, expected), answer.text
        assert "data" not in answer.json()


MALFORMED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the body: is not valid JSON: expecting value, in line 1, column 1"),
    "half a JSON": (b'{"query":', "the body: is not valid JSON: expecting value, in line 1, column 10"),
    "no UTF-8": (b"\xff", "the body: is not valid JSON: byte 1 is not UTF-8"),
    "endless brackets": (b"[" * 100_000, "the body: is not valid JSON: it is nested too deeply"),
    "a long number": (
        b'{"query": "{ a }", "variables": {"a": %b}}' % (b"9" * 5000),
        "the body: is not valid JSON: a number has too many digits",
    ),
    "half a character": (
        rb'{"query": "query ($a: String) { actors(search: $a) { totalCount } }", "variables": {"a": "\ud800"}}',
        r"the body: is not valid JSON: a \u escape is half of a character",
    ),
    "a batch": (
        b'[{"query": "{ __typename }"}]',
        "the body must be one JSON object with `query`; batches (lists of requests) are not supported",
    ),
    "a text": (b'"{ __typename }"', "the body must be one JSON object"),
    "no query": (b"{}", "query: is missing"),
    "a null query": (b'{"query": null}', "query: is missing"),
    "an empty query": (b'{"query": ""}', "query: is missing"),
    "a number for a query": (b'{"query": 1}', "query: must be text"),
    "a list of variables": (b'{"query": "{ __typename }", "variables": []}', "variables: must be an object"),
    "a text of variables": (b'{"query": "{ __typename }", "variables": "{}"}', "variables: must be an object"),
    "a number for a name": (b'{"query": "{ __typename }", "operationName": 1}', "operationName: must be text"),
    "a text of extensions": (b'{"query": "{ __typename }", "extensions": "a"}', "extensions: must be an object"),
    "half a character as bytes": (b'{"query": "{ __typename }", "operationName": "\xed\xa0\x80"}', "the body: is not valid JSON"),
    "UTF-16": ('{"query": "{ __typename }", "operationName": "\ud800"}'.encode("utf-16", "surrogatepass"), "the body: is not valid JSON"),
    "a list for a hash": (
        b'{"extensions": {"persistedQuery": {"sha256Hash": []}}}',
        "extensions: persistedQuery: must be an object with version, a number, and sha256Hash, text",
    ),
    "an object for a hash": (
        b'{"extensions": {"persistedQuery": {"sha256Hash": {}}}}',
        "extensions: persistedQuery: must be an object with version, a number, and sha256Hash, text",
    ),
}


@pytest.mark.parametrize(("body", "message"), [pytest.param(*one, id=name) for name, one in MALFORMED.items()])
async def test_a_malformed_request_is_400_with_either_media_type(client: httpx2.AsyncClient, body: bytes, message: str) -> None:
    for accept in (OLD, NEW):
        answer = await client.post("/graphql", content=body, headers={"content-type": OLD, "accept": accept})
        assert (answer.status_code, code(answer)) == (400, "bad-request")
        assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
        assert answer.json()["errors"][0]["message"].startswith(message)


async def test_an_error_is_the_same_for_a_new_and_a_known_document(client: httpx2.AsyncClient) -> None:
    query = "query ($a: Boolean = true) { actors(first: 1) { nodes { id: slug @include(if: $a) } } } # alike"
    first = await post(client, query, variables={"a": None})
    assert code(first) == "graphql-invalid"
    await post(client, query)
    assert (await post(client, query, variables={"a": None})).json() == first.json()


@pytest.mark.parametrize(
    "type", ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", None]
)
async def test_a_body_that_is_not_json_is_refused_by_its_content_type(client: httpx2.AsyncClient, type: str | None) -> None:
    answer = await client.post("/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": type} if type else {})
    assert (answer.status_code, code(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("type", ["Application/JSON; charset=utf-8", "application/json;charset=utf-8"])
async def test_parameters_of_the_content_type_are_ignored(client: httpx2.AsyncClient, type: str) -> None:
    assert (await client.post("/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": type})).status_code == 200


async def test_reading_stops_at_the_body_limit(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65_536
            yield b" " * 65_536

    answer = await client.post("/graphql", content=endless(), headers={"content-type": OLD})
    assert (answer.status_code, code(answer)) == (413, "too-large")
    padded = json.dumps({"query": "{ __typename }", "extensions": {"pad": "x" * 262_000}})
    assert len(padded) < Settings().max_body
    assert (await client.post("/graphql", content=padded.encode(), headers={"content-type": OLD})).status_code == 200


async def test_a_query_can_be_sent_by_get(client: httpx2.AsyncClient) -> None:
    asked = {
        "query": "query A($id: ID!) { event(id: $id) { name } } query B { __typename }",
        "variables": json.dumps({"id": EVENT}),
        "operationName": "A",
    }
    answer = await client.get("/graphql", params=asked, headers={"accept": NEW})
    assert (answer.status_code, answer.json()["data"]["event"]["name"]) == (200, "Opposition offensive on Aleppo")
    answer = await client.get("/graphql", params={"query": "{ __typename }", "operationName": "", "extensions": "{}"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    head = await client.head("/graphql", params=asked)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(("asked", "message"), [
    ({}, "query: is missing"), ({"query": ""}, "query: is missing"), ({"query": "{ __typename }", "variables": "{"}, "variables: is not valid JSON"),
    ({"query": "{ __typename }", "variables": "[]"}, "variables: must be an object"), ({"query": "mutation { load }"}, "query: only queries are supported"),
])  # fmt: skip
async def test_a_malformed_get_is_refused(client: httpx2.AsyncClient, asked: dict[str, str], message: str) -> None:
    answer = await client.get("/graphql", params=asked, headers={"accept": NEW})
    assert answer.status_code == 400 and answer.json()["errors"][0]["message"].startswith(message)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_another_method_is_refused(client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert answer.status_code == 405 and {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


# Documents


async def test_an_operation_is_chosen_by_name(client: httpx2.AsyncClient) -> None:
    document = 'query A { event(id: "none") { id: slug } } query B { __typename } query C { c: __typename }'
    for name, expected in (("A", {"event": None}), ("B", {"__typename": "Query"}), ("C", {"c": "Query"})):
        assert (await post(client, document, operationName=name)).json()["data"] == expected
    for missing in ({}, {"operationName": None}, {"operationName": ""}):
        answer = await post(client, document, **missing)
        assert answer.json()["errors"][0]["message"] == "operationName: the document has several operations; name one of A, B, C"
    answer = await post(client, document, operationName="D")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, 'Unknown operation named "D".')
    assert (await post(client, "query Only { __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_fragments_aliases_and_repeated_keys_are_merged(aleppo: Instance) -> None:
    found = await aleppo.graphql(
        """query ($id: ID!) {
             event(id: $id) { name ...Place figures(first: 1) { nodes { id: slug } } }
             ... on Query { event(id: $id) { kind figures(first: 1) { nodes { measure } totalCount } } }
             ...Root
           }
           fragment Root on Query { event(id: $id) { begun: startedOn ... { location { country } } } again: event(id: $id) { name } }
           fragment Place on Event { location { ...Named } }
           fragment Named on Location { name here: name }""",
        id=EVENT,
    )
    assert list(found) == ["event", "again"]
    assert list(found["event"]) == ["name", "location", "figures", "kind", "begun"]
    assert found["event"]["location"] == {"name": "Aleppo", "here": "Aleppo", "country": "SYR"}
    assert found["event"]["figures"]["nodes"][0].keys() == {"id", "measure"}
    assert found["event"]["figures"]["totalCount"] == 3


@pytest.mark.parametrize("with_name", [True, False])
async def test_skip_and_include_are_obeyed_everywhere(aleppo: Instance, with_name: bool) -> None:
    found = await aleppo.graphql(
        """query ($id: ID!, $yes: Boolean!, $no: Boolean = false) {
             event(id: $id) @include(if: $yes) { id: slug }
             other: event(id: $id) { id: slug name @skip(if: $yes) kind @include(if: $yes) ...F @include(if: $yes) ... @skip(if: $yes) { clarity }
                                     summary @skip(if: $no) @include(if: $no) }
             __schema @include(if: $yes) { queryType { name @skip(if: $no) } }
             ... @skip(if: $yes) { __type(name: "Event") { name } }
           } fragment F on Event { country }""",
        id=EVENT, yes=not with_name,
    )  # fmt: skip
    if with_name:
        assert list(found) == ["other", "__type"] and list(found["other"]) == ["id", "name", "clarity"]
        assert found["__type"] == {"name": "Event"}
    else:
        assert list(found) == ["event", "other", "__schema"] and list(found["other"]) == ["id", "kind", "country"]
        assert found["__schema"] == {"queryType": {"name": "Query"}}


async def test_a_document_that_skips_everything_returns_empty_data(client: httpx2.AsyncClient) -> None:
    assert (await post(client, "{ __typename @skip(if: true) }")).json() == {"data": {}}


async def test_typename_can_be_selected_everywhere(aleppo: Instance) -> None:
    found = await aleppo.graphql(
        """query ($id: ID!) { __typename t: __typename
             event(id: $id) { __typename location { __typename }
               figures { __typename edges { __typename node { __typename } } pageInfo { __typename } nodes { __typename } }
               claims { nodes { __typename source { __typename } quotedFrom { __typename } } }
               provenance { __typename name { __typename claims { __typename source { __typename } } } location { __typename claims { __typename value { __typename } } } } }
             revision { __typename } revisions { nodes { __typename } }
             snapshot(revision: 1) { __typename event(id: $id) { __typename } revision { __typename } } }""",
        id=EVENT,
    )
    event = found["event"]
    assert found["__typename"] == found["t"] == "Query" and event["__typename"] == "Event" and event["location"]["__typename"] == "Location"
    figures = event["figures"]
    assert figures["__typename"] == "FigureConnection" and figures["pageInfo"] == {"__typename": "PageInfo"}
    assert figures["edges"][0] == {"__typename": "FigureEdge", "node": {"__typename": "Figure"}} and figures["nodes"][0] == {
        "__typename": "Figure"
    }
    assert event["claims"]["nodes"][0]["__typename"] == "EventClaim" and event["claims"]["nodes"][0]["source"] == {"__typename": "Source"}
    provenance = event["provenance"]
    assert provenance["__typename"] == "EventProvenance" and provenance["name"]["__typename"] == "TextProvenance"
    assert provenance["name"]["claims"][0] == {"__typename": "TextValueClaim", "source": {"__typename": "Source"}}
    assert {"__typename": "Location"} in [claim["value"] for claim in provenance["location"]["claims"]]
    assert found["revision"] == found["revisions"]["nodes"][0] == {"__typename": "Revision"}
    assert found["snapshot"] == {"__typename": "Snapshot", "event": {"__typename": "Event"}, "revision": {"__typename": "Revision"}}


VARIABLES: list[tuple[str, str, Any, str]] = [
    ("Int", "events(first: $v) { totalCount }", "1", "Int cannot represent non-integer value"),
    ("Int", "events(first: $v) { totalCount }", 2**40, "Int cannot represent non 32-bit signed integer value"),
    ("String", "actors(search: $v) { totalCount }", 5, "String cannot represent a non string value"),
    ("ID!", "event(id: $v) { id: slug }", None, "non-null"),
    ("EventWhere", "events(where: $v) { totalCount }", {"nam": {"eq": "x"}}, "Did you mean 'name'"),
    ("EventWhere", "events(where: $v) { totalCount }", {"kind": {"eq": "battle"}}, "does not exist in 'EventKind' enum"),
    ("EventWhere", "events(where: $v) { totalCount }", {"startedOn": {"gte": 5}}, "must be text"),
    ("EventWhere", "events(where: $v) { totalCount }", {"id": {"oneOf": [None]}}, "not to be None"),
    ("[EventOrder!]", "events(orderBy: $v) { totalCount }", [{"name": "ASC", "kind": "ASC"}], "xactly one"),
    ("[EventOrder!]", "events(orderBy: $v) { totalCount }", [{"name": None}], "non-null"),
    ("[EventOrder!]", "events(orderBy: $v) { totalCount }", [{"name": "UP"}], "does not exist in 'Direction' enum"),
    ("EventWhere", "events(where: $v) { totalCount }", json.loads('{"not":' * 250 + "{}" + "}" * 250), "nested too deeply"),
]


@pytest.mark.parametrize(("type", "field", "value", "message"), VARIABLES)
async def test_a_variable_of_the_wrong_type_is_refused(client: httpx2.AsyncClient, type: str, field: str, value: Any, message: str) -> None:
    answer = await post(client, f"query ($v: {type}) {{ {field} }}", variables={"v": value})
    assert (answer.status_code, code(answer)) == (400, "graphql-invalid")
    assert message in answer.json()["errors"][0]["message"], answer.text


async def test_variables_have_defaults_and_may_be_left_out(aleppo: Instance) -> None:
    question = (
        "query ($first: Int = 2, $where: EventWhere = {kind: {eq: OFFENSIVE}}) { events(first: $first, where: $where) { nodes { kind } } }"
    )
    assert {one["kind"] for one in (await aleppo.graphql(question))["events"]["nodes"]} == {"OFFENSIVE"}
    assert len((await aleppo.graphql(question, where=None, first=None))["events"]["nodes"]) > 2
    assert len((await aleppo.graphql(question, where=None, first=3, unknown=1))["events"]["nodes"]) == 3


# Introspection


async def test_the_query_of_graphiql_returns_the_complete_schema(client: httpx2.AsyncClient) -> None:
    question = get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    answer = await post(client, question, OLD)
    found = answer.json()["data"]["__schema"]
    types = {one["name"]: one for one in found["types"]}
    assert found["queryType"]["name"] == "Query" and found["mutationType"] is None
    for kind in KINDS.values():
        assert len(types[kind.graphql]["fields"]) > len(kind.fields)
    unsaid = [
        f"{name}.{one['name']}"
        for name, type in types.items()
        if not name.startswith("__")
        for one in type["fields"] or []
        if not one["description"]
    ]
    assert not unsaid


async def test_introspection_mixes_with_facts_in_the_order_of_the_document(aleppo: Instance) -> None:
    found = await aleppo.graphql(
        """query ($name: String!, $id: ID!) {
             z: __type(name: $name) { name } event(id: $id) { id: slug } ...F a: __schema { queryType { ...N } } __typename ...F
           }
           fragment F on Query { s: __schema { queryType { name } } ... { m: __type(name: "Figure") { name } } n: event(id: $id) { name } }
           fragment N on __Type { name kind }""",
        name="Event", id=EVENT,
    )  # fmt: skip
    assert list(found) == ["z", "event", "s", "m", "n", "a", "__typename"]
    assert (
        found["z"] == {"name": "Event"}
        and found["m"] == {"name": "Figure"}
        and found["a"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    )
    assert found["event"] == {"id": EVENT} and found["n"]["name"]


async def test_introspection_needs_no_database() -> None:
    """It is answered from the schema alone, so that tools work while the database does not."""
    app = create_app(Settings(), "postgresql://reader@/none?host=/nowhere")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        assert (await post(client, '{ __type(name: "Event") { name } }')).json() == {"data": {"__type": {"name": "Event"}}}
        answer = await post(client, "{ revision { id: number } }")
        assert (answer.status_code, code(answer)) == (503, "unavailable")


# Bombs: bounded in time and memory, refused in words


def doubling(type: str, leaf: str, depth: int) -> str:
    """Fragments of which each spreads the next one twice."""
    spreads = " ".join(f"fragment f{number} on {type} {{ ...f{number + 1} ... {{ ...f{number + 1} }} }}" for number in range(depth))
    return f"{spreads} fragment f{depth} on {type} {{ {leaf} }}"


def chained(text: str, depth: int) -> str:
    """Fragments of which each spreads the next one in links."""
    links = " ".join(f"fragment f{number} on Event {{ {text.format(number + 1)} }}" for number in range(depth))
    return f"{links} fragment f{depth} on Event {{ id: slug }}"


def fields(text: str, times: int) -> str:
    return " ".join(text.replace("#", str(number)) for number in range(times))


BOMBS = {
    "deep nesting": ("{ events { nodes { " + "partOf { " * 150 + "id" + " }" * 150 + " } } }", "too-much"),
    "nesting beyond the parser": ("{ events { nodes { " + "partOf { " * 5000 + "id" + " }" * 5000 + " } } }", "graphql-syntax"),
    "nesting by fragments": ('{ event(id: "x") { ...f0 } } ' + chained("partOf {{ ...f{0} }}", 150), "too-much"),
    "many tokens": ('{ event(id: "x") {' + " name" * 11_000 + "} }", "graphql-syntax"),
    "one field ten thousand times": ('{ event(id: "x") {' + " name" * 3_900 + "} }", "too-much"),
    "one root hundreds of times": ("{" + ' event(id: "a") { id name }' * 350 + "}", "too-much"),
    "aliases of a root": (f"{{ {fields('a#: __typename', 2500)} }}", "graphql-syntax"),
    "aliases of a list": (f"{{ {fields('a#: events(first: 1000) { nodes { id: slug } }', 200)} }}", "too-much"),
    "a long alias": (f'{{ {"a" * 129}: event(id: "x") {{ id: slug }} }}', "too-much"),
    "a long alias often": (f'{{ event(id: "x") {{ {fields("a#: partOf { ...F }", 300)} }} }} fragment F on Event {{ {"z" * 100_000}: name }}', "too-much"),
    "one value of many records often": (f"{{ events(first: 1000) {{ nodes {{ {fields('a#: summary', 2500)} }} }} }}", "graphql-syntax"),
    "links that double": ('{ event(id: "x") { ...f0 } } ' + chained("a: partOf {{ ...f{0} }} b: partOf {{ ...f{0} }}", 20), "too-much"),
    "fragments that must be compared": ("{ event(id: \"x\") { ...g } } fragment g on Event { " + "partOf { partOf { partOf { id: slug name } } } " * 250 + "}", "too-much"),
    "introspection that doubles": ("{ ...f0 } " + doubling("Query", "__schema { types { name } }", 60), "too-much"),
    "introspection by alias": ("{" + fields("a#: __schema { types { name fields { name type { name } } } }", 200) + "}", "too-much"),
    "introspection in circles": ("{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }", "graphql-invalid"),
    "records in records": ("{ events(first: 1000) { nodes { figures(first: 100) { nodes { event { figures { nodes { id: slug } } } } } } } }", "too-much"),
    "records in records in the past": ("{ snapshot(revision: 1) { events(first: 1000) { edges { node { figures(first: 1000) { nodes { id: slug } } } } } } }", "too-much"),
    "many totals": (f"{{ {fields('a#: events(first: 1000) { totalCount }', 150)} }}", "too-much"),
}  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), [pytest.param(*bomb, id=name) for name, bomb in BOMBS.items()])
async def test_a_bomb_is_refused_in_time(client: httpx2.AsyncClient, query: str, expected: str) -> None:
    started = time.process_time()
    answer = await post(client, query)
    assert time.process_time() - started < SECONDS
    assert (answer.status_code, code(answer)) == (400, expected), answer.text[:500]
    assert len(answer.content) < 10_000


async def test_doubling_fragments_with_few_fields_are_answered_in_time(client: httpx2.AsyncClient) -> None:
    """The same fragments again are merged, not followed again."""
    started = time.process_time()
    answer = await post(client, f'{{ event(id: "{EVENT}") {{ ...f0 }} }} ' + doubling("Event", "name", 60))
    assert answer.json()["data"] == {"event": {"name": "Opposition offensive on Aleppo"}}
    answer = await post(client, "{ ...f0 } " + doubling("Query", "t: __typename", 60))
    assert answer.json() == {"data": {"t": "Query"}}
    assert time.process_time() - started < SECONDS


async def test_the_limits_leave_room_for_large_legitimate_queries(aleppo: Instance) -> None:
    every = " ".join(
        f"{one} {{ disputed origins claims {{ chosen rank locator source {{ id: slug title publisher relays {{ id: slug }} }} }} }}"
        for one in ("name", "kind", "startedOn", "location")
    )
    found = await aleppo.graphql(
        f"{{ events(first: 900) {{ totalCount nodes {{ id: slug name provenance {{ {every} }} figures {{ nodes {{ best low }} }} }} }} }}"
    )
    assert len(found["events"]["nodes"]) == found["events"]["totalCount"] > 40
    deep = (
        "{ events(first: 5) { nodes { "
        + "location { parts(first: 1) { nodes { events(first: 1) { nodes { " * 4
        + "id"
        + " } } } } }" * 4
        + " } } }"
    )
    assert (await aleppo.graphql(deep))["events"]["nodes"]
    alias = "a" * 128
    assert (await aleppo.graphql(f'{{ {alias}: event(id: "x") {{ id: slug }} }}')) == {alias: None}


async def test_many_different_documents_do_not_fill_the_memory(client: httpx2.AsyncClient) -> None:
    """Caches of documents are bounded: what is kept of each is let go."""

    def documents() -> int:
        gc.collect()
        return sum(type(one).__name__ == "DocumentNode" for one in gc.get_objects())

    before = documents()
    length = MAX_VALID_DOCUMENTS // 10
    for number in range(30):
        await post(client, f"{{ a{number}: __typename }} #{'x' * length}")
    assert documents() <= before + 10


# What goes wrong inside


@pytest_asyncio.fixture
async def broken(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> httpx2.AsyncClient:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(aleppo.app.state.store, "_run", fails)
    return aleppo.client


async def test_an_internal_error_is_logged_and_not_described(broken: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        for accept in (OLD, NEW):
            answer = await post(broken, "{ revision { id: number } }", accept)
            assert answer.status_code == 500
            assert answer.json() == {
                "errors": [
                    {
                        "message": "The server failed to process the request.",
                        "extensions": {"code": "INTERNAL_SERVER_ERROR", "problem": "internal"},
                    }
                ]
            }
    assert "the secret of the house" in caplog.text


async def test_a_client_error_is_described_and_not_logged(client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "api"), caplog.at_level(logging.INFO, "strawberry"):
        for query, _, _ in REFUSED.values():
            await post(client, query)
    assert not [record for record in caplog.records if record.name.startswith(("api", "strawberry"))]


async def test_the_resolver_check_can_fail(resolvers: list[object]) -> None:
    """The check that stands under every test of this file can fail."""
    executed = execute_sync(make_schema(Surface(KINDS))._schema, parse("{ revision { id: number } }"))
    assert executed.errors is None and executed.data == {"revision": None}
    assert len(resolvers) == 1
    resolvers.clear()


def test_the_query_of_graphiql_is_well_within_the_introspection_limit() -> None:
    document = parse(get_introspection_query(input_value_deprecation=True, specified_by_url=True))
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    assert introspection._estimated_values(operation.selection_set, fragments, {}) < introspection.MAX_INTROSPECTION_VALUES / 3


async def test_an_error_of_ours_says_at_which_field_it_was_found(client: httpx2.AsyncClient) -> None:
    query = "{\n  a: actors(first: 2) { totalCount }\n  events { nodes { killed: figures(first: 0) { totalCount } } }\n}"
    for _ in range(2):
        (error,) = (await post(client, query)).json()["errors"]
        assert error["path"] == ["events", "nodes", "killed"] and error["locations"] == [{"line": 3, "column": 20}]
        assert error["extensions"]["problem"] == "bad-argument" and "first: must be between 1 and 1000" in error["message"]
    document = "query ($n: Int) { events(first: $n) { totalCount } }"
    assert (await post(client, document, variables={"n": 5})).status_code == 200
    (error,) = (await post(client, document, variables={"n": 0})).json()["errors"]
    assert error["path"] == ["events"]


async def test_an_error_has_the_code_that_clients_expect_beside_ours(aleppo: Instance) -> None:
    """As Apollo Server has it; the table covers every error of the catalogue."""
    asked = {
        "{ nothing }": ("GRAPHQL_VALIDATION_FAILED", "graphql-invalid"), "{": ("GRAPHQL_PARSE_FAILED", "graphql-syntax"),
        "{ events(first: 0) { totalCount } }": ("BAD_USER_INPUT", "bad-argument"), '{ events(after: "x") { totalCount } }': ("BAD_USER_INPUT", "bad-cursor"),
        "{ snapshot(revision: 99) { __typename } }": ("NOT_FOUND", "no-such-revision"),
        "query ($n: Int!) { events(first: $n) { totalCount } }": ("BAD_USER_INPUT", "graphql-invalid"),
    }  # fmt: skip
    for query, (code, problem) in asked.items():
        (error,) = (await aleppo.client.post("/graphql", json={"query": query})).json()["errors"]
        assert error["extensions"] == {"code": code, "problem": problem}, error
    unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    (error,) = (await aleppo.client.post("/graphql", json=unknown)).json()["errors"]
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    with pytest.raises(BadDeclaration, match="lacks withheld"):
        complete("GRAPHQL_CODES", [code for code in GRAPHQL_CODES if code != "withheld"], [error.code for error in catalogue()])


@pytest.mark.parametrize(
    ("time", "accepted"),
    [
        ("2024-12-01", True), ("2024-12-01T00:00:00Z", True), ("2024-12-01T00:00", True), ("2024-12-01 00:00:00", True), ("2024-12-01T05:30:00.123456789+05:30", True),
        ("2024-12-01t00:00:00z", True), ("20241201", False), ("2024-12-01T24:00:00Z", False), ("2024-12-01T00:00:00 Z", False), ("1733011200", False),
        ("2024-13-01", False), ("", False), ("2024-W48-7", False), ("now", False),
    ],
)  # fmt: skip
async def test_a_time_is_read_as_its_scalar_says(aleppo: Instance, time: str, accepted: bool) -> None:
    for query, variables in (
        (f'{{ snapshot(asOf: "{time}") {{ revision {{ recordedAt }} }} }}', {}),
        ("query ($t: DateTime) { snapshot(asOf: $t) { revision { recordedAt } } }", {"t": time}),
    ):
        answer = (await aleppo.client.post("/graphql", json={"query": query, "variables": variables})).json()
        assert ("errors" not in answer) == accepted, answer


async def test_addresses_have_a_scalar_of_their_own(aleppo: Instance) -> None:
    query = """{ __type(name: "URL") { specifiedByURL } sources(where: {url: {contains: "ucdp.uu.se"}}) { nodes { url provenance { url { claims { value } } } } } }"""
    found = await aleppo.graphql(query)
    assert found["__type"] == {"specifiedByURL": "https://url.spec.whatwg.org/"}
    (url, *_) = {source["url"] for source in found["sources"]["nodes"]}
    typed = await aleppo.graphql("query ($url: URL) { sources(where: {url: {eq: $url}}) { nodes { url } } }", url=url)
    assert {source["url"] for source in typed["sources"]["nodes"]} == {url}
    answer = (await aleppo.client.post("/graphql", json={"query": '{ sources(where: {url: {eq: "no address"}}) { totalCount } }'})).json()
    assert "where.url.eq" in answer["errors"][0]["message"]
