"""Nobody learns what a withheld source says by guessing: the answer for what it names is the answer for what nobody names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from api.loading.files import LoadOptions, load_files
from schema.kinds import KINDS
from schema.model.claim import DERIVED_ID

from ..conftest import ROOT, Databases, Instance
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY
from .test_fingerprint import recognized

ACLED = ROOT / "tests" / "install" / "files" / "acled.csv"
DERIVED = ("actor", "location", "participation")
RECORD = (
    "/v1/{plural}/{id}",
    "/v1/{plural}/{id}.json",
    "/v1/{plural}/{id}?revision=1",
    "/v1/{plural}/{id}?fields=*",
    "/{plural}/{id}",
    "/{plural}/{id}?revision=1",
)
LISTS = (
    "/v1/{plural}?id={id}", "/v1/{plural}?id.one_of={id},x&provenance=*", "/v1/{plural}.csv?id={id}", "/v1/participations?actor={id}", "/v1/figures?actor={id}",
    "/v1/events?location={id}", "/v1/events?location.part_of={id}", "/v1/figures/totals?by=actor,year&actor={id}", "/v1/figures/totals?by=place&place={id}",
    "/v1/events?participations.actor={id}", "/v1/figures?event.location={id}",
    "/v1/events?participations.some.actor={id}", "/v1/events?participations.none.actor={id}", "/v1/events?participations.count=0&participations.count.where.actor={id}",
    "/v1/events?fields=participations&participations.where.actor={id}", "/{plural}?id={id}", "/figures?actor={id}", "/embed/totals?actor={id}",
    "/embed/totals?by=place&place={id}&revision=1", "/embed/timeline?measure=killed&actor={id}", "/v1/claims/claim:{plural}:{id}:0123456789ab", "/search?text={id}",
)  # fmt: skip
NAMES = (
    "/v1/actors?name={name}",
    "/v1/actors?search={name}",
    "/v1/locations?name.contains={name}&revision=1",
    "/v1/events?search={name}",
    "/v1/figures?search={name}",
    "/v1/search?text={name}",
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    return claims(ACLED, tmp_path_factory.mktemp("real"))


@pytest_asyncio.fixture(scope="module")
async def withheld_template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the file, to be copied."""
    store = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("template"))
    assert (await load_files(KINDS, store.url, [ACLED], LoadOptions())).withheld
    return name


