"""A list of a request is read at each of its uses, so its length counts as often as it is used."""

from __future__ import annotations

import time

import pytest

from ..conftest import Instance

IDS = [f"e{number}" for number in range(1000)]
SEVERAL = " ".join(f"a{n}: events(where: {{id: {{oneOf: $v}}}}) {{ totalCount }}" for n in range(10))
MANY = " ".join(f"a{n}: events(where: {{id: {{oneOf: $v}}}}) {{ totalCount }}" for n in range(150))


async def error(on: Instance, query: str, **variables: object) -> str:
    answer = (await on.client.post("/graphql", json={"query": query, "variables": variables})).json()
    return str(answer["errors"][0]["message"])


async def test_a_list_used_in_many_places_is_refused_before_it_is_read(aleppo: Instance) -> None:
    started = time.process_time()
    refused = await error(aleppo, f"query ($v: [ID!]) {{ {MANY} }}", v=IDS)
    assert "the lists of the request have" in refused and "10,000 is the limit" in refused
    assert time.process_time() - started < 2


async def test_a_cached_plan_refuses_a_longer_list(aleppo: Instance) -> None:
    query = f"query ($v: [ID!]) {{ {MANY} }}"
    assert len(await aleppo.graphql(query, v=IDS[:10])) == 150
    assert "have 150,000 values" in await error(aleppo, query, v=IDS)
    assert len(await aleppo.graphql(query, v=IDS[10:20])) == 150


async def test_a_list_used_in_a_few_places_is_accepted(aleppo: Instance) -> None:
    assert len(await aleppo.graphql(f"query ($v: [ID!]) {{ {SEVERAL} }}", v=IDS)) == 10


@pytest.mark.parametrize("count", [51, 100])
async def test_the_ids_of_all_lists_of_nodes_are_counted_together(aleppo: Instance, count: int) -> None:
    query = "query ($i: [ID!]!) { a: nodes(ids: $i) { id } b: nodes(ids: $i) { id } }"
    ids = [f"event:e{number}" for number in range(count)]
    assert f"has {2 * count} ids, and 100 is the limit" in await error(aleppo, query, i=ids)
    assert (await aleppo.graphql(query, i=ids[:50]))["a"] == [None] * 50
