"""The OpenAPI document matches the server: paths, parameters, headers, responses and errors."""

from __future__ import annotations

import base64
import copy
import inspect
import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from api.errors import catalogue
from api.rest.list_formats import FORMATS, exports
from api.rest.openapi import document
from api.rest.openapi_responses import FACT_HEADERS, HEADERS, LIMIT_HEADERS
from api.rest.parameters import LIST_PARAMETERS, RECORD_PARAMETERS
from api.rest.routes import KindRoute
from api.rest.table_descriptions import TableDescriptions
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.model.operators import OPERATORS

from ..conftest import Instance
from ..support.flat_tables import flat, narrowed
from ..support.properties import NIGHTLY, cases

DOCUMENT: dict[str, Any] = document(KINDS)
PATHS: dict[str, Any] = DOCUMENT["paths"]
API_PATHS = {"/health", "/ready", "/limits", "/openapi.json"}  # Of the API, beside /v1 and /graphql.
V1 = [path for path in PATHS if path.startswith("/v1/")]
CHECK = "/v1/check-claim"
USUAL_PATHS = ["/v1/events", "/v1/figures.csv", "/v1/figures/{id}", "/v1/figures/totals", "/v1/search"]
FEW_PARAMETERS = 8
CACHED = [path for path in V1 if "304" in PATHS[path]["get"]["responses"]]
EVERY = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]
FILES = [pytest.param(kind, suffix, id=f"{kind.plural}.{suffix}") for kind in KINDS.values() for suffix in exports(kind)]


@pytest.fixture
def client(invented: Instance) -> httpx2.AsyncClient:
    """A client of the invented records, since they are the only ones of every kind, whatever kinds there are."""
    return invented.client


def test_it_is_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_it_says_which_licence_is_whose() -> None:
    licence = DOCUMENT["info"]["license"]
    code, *data = licence["identifier"].split(" AND ")
    of_code, of_data, _ = licence["name"].split("; ")
    assert of_code == f"{code} for the code"
    assert all(name in of_data for name in data) and of_data.endswith("for the collections")


def test_it_is_small_enough_for_tools() -> None:
    assert len(json.dumps(DOCUMENT)) < 500_000
    longest = {path: max(len(operation.get("description", "")) for operation in item.values()) for path, item in PATHS.items()}
    assert {path: length for path, length in longest.items() if length > 1024} == {}, (
        "more than models take of the description of a function"
    )


async def test_it_is_served(client: httpx2.AsyncClient) -> None:
    response = await client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert response.json() == DOCUMENT


def test_it_has_every_path_of_the_server_and_no_other(aleppo: Instance) -> None:
    routes = [route for route in aleppo.app.routes if isinstance(route, Route) and not _is_page(route)]
    found = {path for route in routes for path in _spelt_out(route)}
    assert found == set(PATHS)
    for path, item in PATHS.items():
        route = next(route for route in routes if path in _spelt_out(route))
        assert {method.lower() for method in route.methods or ()} - {"head"} == set(item), path


def _is_page(route: Route) -> bool:
    """Whether a route is for people, or for programs that know it without this document."""
    if route.path.startswith(("/v1/", "/graphql")):
        return isinstance(getattr(inspect.unwrap(route.endpoint), "__self__", None), TableDescriptions)
    return route.path not in API_PATHS


def _spelt_out(route: Route) -> list[str]:
    """The paths of a route for each kind and format; .json is the list itself."""
    plurals = route.plurals if isinstance(route, KindRoute) else [""]
    return [
        route.path.replace("{plural}", plural).replace("{suffix}", suffix)
        for plural in plurals
        for suffix in (["{suffix}"] if "totals" in route.path else exports(KINDS.by_plural[plural]) if "{suffix}" in route.path else [""])
    ]


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for item in PATHS.values() for operation in item.values()]
    assert len(set(names)) == len(names)
    tags = {tag for item in PATHS.values() for operation in item.values() for tag in operation["tags"]}
    assert tags == {tag["name"] for tag in DOCUMENT["tags"]}


def test_every_component_is_used() -> None:
    """So there is none for 405 and 501: a wrong method has no operation, and neither have oEmbed and MCP, which their own standards describe."""
    used = set(_references(DOCUMENT))
    defined = {f"#/components/{sort}/{name}" for sort, members in DOCUMENT["components"].items() for name in members}
    assert used == defined
    for item in PATHS.values():
        for operation in item.values():
            assert {"408", "414", "431"} <= {*operation["responses"]}  # Any request may be too long, or too slow to arrive.


