"""`conflict-facts mcp`: the same tools on standard input and output, as a process that always ends."""

from __future__ import annotations

import asyncio
import functools
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("mcp", reason="run `make install-dev`")

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.server.stdio import stdio_server

from api.__main__ import main
from api.mcp import endpoint, server, standard_input

from ..conftest import ROOT, Instance

LIMIT = 180  # Seconds; a busy machine needs some of them.


def environment(instance: Instance) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": instance.url, "DATABASE_READ_URL": instance.read_url}


@pytest.mark.nightly
async def test_a_process_answers_and_ends_with_its_input(aleppo: Instance, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "api", "mcp"], env=environment(aleppo), cwd=ROOT)
    with errors.open("w") as file:
        async with Client(stdio_client(parameters, errlog=file), read_timeout_seconds=LIMIT) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["search", "get", "total", "check_claim"]
            result = await client.call_tool("get", {"list": "figures", "id": "aleppo-displacement-2024-displaced"})
    (text,) = (part.text for part in result.content if part.type == "text")
    assert "More than 14,000 people displaced" in text and text.endswith("/figures/aleppo-displacement-2024-displaced?revision=1")
    assert "Traceback" not in errors.read_text() and "ready: waiting" in errors.read_text()


async def test_messages_are_answered_until_the_input_ends(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, with a pipe for the standard input."""
    read, write = os.pipe()
    output, lines = io.StringIO(), standard_input.lines(read)
    monkeypatch.setattr(standard_input, "lines", lambda: lines)
    monkeypatch.setattr(server, "stdio_server", functools.partial(stdio_server, stdout=anyio.wrap_file(output)))
    serving = asyncio.create_task(server.serve_stdio(aleppo.app.state.tools))

    async def answer(id: int, method: str, **parameters: object) -> dict[str, Any]:
        os.write(write, json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}).encode() + b"\n")
        async with asyncio.timeout(LIMIT):
            while not (
                found := [
                    one
                    for line in output.getvalue().splitlines(keepends=True)
                    if line.endswith("\n") and (one := json.loads(line))["id"] == id
                ]
            ):
                assert not serving.done(), serving.result()
                await asyncio.sleep(0.001)
        result: dict[str, Any] = found[0]["result"]
        return result

    client = {"name": "a test", "version": "1"}
    await answer(1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
    os.write(write, b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
    assert [tool["name"] for tool in (await answer(2, "tools/list"))["tools"]] == ["search", "get", "total", "check_claim"]
    result = await answer(3, "tools/call", name="get", arguments={"list": "figures", "id": "aleppo-displacement-2024-displaced"})
    (text,) = (part["text"] for part in result["content"])
    assert "More than 14,000 people displaced" in text and text.endswith("/figures/aleppo-displacement-2024-displaced?revision=1")
    os.close(write)
    await asyncio.wait_for(serving, LIMIT)
    os.close(read)


async def test_lines_are_read_until_the_input_ends_by_a_thread_that_nothing_waits_for() -> None:
    read, write = os.pipe()
    sent = [f"line {n}" for n in range(100)] + ["é" * 100_000, "", "no line break"]

    def fill() -> None:
        with os.fdopen(write, "wb") as file:
            file.write("\n".join(sent).encode() + b"\xff")

    threading.Thread(target=fill).start()
    found: list[str] = []
    async for line in standard_input.lines(read):
        if not found:
            assert [thread.daemon for thread in threading.enumerate() if thread.name == "standard input"] == [True]
        found.append(line)
    os.close(read)
    assert found == [*sent[:-1], "no line break\ufffd"]


@pytest.mark.nightly
def test_a_signal_ends_it_while_it_waits_for_input(aleppo: Instance) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "mcp"], cwd=ROOT, env=environment(aleppo), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("ready"):
                break
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=LIMIT)
        assert process.returncode == 1 and not out and "Traceback" not in error
    finally:
        process.kill()


def test_without_the_sdk_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "SDK", "no_such_package")
    result = CliRunner().invoke(main, ["mcp"])
    assert result.exit_code == 1 and "pip install 'conflict-facts[mcp]'" in result.output and "`make mcp`" in result.output


def test_an_empty_database_is_said(store: Instance) -> None:
    result = CliRunner().invoke(main, ["mcp"], env={"DATABASE_URL": store.url, "DATABASE_READ_URL": store.read_url})
    assert result.exit_code == 1 and "nothing was loaded into the database yet" in result.output
