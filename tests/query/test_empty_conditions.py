"""A condition without a value is an error, on both surfaces: it never disappears, and no plan made for a value serves the lack of one."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

import httpx2
import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type

from api.query import conditions
from schema.kinds import KINDS
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from ..conftest import Instance
from ..support.derived_once import schema_of, surface_of

NEWER = "application/graphql-response+json"
EVENT = "aleppo-offensive-2024"
FIGURES = "query ({declared}) {{ figures(where: {where}) {{ totalCount }} }}"
LEAVE_EVENT = "leave `event` out, or use `known: false` to find records without one"


async def post(instance: Instance, query: str, variables: Any = None) -> httpx2.Response:
    body = {"query": query} | ({} if variables is None else {"variables": variables})
    return await instance.client.post("/graphql", json=body, headers={"accept": NEWER})


def assert_refused(response: httpx2.Response, path: str) -> str:
    """That the response is one error about a condition; returns what the error says after its path."""
    assert response.status_code == 400, response.text
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    assert error["extensions"]["problem"] == "bad-argument"
    named, _, advice = error["message"].partition(": ")
    assert named == path, error["message"]
    assert advice.startswith(("is null", "is empty")) and "leave " in advice, error["message"]
    return str(advice)


# Literals

LITERALS = {
    "{}": "where",
    "{event: null}": "where.event",
    "{event: {}}": "where.event",
    "{event: {eq: null}}": "where.event.eq",
    "{event: {known: null}}": "where.event.known",
    "{event: {oneOf: null}}": "where.event.oneOf",
    "{event: {within: null}}": "where.event.within",
    "{event: {match: null}}": "where.event.match",
    "{event: {match: {}}}": "where.event.match",
    "{event: {match: {country: null}}}": "where.event.match.country",
    "{event: {match: {partOf: {match: {name: {contains: null}}}}}}": "where.event.match.partOf.match.name.contains",
    '{event: {eq: "x", ne: null}}': "where.event.ne",
    "{measure: {eq: KILLED}, low: {gte: null}}": "where.low.gte",
    "{id: null}": "where.id",
    "{id: {}}": "where.id",
    "{id: {eq: null}}": "where.id.eq",
    "{and: null}": "where.and",
    "{and: []}": "where.and",
    "{and: {}}": "where.and[0]",
    "{and: [{measure: {eq: KILLED}}, {}]}": "where.and[1]",
    "{and: [{or: [{event: {eq: null}}]}]}": "where.and[0].or[0].event.eq",
    "{or: null}": "where.or",
    "{or: []}": "where.or",
    "{or: [{}]}": "where.or[0]",
    "{not: null}": "where.not",
    "{not: {}}": "where.not",
    "{not: {not: {}}}": "where.not.not",
    "{measure: {eq: KILLED}, not: {event: {}}}": "where.not.event",
}


@pytest.mark.parametrize("where", LITERALS)
async def test_a_null_or_empty_condition_in_a_document_is_refused(aleppo: Instance, where: str) -> None:
    assert_refused(await post(aleppo, f"{{ figures(where: {where}) {{ totalCount }} }}"), LITERALS[where])


async def test_the_error_says_what_to_do(aleppo: Instance) -> None:
    for where in ("{event: null}", "{event: {}}", "{event: {eq: null}}"):
        advice = assert_refused(await post(aleppo, f"{{ figures(where: {where}) {{ totalCount }} }}"), LITERALS[where])
        assert advice.endswith(LEAVE_EVENT)
    assert assert_refused(await post(aleppo, "{ figures(where: {id: null}) { totalCount } }"), "where.id").endswith("leave `id` out")
    assert assert_refused(await post(aleppo, "{ figures(where: {}) { totalCount } }"), "where").endswith(
        "leave `where` out to get every record"
    )


# Variables: what is declared, the filter, the variables, and the path of the error.

VARIABLES: dict[str, tuple[str, str, Any, str]] = {
    "null": ("$e: ID", "{event: {eq: $e}}", {"e": None}, "where.event.eq"),
    "not given": ("$e: ID", "{event: {eq: $e}}", {}, "where.event.eq"),
    "no variables": ("$e: ID", "{event: {eq: $e}}", None, "where.event.eq"),
    "not given, beside another": ("$e: ID", "{event: {eq: $e}, measure: {eq: KILLED}}", {}, "where.event.eq"),
    "not given, beside another operator": ("$e: ID", '{event: {ne: "x", eq: $e}}', {}, "where.event.eq"),
    "null instead of a default": ("$e: ID = \"x\"", "{event: {eq: $e}}", {"e": None}, "where.event.eq"),
    "a default of null": ("$e: ID = null", "{event: {eq: $e}}", {}, "where.event.eq"),
    "a field, null": ("$e: EventReferenceFilter", "{event: $e}", {"e": None}, "where.event"),
    "a field, not given": ("$e: EventReferenceFilter", "{event: $e, measure: {eq: KILLED}}", {}, "where.event"),
    "a field, empty": ("$e: EventReferenceFilter", "{event: $e}", {"e": {}}, "where.event"),
    "a field, its member null": ("$e: EventReferenceFilter", "{event: $e}", {"e": {"eq": None}}, "where.event.eq"),
    "a field, a default with a null": ("$e: EventReferenceFilter = {eq: null}", "{event: $e}", {}, "where.event.eq"),
    "all, empty": ("$w: FigureWhere", "$w", {"w": {}}, "where"),
    "all, a null": ("$w: FigureWhere", "$w", {"w": {"event": None}}, "where.event"),
    "all, a default with a null": ("$w: FigureWhere = {event: {eq: null}}", "$w", {}, "where.event.eq"),
    "all, a nested null": ("$w: FigureWhere", "$w", {"w": {"or": [{"id": {"eq": "x"}}, {"event": {"eq": None}}]}}, "where.or[1].event.eq"),
    "a list, null": ("$w: [FigureWhere!]", "{or: $w}", {"w": None}, "where.or"),
    "a list, not given": ("$w: [FigureWhere!]", "{measure: {eq: KILLED}, and: $w}", {}, "where.and"),
    "a list, empty": ("$w: [FigureWhere!]", "{or: $w}", {"w": []}, "where.or"),
    "a list of an empty one": ("$w: [FigureWhere!]", "{or: $w}", {"w": [{}]}, "where.or[0]"),
    "a negation, not given": ("$w: FigureWhere", "{not: $w}", {}, "where.not"),
    "a match, not given": ("$w: EventWhere", "{event: {match: $w}}", {}, "where.event.match"),
    "values, null": ("$e: [ID!]", "{event: {oneOf: $e}}", {"e": None}, "where.event.oneOf"),
    "values, not given": ("$e: [ID!]", "{event: {oneOf: $e}}", {}, "where.event.oneOf"),
    "known, not given": ("$k: Boolean", "{event: {known: $k}}", {}, "where.event.known"),
}  # fmt: skip


@pytest.mark.parametrize("case", VARIABLES)
async def test_a_variable_without_a_value_is_refused(aleppo: Instance, case: str) -> None:
    declared, where, variables, path = VARIABLES[case]
    assert_refused(await post(aleppo, FIGURES.format(declared=declared, where=where), variables), path)


@pytest.mark.parametrize("lists", ["{oneOf: [null]}", "{oneOf: [$e]}"])
async def test_a_null_in_a_list_of_values_is_refused(aleppo: Instance, lists: str) -> None:
    declared = '($e: ID = "x")' if "$" in lists else ""
    answer = await post(aleppo, f"query {declared} {{ figures(where: {{event: {lists}}}) {{ totalCount }} }}", {"e": None})
    assert answer.status_code == 400 and answer.json()["errors"][0]["extensions"]["problem"] == "graphql-invalid", answer.text
    for where in ("{and: [null]}", "{or: [null]}", '{or: [{id: {eq: "x"}}, null]}'):
        assert (await post(aleppo, f"{{ figures(where: {where}) {{ totalCount }} }}")).status_code == 400


async def count(instance: Instance, query: str, variables: Any = None) -> int:
    answer = (await post(instance, query, variables)).json()
    assert "errors" not in answer, answer
    return int(answer["data"]["figures"]["totalCount"])


async def test_a_plan_for_a_value_never_serves_the_lack_of_one(aleppo: Instance) -> None:
    """In every order: with a value, null, not given; and a default is a value."""
    for number, order in enumerate(((EVENT, None, ...), (None, EVENT, ...), (..., None, EVENT), (EVENT, ..., EVENT, None))):
        query = FIGURES.format(declared="$e: ID", where="{event: {eq: $e}, measure: {ne: INJURED}}") + f" # {number}"
        for value in order:
            variables = {} if value is ... else {"e": value}
            if value == EVENT:
                assert await count(aleppo, query, variables) < await count(aleppo, "{ figures { totalCount } }")
            else:
                assert_refused(await post(aleppo, query, variables), "where.event.eq")
    query = FIGURES.format(declared='$e: ID = "nothing"', where="{event: {eq: $e}}")
    assert await count(aleppo, query) == 0
    assert await count(aleppo, query, {"e": EVENT}) > 0
    assert_refused(await post(aleppo, query, {"e": None}), "where.event.eq")


async def test_an_object_variable_may_not_lose_a_member(aleppo: Instance) -> None:
    query = FIGURES.format(declared="$w: FigureWhere", where="$w")
    good = {"event": {"eq": EVENT}, "measure": {"eq": "KILLED"}}
    expected = await count(aleppo, query, {"w": good})
    for name in good:
        for empty in (None, {}, {"eq": None}):
            assert_refused(await post(aleppo, query, {"w": {**good, name: empty}}), f"where.{name}" + (".eq" if empty else ""))
    assert await count(aleppo, query, {"w": good}) == expected > 0


async def test_a_get_request_and_a_persisted_document_are_refused_alike(aleppo: Instance) -> None:
    query = FIGURES.format(declared="$e: ID", where="{event: {eq: $e}}")
    hash = hashlib.sha256(query.encode()).hexdigest()
    extensions = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": hash}})

    async def get(**params: str) -> httpx2.Response:
        return await aleppo.client.get("/graphql", params=params, headers={"accept": NEWER})

    value = json.dumps({"e": EVENT})
    assert (await get(query=query, variables=value, extensions=extensions)).status_code == 200
    for variables in ('{"e": null}', "{}"):
        assert_refused(await get(query=query, variables=variables), "where.event.eq")
        assert_refused(await get(extensions=extensions, variables=variables), "where.event.eq")
    assert_refused(await get(extensions=extensions), "where.event.eq")
    assert (await get(extensions=extensions, variables=value)).status_code == 200


# Every place where conditions may stand

SCHEMA = build_schema(schema_of(surface_of(KINDS)).as_str())
PLACES = [
    (type.name, name) for type in SCHEMA.type_map.values() if isinstance(type, GraphQLObjectType)
    for name, field in type.fields.items() if "where" in field.args
]  # fmt: skip


def question(type: str, name: str, where: str) -> str:
    """A document that asks a field of a type, which may be a record, with a filter, and any variable that the filter has."""
    object_type = SCHEMA.type_map[type]
    assert isinstance(object_type, GraphQLObjectType)
    named = get_named_type(object_type.fields[name].type).name
    asked = f"{name}(where: {where}) {{ {'totalCount' if named.endswith('Connection') else 'rows { best }'} }}"
    if type == "Snapshot":
        asked = f"snapshot(revision: 1) {{ {asked} }}"
    elif type != "Query":
        (kind,) = [one for one in KINDS.values() if one.graphql == type]
        asked = f"{camel(kind.plural)} {{ nodes {{ {asked} }} }}"
    return f"query ($v: ID) {{ {asked} }}" if "$v" in where else f"{{ {asked} }}"


@pytest.mark.sampled(10)
@pytest.mark.parametrize(("type", "name"), PLACES, ids=[".".join(place) for place in PLACES])
async def test_every_field_with_conditions_refuses_empty_ones(aleppo: Instance, type: str, name: str) -> None:
    for variables in ({"v": None}, {}):
        assert_refused(await post(aleppo, question(type, name, "{id: {ne: $v}}"), variables), "where.id.ne")
    assert_refused(await post(aleppo, question(type, name, "{not: {}}")), "where.not")
    for where in ("null", '{id: {ne: "x"}}'):
        assert (await post(aleppo, question(type, name, where))).status_code == 200


async def test_a_list_below_a_record_that_does_not_exist_is_checked(aleppo: Instance) -> None:
    query = 'query ($n: Float) { event(id: "nobody") { figures(where: {low: {gte: $n}}) { totalCount } } }'
    assert_refused(await post(aleppo, query), "where.low.gte")


async def test_conditions_beside_introspection_are_checked(aleppo: Instance) -> None:
    """A document that asks about the schema as well is translated by itself."""
    assert_refused(
        await post(aleppo, "{ __schema { queryType { name } } figures(where: {event: {eq: null}}) { totalCount } }"), "where.event.eq"
    )


async def test_what_is_skipped_is_not_checked(aleppo: Instance) -> None:
    query = "query ($e: ID, $on: Boolean!) { figures(where: {event: {eq: $e}}) @include(if: $on) { totalCount } __typename }"
    assert (await post(aleppo, query, {"on": False})).json() == {"data": {"__typename": "Query"}}
    assert_refused(await post(aleppo, query, {"on": True}), "where.event.eq")


FIELDS = [(kind, name) for kind in KINDS.values() for name in ("id", *kind.fields)]


@pytest.mark.sampled(10)
@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=[f"{kind.name}.{name}" for kind, name in FIELDS])
async def test_every_operator_of_every_field_refuses_null_and_nothing(aleppo: Instance, kind: Kind, name: str) -> None:
    field = kind.fields.get(name)
    for operator in conditions.operators(KINDS, field):
        path = f"where.{camel(name)}.{camel(operator)}"
        query = f"query ($w: {kind.graphql}Where) {{ {camel(kind.plural)}(where: $w) {{ totalCount }} }}"
        assert_refused(await post(aleppo, query, {"w": {camel(name): {camel(operator): None}}}), path)
        if operator == "match":
            continue
        for suffix in (f".{operator}", *([""] if operator == "eq" else [])):
            for text in ("", " ", "\t"):
                answer = await aleppo.client.get(f"/v1/{kind.plural}", params={f"{name}{suffix}": text})
                assert_blank(answer, f"{name}{suffix}", f"{name}.known=false" if "known" in conditions.operators(KINDS, field) else "")


# REST


def assert_blank(response: httpx2.Response, name: str, known: str) -> None:
    assert response.status_code == 400, response.text
    problem = response.json()
    cure = f"leave `{name}` out" + (f", or use `{known}` to find records without one" if known else "")
    assert (problem["code"], problem["detail"]) in [
        ("bad-argument", f"{name}: {what}; {cure}") for what in ("is empty", "has an empty value")
    ]


BLANK = {
    "event=": ("event", "event.known=false"),
    "event": ("event", "event.known=false"),
    "event.eq=": ("event.eq", "event.known=false"),
    "event=%20": ("event", "event.known=false"),
    "event=+": ("event", "event.known=false"),
    "event.one_of=": ("event.one_of", "event.known=false"),
    "event.one_of=,": ("event.one_of", "event.known=false"),
    f"event.one_of={EVENT},": ("event.one_of", "event.known=false"),
    f"event.one_of={EVENT}&event.one_of=": ("event.one_of", "event.known=false"),
    f"event={EVENT}&measure=": ("measure", "measure.known=false"),
    "event.country=": ("event.country", "event.country.known=false"),
    "event.country.ne=": ("event.country.ne", "event.country.known=false"),
    "event.location.name.contains=": ("event.location.name.contains", "event.location.name.known=false"),
    "event.id=": ("event.id", ""),
    "id=": ("id", ""),
    "event.known=": ("event.known", "event.known=false"),
    "low.gte=": ("low.gte", "low.known=false"),
    "period_start.lt=": ("period_start.lt", "period_start.known=false"),
}


@pytest.mark.parametrize("query", BLANK)
@pytest.mark.parametrize("path", ["/v1/figures", "/v1/figures.csv", "/v1/figures.ndjson", "/v1/figures/totals"])
async def test_a_parameter_without_a_value_is_refused(aleppo: Instance, path: str, query: str) -> None:
    assert_blank(await aleppo.client.get(f"{path}?{query}"), *BLANK[query])


async def test_a_repeated_blank_parameter_is_refused(aleppo: Instance) -> None:
    for query in ("event=&event=", f"event={EVENT}&event=", f"event=&event={EVENT}"):
        answer = await aleppo.client.get(f"/v1/figures?{query}")
        assert (answer.status_code, answer.json()["detail"]) == (400, "event: is given 2 times; give it once")
    answer = await aleppo.client.get("/v1/figures?event.country=SYR&event.country=IRQ")
    assert answer.json()["detail"] == "event.country: is given 2 times; use event.country.one_of=SYR,IRQ"


async def test_a_plan_for_a_parameter_never_serves_a_blank_one(aleppo: Instance) -> None:
    for _ in range(2):
        assert (await aleppo.client.get(f"/v1/figures?event={EVENT}")).status_code == 200
        assert_blank(await aleppo.client.get("/v1/figures?event="), "event", "event.known=false")
        assert_blank(await aleppo.client.get("/v1/figures/totals?event="), "event", "event.known=false")


async def test_a_day_that_is_blank_is_refused(aleppo: Instance) -> None:
    for query, name in (
        ("since=", "since"),
        ("until=", "until"),
        ("since=2024-11-01&until=", "until"),
        ("since=&until=2024-11-01", "since"),
    ):
        answer = await aleppo.client.get(f"/v1/figures/totals?{query}")
        assert (answer.status_code, answer.json()["detail"]) == (400, f"{name}: is empty; leave `{name}` out")


# Arguments


ARGUMENTS = {
    "events": ("where", "orderBy", "search", "first", "after", "last", "before"),
    "figures": ("where", "orderBy", "search", "first", "after", "last", "before"),
    "totals": ("where", "by", "since", "until"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_an_argument_that_is_null_is_absent(aleppo: Instance, name: str) -> None:
    """As search boxes send them."""
    selection = (
        "{ rows { measure low best high figures } leftOut { reason figures } }" if name == "totals" else "{ totalCount nodes { id: slug } }"
    )
    expected = (await aleppo.graphql(f"{{ {name} {selection} }}"))[name]
    assert SCHEMA.query_type is not None
    types = {one: argument.type for one, argument in SCHEMA.query_type.fields[name].args.items()}
    assert {*types} == {*ARGUMENTS[name]}
    nulls = ", ".join(f"{one}: null" for one in types)
    assert (await aleppo.graphql(f"{{ {name}({nulls}) {selection} }}"))[name] == expected
    declared, given = ", ".join(f"${one}: {type}" for one, type in types.items()), ", ".join(f"{one}: ${one}" for one in types)
    query = f"query ({declared}) {{ {name}({given}) {selection} }}"
    for variables in (dict.fromkeys(types), {}):
        assert (await aleppo.graphql(query, **variables))[name] == expected


async def test_a_list_of_no_values_is_a_condition_that_no_record_meets(aleppo: Instance) -> None:
    query = FIGURES.format(declared="$e: [ID!]", where="{event: {oneOf: $e}}")
    assert await count(aleppo, query, {"e": [EVENT]}) > 0
    assert await count(aleppo, query, {"e": []}) == 0
    everything = await count(aleppo, "{ figures { totalCount } }")
    assert await count(aleppo, FIGURES.format(declared="$e: [ID!]", where="{not: {event: {oneOf: $e}}}"), {"e": []}) == everything


# Texts that every text contains


MARKS = ["\u0640", "\u064b\u0650", "\u0301", "\u20dd", " \u0640 "]


@pytest.mark.parametrize("text", MARKS, ids=ascii)
async def test_a_search_for_marks_alone_is_refused(aleppo: Instance, text: str) -> None:
    """They are ignored in every text, so every record would be found."""
    for path, parameter in (("actors", "name.contains"), ("actors", "search"), ("events", "location.name.contains")):
        answer = await aleppo.client.get(f"/v1/{path}", params={parameter: text})
        assert answer.status_code == 400, answer.text
        assert (
            answer.json()["detail"]
            == f"{parameter}: has only accents or vowel signs, which searches ignore; give a letter or a digit as well"
        )
    answer = await post(aleppo, "query ($t: String) { actors(where: {name: {contains: $t}}) { totalCount } }", {"t": text})
    assert answer.json()["errors"][0]["message"].startswith("where.name.contains: has only accents or vowel signs")
    answer = await post(aleppo, "query ($t: String) { actors(search: $t) { totalCount } }", {"t": f"a {text}"})
    assert answer.json()["errors"][0]["message"].startswith("search: has only accents or vowel signs")


async def test_the_characters_that_a_search_ignores_are_those_that_the_database_deletes(aleppo: Instance) -> None:
    last = 0x1FFFF  # Ideographs follow.
    rows = await aleppo.rows("select n from generate_series(1, $1) n where n not between 55296 and 57343 and fold(chr(n)) = ''", last)
    deleted = [chr(row["n"]) for row in rows]
    ignored = [
        one for one in map(chr, range(1, last + 1))
        if not "\ud800" <= one <= "\udfff" and conditions.DELETED_BY_FOLD.fullmatch(unicodedata.normalize("NFKD", one))
    ]  # fmt: skip
    assert ignored == deleted