def test_a_text_that_is_contained_may_be_a_part_of_any_value() -> None:
    parameters = DOCUMENT["components"]["parameters"].values()
    assert [one["name"] for one in parameters if one["name"].endswith(".contains") and one["schema"] != {"type": "string"}] == []


# Parameters


@pytest.mark.parametrize(
    "path", cases([path for path in V1 if path != CHECK], USUAL_PATHS)
)  # tests/rest/test_claim_checks.py has its parameters.
async def test_every_described_parameter_is_accepted(client: httpx2.AsyncClient, path: str) -> None:
    """By default, each path is tested with some of its parameters, which are read alike for all paths."""
    described = tried = _parameters(path)
    if not NIGHTLY:
        tried = random.Random(path).sample(described, min(len(described), FEW_PARAMETERS))
    required = {one["name"]: _sample(one["schema"]) for one in described if one["in"] == "query" and one.get("required")}
    for one in tried:
        if one["in"] == "query":
            value = await _cursor(client, path) if one["name"] == "after" else _sample(one["schema"])
            of_a_list = one["name"].removesuffix(".limit") if one["name"].endswith(".limit") else ""
            asked = {**required, one["name"]: value, **({"fields": of_a_list} if of_a_list else {})}
            response = await client.get(await _address(client, path), params=asked)
            assert response.status_code == 200, f"{one['name']}={value}: {response.text}"


@pytest.mark.sampled(15)
@pytest.mark.parametrize("path", V1)
async def test_an_undescribed_parameter_is_refused(client: httpx2.AsyncClient, path: str) -> None:
    described = {one["name"] for one in _parameters(path)}
    for name in {*RECORD_PARAMETERS, *LIST_PARAMETERS, "before", "first", "nonsense", "id.nonsense"} - described:
        response = await client.get(await _address(client, path), params={name: "1"})
        assert response.status_code == 400, name
        assert response.json()["code"] in ("unknown-argument", "bad-argument")


@pytest.mark.parametrize("kind", EVERY)
async def test_a_record_takes_no_conditions(client: httpx2.AsyncClient, kind: Kind) -> None:
    response = await client.get(await _address(client, f"/v1/{kind.plural}/{{id}}"), params={next(iter(kind.fields)): "a"})
    assert response.json()["code"] == "unknown-argument"


@pytest.mark.parametrize("kind", EVERY)
async def test_every_listed_value_of_a_parameter_is_accepted(client: httpx2.AsyncClient, kind: Kind) -> None:
    listed = {one["name"]: one["schema"]["items"] for one in _parameters(f"/v1/{kind.plural}") if one["name"] in ("order", "provenance")}
    for name, schema in listed.items():
        values = schema["enum"] if NIGHTLY else random.Random(f"{kind.name} {name}").sample(schema["enum"], min(len(schema["enum"]), 5))
        for value in values:
            response = await client.get(f"/v1/{kind.plural}", params={name: value, "limit": 1})
            assert response.status_code == 200, response.text


@pytest.mark.parametrize("kind", EVERY)
async def test_every_operator_of_every_field_is_described(kind: Kind) -> None:
    described = {one["name"]: one["description"] for one in _parameters(f"/v1/{kind.plural}")}
    for one in kind.fields.values():
        operators = [name for name in KINDS.operators(one) if name != "match"]
        for name in operators:
            spelt = one.name if name == operators[0] else f"{one.name}.{name}"
            if spelt in described:
                assert one.description in described[spelt]
                assert OPERATORS[name].sentence in described[spelt]
            else:  # Named by the first, and explained once in the introduction.
                assert f"`{spelt}`" in described[one.name]
                assert f"| `{name}` | {OPERATORS[name].sentence} |" in DOCUMENT["info"]["description"]


@pytest.mark.parametrize("kind", EVERY)
async def test_lists_have_few_enough_parameters_to_be_read(kind: Kind) -> None:
    parameters = _parameters(f"/v1/{kind.plural}")
    assert len(parameters) <= 76
    assert not [one["name"] for one in parameters if "default" in one["schema"] or "example" in one]  # Forms would send them.


