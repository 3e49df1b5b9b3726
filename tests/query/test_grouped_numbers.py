"""A condition never reads `14.000` as fourteen: where a point stands between thousands, it is fourteen thousand."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from ..conftest import Instance

REFUSED = "is 14.000, whose point may stand between thousands: write 14000, or 14 if it is a decimal point"
REST = {
    "a condition": ("/v1/figures?low.gte=14.000", "low.gte"),
    "a value": ("/v1/figures?low=14.000", "low"),
    "one of a list": ("/v1/figures?low.one_of=7,14.000", "low.one_of"),
    "related records": ("/v1/events?figures.some.low.gte=14.000", "figures.some.low.gte"),
    "totals": ("/v1/figures/totals?low.gte=14.000", "low.gte"),
    "a file": ("/v1/figures.csv?best.lte=14.000", "best.lte"),
    "a page": ("/figures?low.gte=14.000", "low.gte"),
}


@pytest.mark.parametrize("way", REST)
async def test_a_number_that_may_be_grouped_is_refused(client: httpx2.AsyncClient, way: str) -> None:
    address, name = REST[way]
    response = await client.get(address, headers={"accept": "application/json"})
    assert response.status_code == 400
    assert f"{name}: {REFUSED}" in response.text.replace("\\n", " ")


async def graphql(client: httpx2.AsyncClient, value: Any) -> str:
    query = "query ($low: Float) { figures(where: {low: {gte: $low}}, first: 1) { nodes { id } } }"
    return (await client.post("/graphql", json={"query": query, "variables": {"low": value}})).text


async def test_graphql_refuses_a_text_and_reads_a_number(client: httpx2.AsyncClient) -> None:
    assert "errors" in json.loads(await graphql(client, "14.000"))
    assert "errors" not in json.loads(await graphql(client, 14.0))


@pytest.mark.parametrize(("text", "message"), [("1.234", "write 1234, or 1.2340"), ("-14.125", "write -14125, or -14.1250")])
async def test_the_cure_is_read_as_it_says(client: httpx2.AsyncClient, text: str, message: str) -> None:
    response = await client.get("/v1/figures", params={"low.gte": text})
    assert message in response.json()["detail"]
    for cure in message.removeprefix("write ").split(", or "):
        assert (await client.get("/v1/figures", params={"low.gte": cure})).status_code == 200


async def test_degrees_are_no_counts(aleppo: Instance) -> None:
    assert (await aleppo.get("/v1/locations?latitude.gte=36.125"))["data"]
