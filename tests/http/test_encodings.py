"""Everything that is sent can be compressed with zstd, br or gzip; what is sent to the server cannot."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # it has no annotations
import pytest
import zstandard

from ..conftest import Instance

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress, "br": brotli.decompress, "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}  # fmt: skip
ADDRESSES = [
    "/", "/dictionary", "/docs", "/static/site.css", "/openapi.json", "/v1", "/v1/events", "/v1/events.ndjson", "/v1/events.csv?order=name", "/v1/events.geojson",
    "/v1/events/aleppo-offensive-2024", "/v1/revisions/1", "/problems",
]  # fmt: skip


async def raw(on: Instance, address: str, accept: str) -> tuple[int, str | None, bytes]:
    async with on.client.stream("GET", address, headers={"accept-encoding": accept, "accept": "*/*"}) as answer:
        return answer.status_code, answer.headers.get("content-encoding"), b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("address", ADDRESSES)
async def test_everything_is_sent_in_each_encoding(aleppo: Instance, address: str) -> None:
    status, encoding, plain = await raw(aleppo, address, "identity")
    assert (status, encoding) == (200, None) and len(plain) > 1000
    for name, decode in DECODERS.items():
        status, encoding, body = await raw(aleppo, address, name)
        assert (status, encoding) == (200, name)
        assert decode(body) == plain
        assert len(body) < len(plain)


async def test_a_long_error_is_compressed_too(aleppo: Instance) -> None:
    address = "/v1/events?" + "&".join(f"{name}.one_of=SYR" for name in ("country", "x" * 150)) + "&country.eq=" + "x" * 2000
    for name, decode in DECODERS.items():
        status, encoding, body = await raw(aleppo, address, name)
        assert status == 400 and b"problems" in (decode(body) if encoding else body)


@pytest.mark.parametrize("accept", ["gzip;q=0", "identity", "", "deflate"])
async def test_nothing_is_compressed_for_a_client_that_does_not_accept_it(aleppo: Instance, accept: str) -> None:
    for address in ("/", "/v1/events", "/v1/events.ndjson"):
        assert (await raw(aleppo, address, accept))[1] is None


async def test_a_file_that_is_compressed_itself_is_sent_as_it_is(aleppo: Instance) -> None:
    for suffix in ("parquet", "xlsx"):
        assert (await raw(aleppo, f"/v1/events.{suffix}", "zstd, br, gzip"))[1] is None


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "GZIP", "identity, gzip"])
async def test_a_compressed_request_body_is_refused_with_the_reason(aleppo: Instance, encoding: str) -> None:
    body = zlib.compress(b'{"query": "{ __typename }"}', wbits=31)
    headers = {"content-encoding": encoding, "content-type": "application/json", "accept": "application/graphql-response+json"}
    answer = await aleppo.client.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 415 and answer.json()["errors"][0]["message"].startswith("content-encoding: ")
    headers["content-encoding"] = "identity"
    assert (await aleppo.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)).status_code == 200
