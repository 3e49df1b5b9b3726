"""Conversions to workbooks and Parquet: their client pays for them, has one at a time, and they end when it has gone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from api.rest import table_files, workbook
from api.rest.conversions import run_duckdb, run_program
from api.store.allowance import ACCOUNT, UNITS_PER_SECOND, Account, Buckets

from ..conftest import Instance

BUSY = "import time\nwhile time.process_time() < {}: pass"
QUOTA = 10**9


@pytest.fixture
def buckets() -> Buckets:
    return Buckets(QUOTA, 60, clock=lambda: 0.0)


def as_client(buckets: Buckets, client: str, run: Any) -> asyncio.Task[Any]:
    token = ACCOUNT.set(Account(buckets, client))
    try:
        return asyncio.create_task(run)
    finally:
        ACCOUNT.reset(token)


async def test_a_conversion_costs_its_processor_time(buckets: Buckets, tmp_path: Path) -> None:
    assert await as_client(buckets, "a", run_program(sys.executable, "-S", "-c", BUSY.format(0.1))) == 0
    assert QUOTA - buckets.available("a") >= 0.09 * UNITS_PER_SECOND
    assert await as_client(buckets, "b", run_program(sys.executable, "-S", "-c", "raise SystemExit(3)")) == 3
    await as_client(buckets, "c", run_duckdb("create table t as select sum(x) from range(1000000) as r(x)", str(tmp_path)))
    assert QUOTA - buckets.available("c") >= 0.002 * UNITS_PER_SECOND


async def test_a_client_has_one_conversion_at_a_time_which_ends_when_nobody_waits(
    buckets: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, popen = list[Any](), subprocess.Popen

    def starting(*given: Any, **options: Any) -> Any:
        started.append(popen(*given, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", starting)
    runs = [as_client(buckets, client, run_program(sys.executable, "-S", "-c", BUSY.format(60))) for client in ("a", "a", "a", "b")]
    async with asyncio.timeout(60):  # A busy machine may need long to start two processes.
        while len(started) < 2:  # noqa: ASYNC110  # no event
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # No event can show that no other is started.
    assert len(started) == 2
    for run in reversed(runs):
        run.cancel()
    await asyncio.wait(runs)
    assert [process.returncode for process in started] == [-9, -9]
    assert buckets.available("a") < QUOTA


async def test_a_statement_of_duckdb_ends_when_nobody_waits(buckets: Buckets, tmp_path: Path) -> None:
    run = as_client(buckets, "a", run_duckdb("create table t as select sum(x * y) from range(10000000) as r(x), range(1000000) as s(y)", str(tmp_path)))  # fmt: skip
    await asyncio.sleep(0.2)
    run.cancel()
    await asyncio.wait_for(asyncio.wait([run]), 10)
    assert run.cancelled() and QUOTA - buckets.available("a") >= 0.01 * UNITS_PER_SECOND


REQUESTS: list[tuple[str, str, list[Any]]] = [
    ("GET", "/v1/actors.xlsx", []), ("HEAD", "/v1/actors.xlsx", []), ("GET", "/v1/actors.xlsx", [(b"range", b"bytes=0-9")]), ("GET", "/v1/figures/totals.xlsx", []),
]  # fmt: skip


async def test_a_client_that_goes_ends_the_conversion_that_it_waits_for(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    for method, path, headers in REQUESTS:
        converting, ended = asyncio.Event(), list[str]()

        async def endless(*command: str, converting: asyncio.Event = converting, ended: list[str] = ended) -> int:
            converting.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("ended")
            return 0

        async def receive(converting: asyncio.Event = converting) -> Any:
            await converting.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            assert message.get("status") in (499, None)

        monkeypatch.setattr(table_files, "run_program", endless)
        query = b"by=measure" if "totals" in path else b""
        scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
                 "query_string": query, "root_path": "", "scheme": "http", "headers": [(b"host", b"test"), *headers], "server": ("test", 80), "client": ("test", 1), "state": {}}  # fmt: skip
        await asyncio.wait_for(instance.app(scope, receive, send), 10)
        assert ended and not instance.app.state.rest.files.writing and instance.app.state.store.pool.in_use == 0, (method, path)


def test_a_workbook_that_is_given_up_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is killed, so all its files must be in the folder that is then removed; the rows of sheets were in that for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    columns = [{"name": "id", "type": "text"}]
    about = {"name": "events", "revision": 1, "columns": columns, "max_rows": 10}
    (tmp_path / "table.csv").write_text("id\na\n", "utf-8")
    assert workbook.write(about, tmp_path / "table.csv", tmp_path / "table.xlsx")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["table.csv", "table.xlsx"]
