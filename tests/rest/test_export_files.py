"""A complete list is written to a file once for each revision, and then served from it with its length and in ranges."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import io
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from api.app import create_app
from api.errors import TooMuch
from api.http.encodings import ENCODINGS, Pieces
from api.rest import export, long_requests, table_descriptions
from api.rest import export_compression as export_encoding
from api.rest.export_files import ExportFiles, FileName
from api.rest.export_index import FileIndex
from api.settings import Settings
from api.store import plans, streams
from api.store.allowance import Account

from ..conftest import Databases, Instance, source

IDENTITY = {"accept-encoding": "identity"}
SETTINGS = Settings(statement_timeout=60, pool_size=4, rate_limit=0)


@asynccontextmanager
async def server(instance: Instance, folder: Path, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A server on the database of an instance, with a folder of files of its own."""
    app = create_app(replace(SETTINGS, export_cache=folder, **settings), instance.read_url)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test", headers=IDENTITY) as client,
    ):
        client.app = app  # type: ignore[attr-defined]
        yield client


@pytest_asyncio.fixture(scope="module")
async def many(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("many"))
    rows = "".join(f"a{number:04},paper,A name that is long enough to fill pieces {number},state\n" for number in range(3000))
    made.write("actors.csv", "id,source,name,kind\n" + rows)
    made.write("paper.yaml", source())
    await made.load()
    yield made


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def statements(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The lists that are read from the database from now on."""
    store, read = client.app.state.store, list[object]()  # type: ignore[attr-defined]
    original = store.stream

    def counting(*given: Any) -> Any:
        read.append(given)
        return original(*given)

    monkeypatch.setattr(store, "stream", counting)
    return read


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
async def test_a_list_is_read_once_for_a_revision(many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    async with server(many, tmp_path) as client:
        read = statements(client, monkeypatch)
        first = await client.get(f"/v1/actors.{suffix}")
        second = await client.get(f"/v1/actors.{suffix}")
        pinned = await client.get(f"/v1/actors.{suffix}?revision=1")
        named = suffix == "ndjson"  # Global ids name a revision that is requested.
        assert first.content == second.content == pinned.content.replace(b'@1"', b'"') and len(read) == 1 + named
        assert int(second.headers["content-length"]) == len(first.content)
        assert second.headers["accept-ranges"] == "bytes" and first.headers["etag"] == second.headers["etag"]
        await client.get(f"/v1/actors.{suffix}?limit=2")
        await client.get(f"/v1/actors.{suffix}?fields=name,id&limit=2")
        assert len(read) == 3 + named and len(kept(tmp_path)) == 3 + named


async def test_what_a_long_query_string_asks_for_is_compiled_beside_the_event_loop_and_once(
    many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of many columns held it for a tenth of a second, also for HEAD of a file that was complete."""
    threads = list[str]()

    def watched(function: Any) -> Any:
        def noted(*arguments: Any, **named: Any) -> Any:
            threads.append(threading.current_thread().name)
            return function(*arguments, **named)

        return noted

    for module, name in ((export, "list_statement"), (streams, "list_statement"), (plans, "statement"), (table_descriptions, "_csvw")):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    fields = ",".join("part_of." * depth + "name" for depth in range(9))
    async with server(many, tmp_path) as client:
        for method in ("GET", "HEAD", "GET"):
            assert (await client.request(method, f"/v1/actors.csv?fields={fields}", timeout=60)).status_code == 200
        assert threads == ["side"] * 2  # For the name of the file, and to read the list.
        for _ in range(2):
            assert (await client.get(f"/v1/actors.csv-metadata.json?fields={fields}")).status_code == 200
        assert threads == ["side"] * 3
        assert len(fields) > long_requests.LONG
        assert (await client.get(f"/v1/actors?fields={fields}&limit=2")).status_code == 200
        assert threads == ["side"] * 4


async def test_another_process_serves_the_same_file(many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(many, tmp_path) as one, server(many, tmp_path) as other:
        read = statements(other, monkeypatch)
        first = await one.get("/v1/actors.csv")
        assert (await other.get("/v1/actors.csv")).content == first.content and not read


async def test_head_and_ranges_wait_for_the_file(many: Instance, tmp_path: Path) -> None:
    async with server(many, tmp_path) as client:
        head = await client.head("/v1/actors.csv")
        assert (head.status_code, head.content) == (200, b"")
        for range in ("bytes=100-199", "bytes=999999999-"):  # Defined for GET alone.
            again = await client.head("/v1/actors.csv", headers={"range": range})
            assert (again.status_code, again.headers["content-length"]) == (200, head.headers["content-length"])
        size = int(head.headers["content-length"])
        assert head.headers["accept-ranges"] == "bytes" and "last-modified" not in head.headers
    async with server(many, tmp_path / "other") as client:
        part = await client.get("/v1/actors.csv", headers={"range": "bytes=100-199"})
        assert (part.status_code, part.headers["content-range"]) == (206, f"bytes 100-199/{size}")
        assert part.content == (await client.get("/v1/actors.csv")).content[100:200]


RANGES = {
    "bytes=0-0": slice(0, 1), "bytes=10-": slice(10, None), "bytes=-7": slice(-7, None), "BYTES = 3-5": slice(3, 6),
    "bytes=5-999999999": slice(5, None), "bytes=-999999999": slice(0, None),
}  # fmt: skip
IGNORED = [
    "bytes=5-3",
    "bytes=a-b",
    "bytes=-",
    "lines=1-2",
    "bytes",
    "bytes=0-1,5-6",
    "bytes=1-2-3",
    "bytes=--5",
    "bytes=" + "9" * 30 + "-",
]
BEYOND = ["bytes={size}-", "bytes=-0", "bytes={size}-{size}"]


async def test_a_range_is_of_the_bytes_of_the_file(many: Instance, tmp_path: Path) -> None:
    async with server(many, tmp_path) as client:
        whole = (await client.get("/v1/actors.csv")).content
        for range, part in RANGES.items():
            answer = await client.get("/v1/actors.csv", headers={"range": range, "accept-encoding": "gzip"})
            assert (answer.status_code, answer.content) == (206, whole[part]), range
            assert "content-encoding" not in answer.headers
        for range in IGNORED:
            answer = await client.get("/v1/actors.csv", headers={"range": range})
            assert (answer.status_code, answer.content) == (200, whole), range
        for range in BEYOND:
            answer = await client.get("/v1/actors.csv", headers={"range": range.format(size=len(whole))})
            assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
            assert answer.headers["content-range"] == f"bytes */{len(whole)}"


async def test_a_range_of_another_state_is_answered_by_the_whole_file(many: Instance, tmp_path: Path) -> None:
    async with server(many, tmp_path) as client:
        first = await client.get("/v1/actors.csv")
        etag = first.headers["etag"]
        assert etag.startswith('"')
        for condition, status in ((etag, 206), (f"W/{etag}", 200), ('"other"', 200), ("Sat, 29 Nov 2098 13:00:00 GMT", 200)):
            answer = await client.get("/v1/actors.csv", headers={"range": "bytes=0-9", "if-range": condition})
            assert answer.status_code == status, condition
        again = await client.get("/v1/actors.csv", headers={"range": "bytes=0-9", "if-none-match": etag})
        assert again.status_code == 304


async def test_compressed_bytes_have_a_weak_etag(many: Instance, tmp_path: Path) -> None:
    """The same file may be compressed differently, so a part of it must not be put together with a part of another response."""
    async with server(many, tmp_path) as client:
        plain = await client.get("/v1/actors.csv")
        for _ in range(2):
            packed = await client.get("/v1/actors.csv", headers={"accept-encoding": "gzip"})
            assert packed.headers["content-encoding"] == "gzip" and packed.content == plain.content
            assert packed.headers["etag"] == "W/" + plain.headers["etag"] and "accept-ranges" not in packed.headers


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_file_is_compressed_once_and_paid_for(
    many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    paid, blocks, headers = list[float](), list[int](), {"accept-encoding": f"{encoding}, identity;q=0.5"}
    monkeypatch.setattr(Account, "pay_time", lambda account, seconds: paid.append(seconds))
    original = ENCODINGS[encoding.encode()]

    def pieces() -> Pieces:
        blocks.append(0)
        return original.pieces()

    async with server(many, tmp_path) as client:
        whole = await client.get("/v1/actors.csv")
        monkeypatch.setitem(ENCODINGS, encoding.encode(), replace(original, pieces=pieces))
        read, before = statements(client, monkeypatch), len(paid)
        answers = await asyncio.gather(*(client.get("/v1/actors.csv", headers=headers) for _ in range(5)))
        answers.append(await client.get("/v1/actors.csv", headers=headers))
        assert {answer.content for answer in answers} == {whole.content} and not read
        assert {answer.headers["content-encoding"] for answer in answers} == {encoding} and len(blocks) == 1
        assert len(paid) - before == 1 + -(-(len(whole.content) - 1000) // export_encoding.BLOCK) and min(paid[before:]) > 0
        assert (
            int(answers[-1].headers["content-length"]) < len(whole.content) / 2 and "accept-encoding" in answers[-1].headers["vary"].lower()
        )
        assert answers[-1].headers["etag"] == "W/" + whole.headers["etag"] and "accept-ranges" not in answers[-1].headers
        short = await client.get("/v1/actors.csv?limit=1")  # Nor is a short one worth it, once it is known to be short.
        again = await client.get("/v1/actors.csv?limit=1", headers=headers)
        assert "content-encoding" not in again.headers and again.content == short.content
        for refused in ("gzip;q=0", "identity", ""):
            plain = await client.get("/v1/actors.csv", headers={"accept-encoding": refused})
            assert "content-encoding" not in plain.headers and plain.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("encoding", [*ENCODINGS])
async def test_the_same_bytes_are_compressed_equally_in_whatever_pieces_they_come(encoding: bytes) -> None:
    """So that a reader of a compressed file that the disk has no room for can go on with another one."""
    text = b"".join(b"%d," % (number * number) for number in range(20_000))
    found = set()
    for size in (10, 999, 70_000, len(text)):
        opened = await produced([text[start : start + size] for start in range(0, len(text), size)])()
        found.add(b"".join([piece async for piece in export_encoding.encoded(opened, encoding)]))
    assert len(found) == 1


async def test_clients_of_one_file_share_its_writing(many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(many, tmp_path) as client:
        read = statements(client, monkeypatch)
        answers = await asyncio.gather(*(client.get("/v1/actors.csv") for _ in range(6)), client.head("/v1/actors.csv"))
        assert len(read) == 1 and len({answer.content for answer in answers[:6]}) == 1


async def test_a_file_that_another_process_is_writing_is_read_from_the_database(many: Instance, tmp_path: Path) -> None:
    """HEAD and ranges wait until the other has written it, or write it if the other gives up."""
    async with server(many, tmp_path) as client:
        whole = (await client.get("/v1/actors.csv")).content
        (path,) = kept(tmp_path)
        path.unlink()
        with Path(f"{path}.partial").open("wb") as other:  # noqa: ASYNC230
            fcntl.flock(other, fcntl.LOCK_EX)
            assert (await client.get("/v1/actors.csv")).content == whole
            waiting = asyncio.create_task(client.head("/v1/actors.csv"))
            await asyncio.sleep(0.3)
            assert not waiting.done() and not path.exists()
        assert int((await waiting).headers["content-length"]) == len(whole) and kept(tmp_path) == [path]


async def test_a_file_that_breaks_off_is_not_served(many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(many, tmp_path) as client:
        store = client.app.state.store  # type: ignore[attr-defined]
        original = store.stream

        @asynccontextmanager
        async def dying(*given: Any) -> AsyncIterator[Any]:
            async with original(*given) as stream:
                yield replace(stream, documents=_broken(stream.documents))

        with monkeypatch.context() as patch:
            patch.setattr(store, "stream", dying)
            assert (await client.head("/v1/actors.ndjson")).status_code == 500
            with pytest.raises(Exception):  # noqa: B017  # whichever way the server breaks off
                assert (await client.get("/v1/actors.ndjson")).status_code == 200
                raise ConnectionError
            assert not kept(tmp_path)
        assert len((await client.get("/v1/actors.ndjson")).text.splitlines()) == 3000


async def _broken(documents: AsyncIterator[str]) -> AsyncIterator[str]:
    number = 0
    async for document in documents:
        number += 1
        if number == 2000:
            raise RuntimeError("broken off")
        yield document


async def test_a_folder_that_cannot_be_written_is_not_needed(many: Instance, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    async with server(many, tmp_path / "file") as client:
        for _ in range(2):
            assert len((await client.get("/v1/actors.csv")).text.splitlines()) == 3001
        head = await client.head("/v1/actors.csv")
        assert head.status_code == 200 and "content-length" not in head.headers
    assert len([record for record in caplog.records if "EXPORT_CACHE" in record.getMessage()]) == 1


async def test_the_files_read_least_recently_are_deleted(many: Instance, tmp_path: Path) -> None:
    async with server(many, tmp_path, export_cache_size=1000) as client:
        for limit in (1, 2, 3, 2, 4):
            await client.get(f"/v1/actors.csv?limit={limit}")
            await asyncio.sleep(0.01)
        assert sum(path.stat().st_size for path in kept(tmp_path)) <= 1000
        await client.get("/v1/actors.csv")  # One that is larger than the folder may be is the only one.
        assert len(kept(tmp_path)) == 1


async def test_what_is_withdrawn_is_not_served_from_a_file(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> None:
    tmp_path = tmp_path_factory.mktemp("exports")
    closed = source("closed") + "claims:\n  actors:\n    - {id: ant, name: Ant, kind: state}\n"
    await instance.load(paper=source("paper") + "claims:\n  actors:\n    - {id: bee, name: Bee, kind: state}\n", closed=closed)
    async with server(instance, tmp_path) as client:
        assert "Ant" in (await client.get("/v1/actors.csv?revision=1")).text
        before = kept(tmp_path)
        await instance.load(closed=closed.replace("  kind:", "  redistributable: false\n  kind:", 1))
        after = await client.get("/v1/actors.csv?revision=1")
        assert "Ant" not in after.text and "Bee" in after.text
        assert not any(path.exists() for path in before)


def test_files_of_different_contents_have_different_names() -> None:
    name = FileName("database", 1, "a", "csv")
    others = [replace(name, database="other"), replace(name, withdrawal=2), replace(name, content="b"), replace(name, suffix="ndjson")]
    assert len({one.path for one in (name, *others)}) == 5


async def test_a_partial_file_that_nobody_writes_is_written_anew(tmp_path: Path) -> None:
    """A process that is killed leaves one."""
    name, files = FileName("database", 0, "a", "csv"), ExportFiles(tmp_path, 1000)
    (tmp_path / name.path).parent.mkdir(parents=True)
    (tmp_path / f"{name.path}.partial").write_text("half of an old one, which is longer")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"whole"

    async def produce() -> Any:
        return pieces()

    await files.wait(await files.write(name, produce))
    file = files.open(name)
    assert file is not None
    with file:
        assert file.read() == b"whole" and len(kept(tmp_path)) == 1


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_a_response_that_is_not_read_frees_its_connection(many: Instance, tmp_path: Path, method: str) -> None:
    async with server(many, tmp_path, export_cache_size=0) as client:
        scope = {
            "type": "http",
            "method": method,
            "path": "/v1/actors.csv",
            "raw_path": b"/v1/actors.csv",
            "query_string": b"",
            "headers": [(b"host", b"test")],
        }

        async def send(message: Any) -> None:
            raise OSError("the client has gone")

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        for _ in range(3):
            with suppress(Exception):
                await client.app({**scope, "asgi": {"version": "3.0", "spec_version": "2.4"}, "client": ("test", 1)}, receive, send)  # type: ignore[attr-defined]
        assert client.app.state.store.pool.in_use == 0  # type: ignore[attr-defined]


def produced(pieces: list[bytes], ending: float = 0.0) -> Any:
    """Opens a list of these pieces, which takes some seconds to be closed."""

    async def read() -> AsyncIterator[bytes]:
        try:
            for piece in pieces:
                yield piece
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(ending)

    async def produce() -> Any:
        return read()

    return produce


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 20, 100])
async def test_a_reader_who_leaves_cuts_no_download_of_another(tmp_path: Path, steps: int) -> None:
    """Whenever the other comes: before the file was begun, while it is written, or while it is being given up."""
    name, files, produce = FileName("database", 0, "a", "csv"), ExportFiles(tmp_path, 1000), produced([b"piece"] * 50, 0.01)
    writing = await files.write(name, produce)
    assert writing is not None

    async def leave_early() -> None:
        async with writing.reader():
            for _ in range(steps // 2):
                await asyncio.sleep(0)

    leaving = asyncio.create_task(leave_early())
    for _ in range(steps):
        await asyncio.sleep(0)
    await files.wait(await files.write(name, produce))
    file = files.open(name)
    assert file is not None
    with file:
        assert file.read() == b"piece" * 50
    await leaving
    assert not files.writing and kept(tmp_path) == [tmp_path / name.path]


class SmallDisk(io.FileIO):
    """A partial file on a disk that has room for 60,000 bytes."""

    def write(self, data: Any) -> int:
        used = sum(path.stat().st_size for path in kept(Path(str(self.name)).parents[2]))
        if used == 60_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data[: 60_000 - used])


async def test_a_full_disk_takes_no_bytes_from_a_download(
    many: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ExportFiles, "_opened", lambda files, partial: SmallDisk(partial, "ab"))
    async with server(many, tmp_path / "none", export_cache_size=0) as client:
        whole = (await client.get("/v1/actors.csv")).content
        assert len(whole) > 100_000
    async with server(many, tmp_path, pool_size=12) as client:  # The applications of a test process share fifty connections.
        files = client.app.state.rest.files  # type: ignore[attr-defined]
        answers = await asyncio.gather(*(client.get("/v1/actors.csv") for _ in range(3)))
        assert [(answer.status_code, answer.content) for answer in (*answers, await client.get("/v1/actors.csv"))] == [(200, whole)] * 4
        warnings = [record.getMessage() for record in caplog.records if record.levelname != "INFO"]
        assert len(warnings) == 1 and "EXPORT_CACHE" in warnings[0]
        assert not kept(tmp_path) and not files.usable
        files.retry_at = 0.0  # Later, without a restart.
        for limit in (300, 400, 450):  # Of which two have room.
            assert (await client.get(f"/v1/actors.csv?limit={limit}")).content.count(b"\n") == limit + 1
        assert files.usable and len(kept(tmp_path)) == 2
        files.retry_at = float("inf")  # What is complete is served also while nothing can be written.
        read = statements(client, monkeypatch)
        assert "content-length" in (await client.get("/v1/actors.csv?limit=450")).headers and not read


@pytest.mark.parametrize("left_by", [GeneratorExit, asyncio.CancelledError, TooMuch])
async def test_a_list_can_be_left_also_if_its_transaction_cannot_be_ended(
    aleppo: Instance, monkeypatch: pytest.MonkeyPatch, left_by: type[BaseException]
) -> None:
    """asyncpg may find so of a COPY that is cancelled while its last bytes arrive. It hid that the disk was full, and three downloads were cut."""
    pool, execute = aleppo.app.state.store.pool, asyncpg.Connection.execute

    async def lost(connection: asyncpg.Connection, query: str, *arguments: Any, **options: Any) -> str:
        if query.startswith("ROLLBACK"):
            raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
        return await execute(connection, query, *arguments, **options)

    used = pool.in_use
    with monkeypatch.context() as patch, pytest.raises(left_by):
        patch.setattr(asyncpg.Connection, "execute", lost)
        async with pool.connection() as connection, connection.transaction():
            raise left_by
    assert pool.in_use == used
    async with pool.connection() as connection:  # Another one, or cleaned up.
        assert await connection.fetchval("select 1") == 1


@pytest.mark.parametrize("change", [lambda path: os.truncate(path, 0), lambda path: path.write_bytes(b"x" * path.stat().st_size)])
async def test_a_file_that_is_not_as_it_was_written_is_written_again(many: Instance, tmp_path: Path, change: Any) -> None:
    async with server(many, tmp_path) as client:
        whole = (await client.get("/v1/actors.csv")).content
    change(*kept(tmp_path))
    async with server(many, tmp_path) as client:
        assert int((await client.head("/v1/actors.csv")).headers["content-length"]) == len(whole)
        assert (await client.get("/v1/actors.csv")).content == whole


async def test_a_file_is_on_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, files, synced = FileName("database", 0, "a", "csv"), ExportFiles(tmp_path, 1000), list[tuple[int, bool]]()
    monkeypatch.setattr(os, "fsync", lambda number: synced.append((os.fstat(number).st_size, (tmp_path / name.path).exists())))
    await files.wait(await files.write(name, produced([b"whole", b"file"])))
    assert synced == [(9, False)] and (tmp_path / name.path).exists()


def test_files_of_old_revisions_are_deleted_first_and_neither_size_nor_number_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans, scan = list[FileIndex](), FileIndex._scan

    def counted(index: FileIndex) -> None:
        scans.append(index)
        scan(index)

    monkeypatch.setattr(FileIndex, "_scan", counted)
    folder = tmp_path / "database" / "withdrawal-0"
    folder.mkdir(parents=True)

    def add(index: FileIndex, name: str, size: int) -> None:
        (folder / name).write_bytes(b"x" * size)
        index.add(folder / name, size)

    index = FileIndex(tmp_path, 1000, 10)
    for number in range(30):
        add(index, f"r2-{number}.csv", 1)
        index.read(folder / "r2-3.csv", 1)  # The one that is read most often stays.
        assert len(kept(tmp_path)) <= 10
    assert {"r2-3.csv", "r2-29.csv"} <= {path.name for path in kept(tmp_path)} and len(scans) == 1
    add(index, "r1-a.csv", 400)
    add(index, "r2-b.csv", 400)
    add(index, "r3-c.csv", 400)
    assert (folder / "r3-c.csv").exists() and sum(path.stat().st_size for path in kept(tmp_path)) <= 900
    other = FileIndex(tmp_path, 1000, 10)  # Another process finds what is there.
    add(other, "r3-d.csv", 400)
    add(other, "r3-e.csv", 100)
    assert {path.name for path in kept(tmp_path)} == {"r3-c.csv", "r3-d.csv", "r3-e.csv"}
