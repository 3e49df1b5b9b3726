"""What a request may make the server do before anything is run: comparisons, values of arguments, conditions, literals of any length."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import httpx2
import pytest
from graphql import ValueNode

from api.graphql import translate, validation
from api.sql.answering.statement import Statement
from api.store import plans

from ..conftest import Instance

CONDITION = {"country": {"eq": "SYR"}}
LINK = {"location": {"match": {"country": {"eq": "SYR"}}}}
RELATED = {"figures": {"some": {"best": {"known": True}}}}
DIGITS = "9" * 5000


async def error(client: httpx2.AsyncClient, query: str, **variables: object) -> dict[str, Any]:
    """The first error of a request, which has status 400."""
    accept = {"accept": "application/graphql-response+json"}
    response = await client.post("/graphql", json={"query": query, "variables": variables}, headers=accept)
    assert response.status_code == 400, response.text[:300]
    return dict(response.json()["errors"][0])


def aliases(count: int) -> str:
    lists = " ".join(f"a{number}: events(where: $where) {{ totalCount }}" for number in range(count))
    return f"query($where: EventWhere!) {{ {lists} }}"


async def test_a_variable_counts_as_often_as_it_is_used(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    where = {"or": [CONDITION] * 100}
    counted = []
    count = translate.Translator._count_values

    def counting(self: translate.Translator, value: ValueNode) -> None:
        counted.append(value)
        count(self, value)

    monkeypatch.setattr(translate.Translator, "_count_values", counting)
    found = await error(aleppo.client, aliases(200), where=where)
    assert found["extensions"]["problem"] == "too-much"
    assert f"more than {translate.MAX_ARGUMENT_VALUES:,} values" in found["message"]
    assert len(counted) == translate.MAX_ARGUMENT_VALUES // 100 + 1  # The use that exceeds the limit is the last.


async def test_a_variable_in_a_fragment_counts_at_each_spread(aleppo: Instance) -> None:
    spreads = " ".join(f"a{number}: location {{ ...f }}" for number in range(30))
    fragment = "fragment f on Location { events(where: $where) { totalCount } }"
    query = f'query($where: EventWhere!) {{ event(id: "a") {{ {spreads} }} }} {fragment}'
    found = await error(aleppo.client, query, where={"or": [CONDITION] * 100})
    assert "a variable counts as often as it is used" in found["message"]


async def test_values_of_variables_are_counted_before_they_are_coerced(aleppo: Instance) -> None:
    found = await error(aleppo.client, aliases(1), where={"or": [CONDITION] * 1600})
    assert found["message"].startswith("variables: 1,600 values, and 1,000 is the limit")
    assert found["extensions"]["problem"] == "too-much"


@pytest.mark.parametrize(
    ("condition", "limit"),
    [
        pytest.param(CONDITION, plans.MAX_CONDITIONS, id="conditions"),
        pytest.param(LINK, plans.MAX_LINK_CONDITIONS, id="conditions on linked records"),
        pytest.param(RELATED, plans.MAX_LINK_CONDITIONS, id="conditions on related records"),
    ],
)
async def test_conditions_are_limited(aleppo: Instance, condition: object, limit: int) -> None:
    query = "query($where: EventWhere!) { events(where: $where) { totalCount } }"
    assert await aleppo.graphql(query, where={"or": [condition] * (limit - 1 if condition is CONDITION else limit)})
    found = await error(aleppo.client, query, where={"or": [condition] * (limit + 1)})
    assert f"{limit + 1:,} conditions" in found["message"] and f"{limit:,} is the limit" in found["message"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events.csv", "/v1/events.geojson"])
async def test_conditions_of_rest_are_limited(aleppo: Instance, path: str) -> None:
    fields = ("name", "country", "kind", "violence", "ucdp_id", "started_on")
    names = [f"{'part_of.' * depth}{name}.known" for depth in range(1, 9) for name in fields]
    response = await aleppo.client.get(path, params=dict.fromkeys(names, "true"))
    assert (response.status_code, response.json()["code"]) == (400, "too-much"), response.text
    assert f"{plans.MAX_LINK_CONDITIONS:,} is the limit" in response.json()["detail"]


@pytest.mark.parametrize(
    ("path", "paths", "problem"),
    [("/v1/events", ["name"] * 101, "fields: has 101 paths, and 100 is the limit"),
     ("/v1/events.csv", ["name"] * 101, "fields: has 101 paths, and 100 is the limit"),
     ("/v1/figures.csv", [f"event.{'part_of.' * events}location.{'part_of.' * places}*" for events in range(7) for places in range(7 - events)] + ["event.*"], "columns, and 300 is the limit")],
    ids=["paths", "paths of a table", "columns"],
)  # fmt: skip
async def test_fields_of_rest_are_limited(aleppo: Instance, path: str, paths: list[str], problem: str) -> None:
    response = await aleppo.client.get(path, params={"fields": ",".join(paths)})
    assert (response.status_code, response.json()["code"]) == (400, "too-much"), response.text
    assert problem in response.json()["detail"]


@pytest.mark.parametrize("literal", [DIGITS, f"-{DIGITS}", f"{DIGITS}.5", f"1e{DIGITS}", f"[{DIGITS}]", f"{{a: {DIGITS}}}"])
@pytest.mark.parametrize(
    "query",
    [
        "{ events(first: #) { totalCount } }", "{ figures(where: {best: {eq: #}}) { totalCount } }",
        "{ snapshot(revision: #) { revision { id } } }", "query($n: Int = #) { events(first: $n) { totalCount } }",
        "{ events { totalCount @include(if: #) } }", "{ figures(where: {event: {known: #}}) { totalCount } }",
    ],
)  # fmt: skip
async def test_a_literal_of_any_length_is_the_clients_error(aleppo: Instance, query: str, literal: str) -> None:
    found = await error(aleppo.client, query.replace("#", literal))
    assert found["extensions"]["problem"] in ("graphql-invalid", "bad-argument")
    assert len(json.dumps(found)) < 1_000


async def test_a_document_that_needs_many_comparisons_is_walked_once(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    walks = []

    class Counted(validation.FastVisitor):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            walks.append(self)

    monkeypatch.setattr(validation, "FastVisitor", Counted)
    monkeypatch.setattr(validation, "validate", lambda *arguments, **options: pytest.fail("validated again"))
    found = await error(aleppo.client, '{ event(id: "x") { ' + "name " * 900 + "} }")
    assert found["extensions"]["problem"] == "too-much"
    assert len(walks) == 1


async def test_our_own_mistake_is_not_reported_as_a_lost_database(aleppo: Instance) -> None:
    pool = aleppo.app.state.store.pool
    with pytest.raises(asyncpg.InterfaceError):
        await pool.answer(Statement("select $1::integer", tuple(range(40_000))))
    assert (await aleppo.client.get("/health")).status_code == 200