async def test_conditions_on_what_a_record_refers_to_are_declared() -> None:
    names = {
        path: {one["name"] for one in _parameters(path)}
        for path in ("/v1/figures", "/v1/events", "/v1/participations", "/v1/figures.csv", "/v1/figures/totals")
    }
    for path in ("/v1/figures", "/v1/participations", "/v1/figures.csv", "/v1/figures/totals"):
        assert {"event.country", "event.location.country", "event.started_on.gte", "event.location", "country", "started_on.gte"} <= names[
            path
        ]
    assert {"location.country", "figures.some.measure", "figures.some.best.gte", "figures.count.gte", "participations.some.actor"} <= names[
        "/v1/events"
    ]


@pytest.mark.nightly
@pytest.mark.parametrize("kind", EVERY)
async def test_the_first_operator_may_be_omitted(client: httpx2.AsyncClient, kind: Kind) -> None:
    for one in kind.fields.values():
        operator = KINDS.operators(one)[0]
        schema = next(each["schema"] for each in _parameters(f"/v1/{kind.plural}") if each["name"] == one.name)
        short = await client.get(f"/v1/{kind.plural}", params={one.name: _sample(schema)})
        long = await client.get(f"/v1/{kind.plural}", params={f"{one.name}.{operator}": _sample(schema)})
        assert short.json()["data"] == long.json()["data"]


async def test_dotted_paths_follow_references_as_the_description_says(client: httpx2.AsyncClient) -> None:
    for kind in KINDS.values():
        told = PATHS[f"/v1/{kind.plural}"]["get"]["description"]
        assert ("Dotted paths" in told) is bool(kind.links)
        if kind.links:
            name = told.split("references: `")[1].split("=")[0]
            assert (await client.get(f"/v1/{kind.plural}", params={name: "a"})).status_code == 200


async def test_the_global_id_of_a_record_fits_where_its_id_does(client: httpx2.AsyncClient) -> None:
    figure = (await client.get("/v1/figures?limit=1&actor.known=true")).json()["data"][0]
    ids = {"event": figure["event"]["id"], "actor": figure["actor"]["id"], "id": figure["id"]}
    schemas = {one["name"]: one["schema"] for one in _parameters("/v1/figures")}
    for name, id in ids.items():
        kind = KINDS.get(name, KINDS["figure"]).name
        for text, fits in ((id, True), (f"{kind}:{id}", True), (f"source:{id}", False), (f"{kind}:{id}@1", False)):
            assert Draft202012Validator(schemas[name]).is_valid(text) is fits
            assert (await client.get("/v1/figures", params={name: text})).status_code == (200 if fits else 400)
    (in_path,) = (one["schema"] for one in _parameters("/v1/figures/{id}") if one["in"] == "path")
    assert Draft202012Validator(in_path).is_valid(figure["node_id"])
    assert (await client.get(f"/v1/figures/{figure['node_id']}")).status_code == 200
    event = next(one["schema"] for one in _parameters(CHECK) if one["name"] == "event")
    assert Draft202012Validator(event).is_valid(f"event:{ids['event']}")


