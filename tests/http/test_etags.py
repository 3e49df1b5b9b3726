"""One rule says whether a client has a response already: on facts, files and pages, from the cache and without it."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

ADDRESSES = ["/", "/docs", "/dictionary", "/problems", "/events", "/v1/figures", "/v1/figures.csv", "/events/aleppo-offensive-2024"]
WAYS: dict[str, Callable[[str], list[str]]] = {
    "the same": lambda tag: [tag],
    "without the prefix of a weak one": lambda tag: [tag.removeprefix("W/")],
    "with the prefix of a weak one": lambda tag: [f"W/{tag.removeprefix('W/')}"],
    "in a list": lambda tag: [f'"other", {tag}'],
    "in a second line": lambda tag: ['"other"', tag],
    "any": lambda tag: ["*"],
}


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_response_that_the_client_has_is_not_sent_again(client: httpx2.AsyncClient, address: str) -> None:
    first = await client.get(address)
    assert first.status_code == 200
    tag = first.headers["etag"]
    for way, lines in WAYS.items():
        again = await client.get(address, headers=[("if-none-match", line) for line in lines(tag)])
        assert (again.status_code, again.content) == (304, b""), way
        assert again.headers["etag"].removeprefix("W/") == tag.removeprefix("W/"), way
    for other in ('"other"', tag[:-3] + '"', f"x{tag}"):
        assert (await client.get(address, headers={"if-none-match": other})).status_code == 200, other