@pytest_asyncio.fixture(scope="module")
async def withheld(databases: Databases, withheld_template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    running = Instance(databases, await databases.fresh(withheld_template), tmp_path_factory.mktemp("withheld"))
    async with running.app.router.lifespan_context(running.app), running.client:
        yield running


def derived_ids(real: Claims, kind: str) -> list[str]:
    ids = [claim["id"] for claim in real[kind]]
    assert any(DERIVED_ID.search(id) for id in ids), ids
    return ids


def other(id: str) -> str:
    """An id of the same form, which no record has."""
    changed = DERIVED_ID.sub(hashlib.md5(id.encode()).hexdigest()[:20], id)
    return changed if changed != id else f"{id[:-1]}z"


# A file may be complete already or not, whichever id is asked for.
OF_THE_MOMENT = ("etag", "content-length", "content-encoding", "accept-ranges", "vary")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kind", DERIVED)
async def test_an_id_made_of_a_name_is_answered_as_one_of_no_record(withheld: Instance, real: Claims, kind: str) -> None:
    ids = sorted(derived_ids(real, kind), key=lambda id: not DERIVED_ID.search(id))
    for id in ids if NIGHTLY else ids[:1]:
        for address in (*RECORD, *LISTS):
            told = []
            for guess in (id, other(id)):
                response = await withheld.client.get(address.format(plural=KINDS[kind].plural, id=guess))
                headers = {name: value for name, value in response.headers.items() if name not in OF_THE_MOMENT}
                told.append((response.status_code, response.text.replace(guess, "ID"), headers))
            assert told[0] == told[1], address
            assert address not in RECORD or told[0][0] == 404


@pytest.mark.parametrize("kind", ["actor", "location"])
async def test_a_name_is_answered_as_one_that_nobody_has(withheld: Instance, real: Claims, kind: str) -> None:
    for name in {claim["name"] for claim in real[kind]}:
        for address in NAMES:
            true, false = [(await withheld.client.get(address.format(name=guess))).text for guess in (name, f"{name[::-1]}x")]
            assert true == false, address


async def test_a_thousand_guesses_in_graphql_say_nothing(withheld: Instance, real: Claims) -> None:
    """Each guess as a record, now and then, and by what refers to it: all are null and empty, without an error."""
    for kind in DERIVED:
        ids = derived_ids(real, kind)
        guesses = [*ids, *(other(f"{ids[0]}{n}") for n in range(1000 // len(DERIVED)))]
        for start in range(0, len(guesses), 50):
            records = " ".join(f"g{n}: {kind}(id: {json.dumps(id)}) {{ id: slug }}" for n, id in enumerate(guesses[start : start + 50]))
            body = (await withheld.client.post("/graphql", json={"query": f"{{ {records} snapshot(revision: 1) {{ {records} }} }}"})).json()
            assert "errors" not in body
            assert not any(body["data"].pop("snapshot").values()) and not any(body["data"].values())


async def test_an_id_that_the_source_gave_says_why_its_record_is_not_shown(withheld: Instance, real: Claims) -> None:
    for kind in ("event", "figure"):
        for claim in real[kind]:
            address = f"/v1/{KINDS[kind].plural}/{claim['id']}"
            assert (await withheld.client.get(address)).status_code == (404 if DERIVED_ID.search(claim["id"]) else 451), claim["id"]
    assert not any(DERIVED_ID.search(claim["id"]) for claim in real["event"])


async def test_a_revision_does_not_say_which_file_was_withheld(withheld: Instance, tmp_path: Path) -> None:
    digest = hashlib.sha256(ACLED.read_bytes()).hexdigest()
    twice = hashlib.sha256(digest.encode()).hexdigest()
    for address in ("/v1/revisions", "/v1/revisions/1"):
        told = await withheld.client.get(address)
        assert told.status_code == 200 and digest not in told.text and twice not in told.text
    receipt = told.json()["data"]["receipt"]
    assert not {"read", "added", "unchanged", "flags", "recipe"} & set(receipt) and list(receipt["files"][0]) == ["file", "format"]
    by_graphql = await withheld.graphql("{ revision(id: 1) { digest receipt } revisions { nodes { digest } } }")
    assert by_graphql == {"revision": {"digest": "", "receipt": receipt}, "revisions": {"nodes": [{"digest": ""}]}}


async def test_no_later_revision_says_it_either(databases: Databases, withheld_template: str, tmp_path: Path) -> None:
    """Loading the file again, or less of it, or something else beside it: neither its digest nor one that is computed from it."""
    running = Instance(databases, await databases.fresh(withheld_template), tmp_path)
    less = tmp_path / "less.csv"
    less.write_text(
        "\n".join(ACLED.read_text("utf-8").splitlines()[:1]) + "\n" + ACLED.read_text("utf-8").splitlines()[1].replace(",7,", ",8,") + "\n",
        "utf-8",
    )
    async with running.app.router.lifespan_context(running.app), running.client:
        receipt = await load_files(KINDS, running.url, [less], LoadOptions())
        await running.hear(receipt.revision)
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (ACLED, less)]
        newest = (await running.get("/v1/revisions"))["revision"]
        assert newest == 2
        for number in (1, 2):
            told = (await running.get(f"/v1/revisions/{number}"))["data"]
            assert not any(digest in json.dumps(told) for digest in digests)
            assert (told["digest"], told["history_digest"]) == ("", "") and not {"read", "flags"} & set(told["receipt"])


async def test_a_load_with_withheld_claims_is_never_recognized(
    databases: Databases, withheld_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest, by which other loads are recognized, is not kept."""
    store = Instance(databases, await databases.fresh(withheld_template), tmp_path)
    assert not await recognized(monkeypatch, store, ACLED, source="")
    if NIGHTLY:
        receipt = await load_files(KINDS, store.url, [ACLED], LoadOptions())
        assert receipt.unchanged and receipt.revision is None


async def test_an_id_that_names_a_revision_is_answered_as_a_snapshot_of_it(withheld: Instance, real: Claims) -> None:
    """Also in lists of global ids, whose errors say which of them they are about."""
    id = next(claim["id"] for claim in real["event"])
    asked = f'a: node(id: "event:{id}@1") {{ id }} b: nodes(ids: ["event:nobody", "event:{id}"]) {{ id }}'
    body = (await withheld.client.post("/graphql", json={"query": f"{{ {asked} }}"})).json()
    assert body["data"] == {"a": None, "b": [None, None]}
    assert [error["path"] for error in body["errors"]] == [["a"], ["b", 1]]
    assert {error["extensions"]["problem"] for error in body["errors"]} == {"withheld"}