async def test_a_column_of_tables_is_named_by_its_path_in_json(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/figures?fields=started_on")
    assert (answer.status_code, answer.json()["detail"]) == (
        400, "fields: started_on of figures is a column of tables only; in JSON it is event.started_on",
    )  # fmt: skip


# Answers


@pytest.mark.parametrize("kind", EVERY)
async def test_every_list_is_as_described(client: httpx2.AsyncClient, kind: Kind) -> None:
    deep = ",".join(["*", "added_in", *kind.reverses, *(f"{link.name}.*" for link in kind.links)])
    for asked in ("", "limit=1", "provenance=*", f"fields={deep}&limit=20", "fields=id", "id=nowhere", "revision=0"):
        response = await client.get(f"/v1/{kind.plural}?{asked}")
        body = _answered(f"/v1/{kind.plural}", response)
        assert ("link" in response.headers) is (body["next"] is not None)


@pytest.mark.parametrize("kind", EVERY)
async def test_a_record_is_required_to_have_every_field_and_a_projection_only_its_id(client: httpx2.AsyncClient, kind: Kind) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas[kind.graphql]["required"] == ["id", "node_id", *kind.shown]
    assert schemas[f"{kind.graphql}Projection"]["required"] == ["id"]
    media = PATHS[f"/v1/{kind.plural}"]["get"]["responses"]["200"]["content"]["application/json"]
    example = media["example"]
    full = {**DOCUMENT, "$ref": f"#/components/schemas/{kind.graphql}"}
    for record in (*example["data"], *(await client.get(f"/v1/{kind.plural}")).json()["data"]):
        assert [error.message for error in Draft202012Validator(full, format_checker=FormatChecker()).iter_errors(record)] == []


@pytest.mark.parametrize("kind", EVERY)
async def test_a_record_has_every_field_unless_fewer_are_asked_for(client: httpx2.AsyncClient, kind: Kind) -> None:
    body = (await client.get(f"/v1/{kind.plural}")).json()
    assert body["data"]
    assert all(list(record) == ["id", "node_id", *kind.shown] for record in body["data"])


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", EVERY)
async def test_every_record_is_as_described(client: httpx2.AsyncClient, kind: Kind) -> None:
    path = f"/v1/{kind.plural}/{{id}}"
    for record in (await client.get(f"/v1/{kind.plural}", params={"fields": "id", "limit": 1000})).json()["data"]:
        body = _answered(path, await client.get(f"/v1/{kind.plural}/{record['id']}"))
        known = {name for name in kind.fields if body["data"][name] is not None}
        assert known <= {name for entry in body["data"]["provenance"] for name in entry["fields"]}
    _answered(path, await client.get(await _address(client, path), params={"provenance": "none", "fields": "id"}))
    assert (await client.get(f"{await _address(client, path)}.json")).status_code == 200


@pytest.mark.sampled(14)
@pytest.mark.parametrize(("kind", "suffix"), FILES)
async def test_every_file_is_as_described(client: httpx2.AsyncClient, kind: Kind, suffix: str) -> None:
    path = f"/v1/{kind.plural}.{suffix}"
    response = await client.get(path)
    assert response.headers["content-type"] == FORMATS[suffix].media_type
    body = _answered(path, response)
    whole = (await client.get(f"/v1/{kind.plural}", params={"limit": 1000})).json()["data"]
    if suffix == "geojson":
        expected = [flat(kind, one) for one in whole]
        assert [narrowed(one["properties"], columns) for one, columns in zip(body["features"], expected, strict=True)] == expected
    if suffix == "ndjson":
        assert [json.loads(line) for line in body.splitlines()] == whole


async def test_words_are_as_described(client: httpx2.AsyncClient) -> None:
    listed = _answered("/v1/figures", await client.get("/v1/figures?words=en&limit=2"))["data"]
    few = _answered("/v1/figures", await client.get("/v1/figures?words=en&limit=2&fields=id"))["data"]
    record = _answered("/v1/figures/{id}", await client.get(f"/v1/figures/{listed[0]['id']}?words=fr"))["data"]
    totals = _answered("/v1/figures/totals", await client.get("/v1/figures/totals?words=en"))["data"]
    assert all(isinstance(one["words"], str) for one in (*listed, *few, record, *totals)) and totals
    for name in ("Figure", "FigureProjection", "TotalsRow"):
        assert "words" in DOCUMENT["components"]["schemas"][name]["properties"]


async def test_revisions_are_as_described(client: httpx2.AsyncClient) -> None:
    assert _answered("/v1/revisions", await client.get("/v1/revisions"))["data"]
    _answered("/v1/revisions/{id}", await client.get("/v1/revisions/1"))


async def test_a_check_is_as_described(client: httpx2.AsyncClient) -> None:
    assert _answered(CHECK, await client.get(await _address(client, CHECK)))["verdict"]
    assert _answered(CHECK, await client.get(f"{CHECK}?measure=killed&value=1&country=SYR"))["totals"]
    body = '{"measure": "killed", "value": 40, "country": "SYR"}'
    _answered(CHECK, await client.post(CHECK, content=body, headers={"content-type": "application/x-ndjson"}), "post")
    array = f'[{body}, {{"measur": "killed"}}]'
    checked, wrong = _answered(CHECK, await client.post(CHECK, content=array, headers={"content-type": "application/json"}), "post")
    assert (checked["line"], wrong["line"], wrong["problem"]["code"]) == (1, 2, "unknown-argument")


async def test_a_claim_is_as_described(client: httpx2.AsyncClient) -> None:
    for kind in KINDS.values():
        record = (await client.get(f"/v1/{kind.plural}?limit=1&provenance=*")).json()["data"][0]
        for digest in record["claims"]:
            _answered("/v1/claims/{id}", await client.get(f"/v1/claims/{record['node_id']}:{digest}"))


@pytest.mark.parametrize("path", [path for path, item in PATHS.items() if item.get("get", {}).get("tags") == ["service"]])
async def test_the_service_answers_as_described(client: httpx2.AsyncClient, path: str) -> None:
    _answered(path, await client.get(path))
    refused = await client.get(path, params={"nonsense": "1"})
    assert (refused.status_code, _problems(refused.json())) == (400, []) and "400" in PATHS[path]["get"]["responses"]


async def test_graphql_answers_as_described(client: httpx2.AsyncClient) -> None:
    for media in PATHS["/graphql"]["get"]["responses"]["200"]["content"]:
        for query in ("{ __typename }", "{ nonsense }", "{"):
            for response in (
                await client.get("/graphql", params={"query": query}, headers={"accept": media}),
                await client.post("/graphql", json={"query": query}, headers={"accept": media}),
            ):
                _answered("/graphql", response, response.request.method.lower())
    refused = await client.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": "text/turtle"})
    assert refused.status_code == 406
    assert (await client.post("/graphql", content="{}", headers={"content-type": "text/plain"})).status_code == 415


@pytest.mark.sampled(20)
@pytest.mark.parametrize("path", V1)
async def test_304_is_returned_exactly_where_it_is_described(client: httpx2.AsyncClient, path: str) -> None:
    address = await _address(client, path)
    held = await client.get(address)
    again = await client.get(address, headers={"if-none-match": held.headers["etag"]})
    if again.status_code == 304:
        assert path in CACHED
    if path in CACHED:
        assert again.status_code == 304
        assert all(
            name.lower() in again.headers
            for name in DOCUMENT["components"]["responses"]["Unchanged"]["headers"]
            if name not in LIMIT_HEADERS
        )


# Errors


def test_every_error_is_described_under_its_status() -> None:
    responses = DOCUMENT["components"]["responses"]
    for error in catalogue():
        if error.status not in (405, 501):
            described = responses[f"Problem{error.status}"]
            assert error.sentence() in described["description"]
            assert _problems(described["content"]["application/problem+json"]["examples"][error.code]["value"]) == []
        assert f"| `{error.code}` | {error.status} | {error.sentence()} |" in DOCUMENT["tags"][-1]["description"]
    assert DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == [error.code for error in catalogue()]


ERRORS = [
    ("/v1/{plural}", "?nonsense=1", 400),
    ("/v1/{plural}", "?limit=0", 400),
    ("/v1/{plural}", "?after=nonsense", 400),
    ("/v1/{plural}", "?revision=999", 404),
    ("/v1/{plural}", "?as_of=yesterday", 400),
    ("/v1/{plural}.csv", "?after=a", 400),
    ("/v1/{plural}.ndjson", "?revision=999", 404),
    ("/v1/{plural}/{{id}}", "nowhere", 404),
    ("/v1/revisions", "?limit=0", 400),
    ("/v1/revisions/{{id}}", "999", 404),
    ("/v1/revisions/{{id}}", "one", 400),
]


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(("path", "asked", "status"), ERRORS)
async def test_an_error_is_as_described(client: httpx2.AsyncClient, kind: Kind, path: str, asked: str, status: int) -> None:
    path = path.format(plural=kind.plural)
    response = await client.get(path.replace("{id}", asked) if "{id}" in path else path + asked)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert str(status) in PATHS[path]["get"]["responses"]
    assert _problems(response.json()) == []


async def test_errors_outside_of_any_operation_are_problems_too(client: httpx2.AsyncClient) -> None:
    for method, address, status in (("GET", "/v1/nonsense", 404), ("GET", "/v1/events.xml", 406), ("POST", "/v1/events", 405)):
        response = await client.request(method, address)
        assert response.status_code == status
        assert _problems(response.json()) == []


# Tools


def _closed() -> dict[str, Any]:
    """The document with every object closed, so that nothing is answered that is not described. What `allOf` puts together stays open."""
    made = copy.deepcopy(DOCUMENT)
    for schema in list(_objects(made["components"]["schemas"])):
        for part in schema.get("allOf", []):
            open = made["components"]["schemas"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
            open["open"] = True
    for schema in list(_objects(made)):
        if ("allOf" in schema or isinstance(schema.get("properties"), dict)) and "open" not in schema:
            schema["unevaluatedProperties"] = False
    return made


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for below in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _objects(below)


def _references(schema: Any) -> Iterator[str]:
    return (one["$ref"] for one in _objects(schema) if isinstance(one.get("$ref"), str))


CLOSED = _closed()


def _problems(body: Any, schema: dict[str, Any] | None = None) -> list[str]:
    found = _validator(json.dumps(schema or {"$ref": "#/components/schemas/Problem"})).iter_errors(body)
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in found]


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """The validator of a schema, which takes far longer to make than to use."""
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "components": CLOSED["components"]}, validate_formats=True)


