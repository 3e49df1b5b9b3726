"""A format of lists is declared once: REST, the command line, OpenAPI and the docs follow from the declaration."""

from __future__ import annotations

import re

import httpx2
import pytest
from click.testing import CliRunner

from api.__main__ import main
from api.errors import NotAcceptable
from api.rest.list_formats import FORMATS, ListFormat, flat
from api.rest.openapi import document
from api.rest.table_files import Text
from api.store.streams import Stream
from schema.kinds import KINDS
from schema.model.kind import Kind

from ..conftest import ROOT, Instance


async def _ids(kind: Kind, stream: Stream) -> Text:
    async for record in stream.documents:
        yield re.findall(r'"id":"([^"]+)"', record)[0] + "\n"


ZZZ = ListFormat("zzz", "text/x-zzz", "One id a line.", _ids, selection=flat)


@pytest.fixture
def zzz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "zzz", ZZZ)


def suffixes(separator: str) -> str:
    """The formats of files that are declared now, as messages list them."""
    return separator.join(suffix for suffix, format in FORMATS.items() if format.streamed)


def missing_from_docs() -> set[str]:
    text = (ROOT / "docs" / "queries.md").read_text("utf-8")
    return {suffix for suffix, format in FORMATS.items() if format.streamed and f"`.{suffix}`" not in text}


def export(instance: Instance, *words: str) -> str:
    environment = {"DATABASE_URL": instance.url, "DATABASE_READ_URL": instance.read_url}
    return CliRunner().invoke(main, ["export", *words], env=environment).output


@pytest.mark.usefixtures("zzz")
async def test_rest_streams_a_new_format(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/v1/events?limit=1000")).json()["data"]
    response = await client.get("/v1/events.zzz")
    assert response.headers["content-type"].partition(";")[0] == ZZZ.media_type
    assert response.headers["content-disposition"] == 'attachment; filename="events-r1.zzz"'
    assert response.text.split() == [record["id"] for record in listed]
    assert (await client.get("/v1/events.zzz?fields=name")).json()["code"] == "bad-argument"
    assert suffixes(", ").endswith(", zzz") and suffixes(", ") in (await client.get("/v1/events.xml")).json()["detail"]


@pytest.mark.usefixtures("zzz")
def test_the_command_line_exports_a_new_format(aleppo: Instance) -> None:
    assert "aleppo-offensive-2024\n" in export(aleppo, "events", "--format", "zzz")
    assert suffixes("|").endswith("|zzz") and suffixes("|") in export(aleppo, "--help")


@pytest.mark.usefixtures("zzz")
def test_openapi_describes_a_new_format() -> None:
    operation = document(KINDS)["paths"]["/v1/events.zzz"]["get"]  # type: ignore[index]
    assert operation["operationId"] == "exportEventsZzz" and ZZZ.sentence in operation["description"]
    assert [*operation["responses"]["200"]["content"]] == [ZZZ.media_type]
    assert {f"#/components/parameters/{name}" for name in ("fields", "event.provenance")}.isdisjoint(
        parameter["$ref"] for parameter in operation["parameters"]
    )


def test_the_docs_name_every_format() -> None:
    assert not missing_from_docs()


@pytest.mark.usefixtures("zzz")
def test_a_new_format_is_missing_from_the_docs() -> None:
    assert missing_from_docs() == {"zzz"}


async def test_without_its_declaration_the_format_does_not_exist(client: httpx2.AsyncClient, aleppo: Instance) -> None:
    response = await client.get("/v1/events.zzz")
    assert (response.status_code, response.json()["code"]) == (NotAcceptable.status, NotAcceptable.code)
    assert f"use one of {suffixes(', ')}" in export(aleppo, "events", "--format", "zzz")
    assert "/v1/events.zzz" not in document(KINDS)["paths"]  # type: ignore[operator]
