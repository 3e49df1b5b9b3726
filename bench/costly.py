"""Requests that are small to send and could be costly to answer, in the shapes that GraphQL Armor and graphql-cop try, and of our own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GRAPHQL = {"content-type": "application/json", "accept": "application/graphql-response+json"}
NDJSON = {"content-type": "application/x-ndjson"}
MCP = {"content-type": "application/json", "accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}


@dataclass(frozen=True)
class Costly:
    """One request: a body for POST or, without one, a path for GET."""

    name: str
    body: bytes = b""
    path: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=lambda: GRAPHQL)


REFERENCE = Costly(
    "reference",
    json.dumps({"query": "{ events(first: 20) { nodes { id name startedOn location { name } figures { nodes { best } } } } }"}).encode(),
)


def document(name: str, query: str, **variables: object) -> Costly:
    return Costly(name, json.dumps({"query": query, "variables": variables}).encode())


def repeated(pattern: str, count: int) -> str:
    """The pattern `count` times, `#` being the number."""
    return " ".join(pattern.replace("#", str(number)) for number in range(count))


def with_aliases(number: int, length: int, lists: int, rows: str = "nodes { ...F }") -> str:
    """A document whose response is long: lists of a thousand records, in each of which a name stands under many aliases."""
    selection = repeated(f"l#: events(first: 1000) {{ {rows} }}", lists)
    return f"{{ {selection} }} fragment F on Event {{ {' '.join(f'{n:a>{length}}: name' for n in range(number))} }}"


def nested(pattern: str, depth: int, inside: str) -> str:
    """The pattern inside itself, `#` being the place of the next."""
    for _ in range(depth):
        inside = pattern.replace("#", inside)
    return inside


CONDITION = {"country": {"eq": "SYR"}}
LINKED = {"location": {"match": {"country": {"eq": "SYR"}}}}
PARTS = "p#: parts(first: 1) { nodes { name figures(first: 1) { nodes { best } } participations(first: 1) { nodes { role actor { name partOf { name } } } } } }"
WHERE = "query($where: EventWhere!) { "


def _documents() -> Iterable[Costly]:
    # Many of one thing
    yield document("aliases of counts", f"{{ {repeated('a#: events { totalCount }', 250)} }}")
    yield document("aliases of lists", f"{{ {repeated('a#: events(first: 1000) { nodes { id } }', 100)} }}")
    yield document("long aliases", with_aliases(950, 128, 2))
    yield document("long aliases in fewer fields", with_aliases(300, 128, 1, "edges { node { ...F } }"))
    yield document("short aliases in many lists", with_aliases(200, 4, 9))
    yield document("one field many times", '{ event(id: "x") { ' + "name " * 900 + "} }")
    yield document("one list many times", "{ " + "events { nodes { id } } " * 700 + "}")
    yield document("one alias of different fields", f"{{ {repeated('a: events(first: #) { totalCount }', 300)} }}")
    yield document("operations", repeated("query Q# { events { totalCount } }", 300))
    yield document("directives on one field", "{ events { totalCount " + "@include(if: true) " * 900 + "} }")
    yield document("directives that do not exist", f"{{ events {{ totalCount {repeated('@d#', 900)} }} }}")
    yield document("arguments", f"{{ events({repeated('a#: 1', 900)}) {{ totalCount }} }}")
    yield document("variables that are not used", f"query({repeated('$v#: Int', 900)}) {{ events {{ totalCount }} }}")
    yield document("variables that are not declared", f"{{ {repeated('a#: events(first: $v#) { totalCount }', 300)} }}")
    yield document("fields that do not exist", f"{{ {repeated('eventz#', 900)} }}")
    yield document("values that do not exist", f"{{ {repeated('a#: events(where: {kind: {eq: batle#}}) { totalCount }', 300)} }}")
    # Fragments
    yield document(
        "one-line fragments", "{ " + repeated("...f#", 900) + " } " + repeated("fragment f# on Query { events { totalCount } }", 900)
    )
    doubled = " ".join(
        f"fragment f{n} on Query {{ a{n}: events {{ totalCount }} ...f{n + 1} b{n}: events {{ totalCount }} ...f{n + 1} }}"
        for n in range(30)
    )
    yield document("fragments that double", f"{{ ...f0 }} {doubled} fragment f30 on Query {{ events {{ totalCount }} }}")
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(300))
    yield document("a chain of fragments", f"{{ ...f0 }} {chain} fragment f300 on Query {{ events {{ totalCount }} }}")
    yield document("fragments in a circle", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")
    yield document("inline fragments", f"{{ {nested('... on Query { # }', 300, 'events { totalCount }')} }}")
    # Depth
    yield document("nested records", '{ event(id: "x") { ' + nested("partOf { # }", 300, "id") + " } }")
    yield document("nested lists", "{ " + nested("events(first: 100) { nodes { location { # } } }", 30, "id") + " }")
    yield document(
        "lists in lists in lists",
        "{ events(first: 100) { nodes { figures(first: 100) { nodes { event { claims { nodes { rank } } } } } } } }",
    )
    yield document("nested conditions", WHERE + "events(where: $where) { totalCount } }", where=json.loads(nested('{"not": #}', 300, "{}")))
    yield document("the schema in a circle", "{ __schema { types { " + nested("fields { type { # } }", 30, "name") + " } } }")
    whole = "types { name fields { name args { name type { name } } type { name ofType { name } } } }"
    yield document("the schema many times", f"{{ {repeated(f'a#: __schema {{ {whole} }}', 90)} }}")
    # Values
    yield document("a variable of many conditions", WHERE + "events(where: $where) { totalCount } }", where={"or": [CONDITION] * 4000})
    yield document(
        "one variable under many aliases",
        WHERE + repeated("a#: events(where: $where) { totalCount }", 300) + " }",
        where={"or": [CONDITION] * 900},
    )
    yield document("conditions on links", WHERE + "events(where: $where) { totalCount } }", where={"or": [LINKED] * 50})
    ids = [str(number) for number in range(12_000)]
    yield document(
        "a list of many ids", "query($ids: [ID!]!) { events(where: {id: {oneOf: $ids}}) { totalCount nodes { name } } }", ids=ids
    )
    yield document("a list of many literals", f"{{ events(where: {{id: {{oneOf: [{repeated('1', 3500)}]}}}}) {{ totalCount }} }}")
    yield document("a long number", "{ events(first: " + "9" * 5000 + ") { totalCount } }")
    yield document("a long text", '{ events(search: "' + "a b " * 20_000 + '") { totalCount } }')
    yield document("a text of wildcards", '{ events(where: {name: {contains: "' + "%_" * 500 + '"}}) { totalCount nodes { name } } }')
    yield document("nothing but comments", "{ events { totalCount } } " + "#\n" * 50_000)
    yield document("nothing but commas", "{ events { totalCount } } " + "," * 100_000)
    # Reading much for little
    yield document("totals by everything", "{ totals(by: [MONTH, PLACE, ACTOR, ORIGIN, POPULATION]) { rows { best } } }")
    yield document(
        "sorts without an index",
        "{ " + repeated("a#: figures(first: 1, orderBy: [{high: DESC}, {low: ASC}]) { nodes { id } totalCount }", 30) + " }",
    )
    yield document("counts of the past", "{ snapshot(revision: 1) { " + repeated('a#: events(search: "a") { totalCount }', 60) + " } }")
    yield document(
        "records of many earlier revisions",
        f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Event {{ {repeated(PARTS, 2)} location {{ name country }} }} }} }}",
        ids=[f"event:x{number}@{number + 2}" for number in range(65)],
    )
    yield document("every claim of everything", "{ " + "events(first: 1000) { nodes { claims { nodes { rank source { title } } } } } }")
    # Not a document
    yield Costly("a batch", json.dumps([{"query": "{ events { totalCount } }"}] * 1000).encode())
    yield Costly("nested JSON", b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    yield Costly(
        "many members", json.dumps({f"m{number}": number for number in range(20_000)} | {"query": "{ events { totalCount } }"}).encode()
    )


def _addresses() -> Iterable[Costly]:
    """Of REST, and of pages and cards."""
    linked = "&".join(f"{'part_of.' * depth}name.known=true" for depth in range(1, 60))
    yield Costly("REST: conditions on links", path=f"/v1/events?{linked}")
    yield Costly("REST: one parameter many times", path="/v1/events?" + "&".join(["country=SYR"] * 4000))
    yield Costly("REST: everything with provenance", path="/v1/events?limit=1000&fields=*&provenance=*")
    yield Costly("REST: a search for short words", path="/v1/search?text=a+e+i+o+u+n+r+s+t+l")
    yield Costly("REST: a search for a long word", path=f"/v1/search?text={'a' * 60_000}")
    # Pages and cards
    yield Costly("page: the start", path="/")
    yield Costly("page: many records", path="/figures?limit=200")
    yield Costly("page: a search for short words", path="/search?text=a+e+i+o+u+n+r+s+t+l")
    yield Costly("page: many parameters", path="/events?" + "&".join(["a=1"] * 15_000))
    yield Costly("page: every sitemap", path="/sitemap.xml")
    yield Costly("card: totals of the past", path="/embed/totals?by=country,month,measure&revision=1")
    yield Costly("card: a timeline of the past", path="/embed/timeline?measure=killed&revision=1")
    yield Costly("card: a chart", path="/embed/chart?measure=killed&by=year")
    yield Costly("card: a map of everything", path="/embed/map?of=events")
    # Pictures
    yield Costly("map: every event, SVG", path="/map.svg?of=events")
    yield Costly("map: every figure, PNG", path="/map.png?of=figures&scale=2")
    yield Costly("map: its page", path="/map?of=locations")
    yield Costly("map: every place as GeoJSON", path="/map.geojson?of=events")
    yield Costly("chart: every month, SVG", path="/chart.svg?measure=killed")
    yield Costly("chart: large, of the past, PNG", path="/chart.png?measure=killed&by=year&scale=2&size=square&revision=1")
    # Other surfaces
    yield Costly("OGC: every event", path="/ogc/collections/events/items?limit=1000&bbox=-180,-90,180,90")
    yield Costly("OGC: figures as HTML", path="/ogc/collections/figures/items?f=html&limit=1000")
    yield Costly("words: a thousand figures in Arabic", path="/v1/figures?limit=1000&words=ar")
    yield Costly("words: totals in Russian", path="/v1/figures/totals?by=country,year&words=ru")
    yield Costly("a revision of the future", path="/v1/events?limit=1&min_revision=999999999")
    # Files
    yield Costly("file: figures, XLSX", path="/v1/figures.xlsx")
    yield Costly("file: events, Parquet", path="/v1/events.parquet")
    yield Costly("file: figures with provenance, NDJSON", path="/v1/figures.ndjson?provenance=*")
    yield Costly("file: totals, CSV", path="/v1/figures/totals.csv?by=country,month,measure")


def _bodies() -> Iterable[Costly]:
    """What is sent to others than GraphQL."""
    given: tuple[dict[str, object], ...] = (
        {"country": "SYR"}, {"event": "e7"}, {"country": "UKR", "period_start": "2014-01-01"}, {"figure": "f5"}, {"actor": "a3"},
    )  # fmt: skip
    sentences = [{"measure": "killed", "value": number, **given[number % len(given)]} for number in range(100)]
    yield Costly("checks: a batch", _lines(sentences), "/v1/check-claim", NDJSON)
    wrong = [{"measure": "kiled", "value": "many", "event": "x" * 1000} for _ in range(100)]
    yield Costly("checks: a batch of wrong ones", _lines(wrong), "/v1/check-claim", NDJSON)
    yield Costly("checks: a batch of many members", _lines([{f"m{one}": one for one in range(2000)}] * 100), "/v1/check-claim", NDJSON)
    yield Costly("checks: nested JSON", (b"[" * 5000 + b"\n") * 100, "/v1/check-claim", NDJSON)
    yield _tool("MCP: the tools", "tools/list", {})
    yield _call("MCP: a list with everything", "search", {"list": "figures", "limit": 100})
    yield _call("MCP: totals by everything", "total", {"by": "country,month,measure"})
    yield _call("MCP: a wrong tool", "x" * 50_000, {"a": "b" * 50_000})
    yield _call("MCP: many arguments", "search", {f"a{number}": "b" for number in range(20_000)})
    yield Costly("MCP: nested JSON", b'{"jsonrpc": "2.0", "id": 1, "method": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "/mcp", MCP)
    yield Costly("MCP: a batch", json.dumps([{"jsonrpc": "2.0", "id": 1, "method": "ping"}] * 2000).encode(), "/mcp", MCP)


def _lines(objects: Iterable[object]) -> bytes:
    return "\n".join(map(json.dumps, objects)).encode()


def _tool(name: str, method: str, params: object) -> Costly:
    return Costly(name, json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode(), "/mcp", MCP)


def _call(name: str, tool: str, arguments: object) -> Costly:
    return _tool(name, "tools/call", {"name": tool, "arguments": arguments})


CROWDED = (
    "page: the start", "page: many records", "page: a search for short words", "card: a timeline of the past", "map: every event, SVG", "chart: every month, SVG",
    "OGC: every event", "words: totals in Russian", "file: figures, XLSX",
)  # fmt: skip
COSTLY = {shape.name: shape for shape in (*_documents(), *_addresses(), *_bodies())}