def _answered(path: str, response: httpx2.Response, method: str = "get") -> Any:
    """The body of an answer, which is as its response describes it: media type, headers, content."""
    described = CLOSED["paths"][path][method]["responses"][str(response.status_code)]
    media = response.headers["content-type"].partition(";")[0]
    body = response.json() if media.endswith("json") and media != "application/x-ndjson" else response.text
    assert _problems(body, described["content"][media]["schema"]) == []
    optional = (
        "Link",
        "Retry-After",
        "Accept-Ranges",
        "Conflict-Facts-Withheld",
        *LIMIT_HEADERS,
        *(FACT_HEADERS if path == "/graphql" else ()),
    )
    assert [name for name in described.get("headers", {}) if name not in optional and name.lower() not in response.headers] == []
    assert [name for name in HEADERS if name.lower() in response.headers and name not in described.get("headers", {})] == []
    return body


def _parameters(path: str) -> list[dict[str, Any]]:
    components = DOCUMENT["components"]["parameters"]
    return [components[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in PATHS[path]["get"]["parameters"]]


SAMPLES = ["*", "a", "2024-11-27", "true", "1", "en", "a" * 64, "https://example.org/"]


def _sample(schema: dict[str, Any]) -> str:
    """A value that a parameter takes, as it stands in an address."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        return ",".join([_sample(schema["items"])] * schema.get("minItems", 1))
    if "enum" in schema:
        return str(schema["enum"][0])
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0])
    if schema.get("format") == "date-time":
        return "2099-01-01T00:00:00Z"
    if schema.get("format") == "iri":
        return "https://example.org/"
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    valid = [text for text in SAMPLES if checker.is_valid(_typed(schema, text))]
    assert valid, f"SAMPLES has no value for {schema}; add one"
    return valid[0]


def _typed(schema: dict[str, Any], text: str) -> object:
    plain = schema["type"] in ("integer", "number", "boolean") and text in ("1", "true")
    return json.loads(text) if plain else text


async def _address(client: httpx2.AsyncClient, path: str) -> str:
    """An address where there is something."""
    if path == "/v1/revisions/{id}":
        return "/v1/revisions/1"
    if path == "/v1/search":
        return f"{path}?text=aleppo"
    if path == CHECK:
        figure = (await client.get("/v1/figures?limit=1&best.known=true&unit.known=true")).json()["data"][0]
        return f"{path}?measure={figure['measure']}&value={figure['best']}&unit={figure['unit']}&event={figure['event']['id']}"
    if path == "/v1/claims/{id}":
        event = (await client.get("/v1/events?limit=1&provenance=*")).json()["data"][0]
        return f"/v1/claims/{event['node_id']}:{next(iter(event['claims']))}"
    if "{id}" not in path:
        return path.replace("{suffix}", "csv")
    body = (await client.get(path.removesuffix("/{id}"), params={"limit": 1})).json()
    return path.replace("{id}", body["data"][0]["id"])


async def _cursor(client: httpx2.AsyncClient, path: str) -> str:
    if path == "/v1/revisions":  # There is one revision, so that no page follows.
        return base64.urlsafe_b64encode(b'["revisions",1,1]').decode().rstrip("=")
    body = (await client.get(path.partition(".")[0], params={"limit": 1})).json()
    return str(httpx2.URL(body["next"]).params["after"])
