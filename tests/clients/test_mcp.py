"""The tools with the conformance suite of the protocol's authors, over both transports; and their questions through tools that two libraries make of openapi.json."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytest.importorskip("mcp", reason="run `make clients`")

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from api.pages.assets import node_of_wheel
from schema.kinds import KINDS

from ..conftest import ROOT, Instance
from ..mcp.connected import LEGACY
from ..mcp.test_questions import QUESTIONS, WRONG, at
from ..support.stdio_bridge import bridged
from .conftest import HERE

SUITE = Path("node_modules/@modelcontextprotocol/conformance/dist/index.js")
# The others call tools, prompts and resources that a server of the suite's own has, or need what ours does not offer.
SCENARIOS = ["server-initialize", "ping", "tools-list", "tools-call-simple-text", "tools-call-error"]
NOT_OURS = {
    "it needs a tool of the suite's own": ["tools-call-image", "tools-call-audio", "tools-call-embedded-resource", "tools-call-mixed-content", "json-schema-2020-12"],
    "no tool reports progress, writes a log or asks its client": [
        "tools-call-with-logging", "tools-call-with-progress", "tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults",
        "elicitation-sep1330-enums", "logging-set-level", "completion-complete",
    ],
    "requests stand alone, without streams": ["server-sse-polling", "server-sse-multiple-streams"],
    "there are no resources and no prompts": [
        "resources-list", "resources-read-text", "resources-read-binary", "resources-templates-read", "resources-subscribe", "resources-unsubscribe",
        "prompts-list", "prompts-get-simple", "prompts-get-with-args", "prompts-get-embedded-resource", "prompts-get-with-image",
    ],
    "every web page may read what is here, so every host is answered": ["dns-rebinding-protection"],
}  # fmt: skip


def test_every_scenario_of_the_suite_applies_or_has_a_reason(node: Callable[..., str]) -> None:
    listed = re.findall(r"^  - (\S+) \[", node(SUITE, "list", "--server"), re.M)
    assert sorted(listed) == sorted([*SCENARIOS, *(name for names in NOT_OURS.values() for name in names)])


def passes(node: Callable[..., str], address: str, scenario: str, folder: Path) -> None:
    """A scenario of the suite has checks, and all of them succeed."""
    node(SUITE, "server", "--url", address, "--scenario", scenario, "-o", folder)
    (file,) = folder.rglob("checks.json")
    checks = [check["status"] for check in json.loads(file.read_text("utf-8")) if check["status"] != "INFO"]
    assert checks and set(checks) == {"SUCCESS"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_passes_over_http(node: Callable[..., str], server: str, scenario: str, tmp_path: Path) -> None:
    passes(node, f"{server}/mcp", scenario, tmp_path)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_passes_over_standard_input_and_output(
    node: Callable[..., str], aleppo: Instance, scenario: str, tmp_path: Path
) -> None:
    """Through a bridge, as the suite speaks HTTP alone. The process writes nothing but answers, and ends with its input."""
    environment = {**os.environ, "DATABASE_URL": aleppo.url, "DATABASE_READ_URL": aleppo.read_url}
    with bridged([sys.executable, "-m", "api", "mcp"], environment, ROOT) as (address, sessions):
        passes(node, address, scenario, tmp_path)
        assert [(session.end(), session.stray) for session in sessions.values()] == [(0, [])] * len(sessions) and sessions


def operation(tool: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The operation of REST that answers a call, and its parameters."""
    rest = {name: ",".join(value) if isinstance(value, list) else value for name, value in given.items() if name != "list"}
    if tool == "search" and "list" in given:
        return f"list{given['list'].capitalize()}", rest
    if tool == "get":
        return "get" + ("Claim" if given["list"] == "claims" else KINDS.by_plural[given["list"]].graphql), rest
    return {"search": "search", "total": "totalFigures", "check_claim": "checkClaim"}[tool], rest


Answers = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any] | None]]


async def check_answers(answer: Answers) -> None:
    """Each question has its answer, and a wrong call is refused, or finds nothing. `answer` asks an operation, and returns None if it is refused."""
    unlike, answered = [], []
    for question in QUESTIONS:
        name, params = operation(question["tool"], question["with"])
        document = await answer(name, params)
        paths = {
            path: path if name == "search" else path.replace(".record.", ".") for path in question["expected"] if not path.endswith(".list")
        }
        found = document and {path: at(document, own) for path, own in paths.items()}
        if found != {path: question["expected"][path] for path in paths}:
            unlike.append((question["ask"], found))
    for wrong in WRONG:
        document = await answer(*operation(wrong["call"], wrong["with"]))
        if document is not None and document["data"]:
            answered.append(wrong)
    assert not unlike and not answered


@pytest.fixture(scope="session")
def fastmcp() -> Any:
    """Before the server, which takes seconds to start, and is not needed where the test is skipped."""
    return pytest.importorskip("fastmcp", reason="run `make clients`")


async def test_tools_that_fastmcp_makes_of_the_openapi_document_give_the_same_answers(fastmcp: Any, server: str) -> None:
    async with httpx2.AsyncClient(base_url=server, timeout=120) as http:
        made = fastmcp.FastMCP.from_openapi(
            (await http.get("/openapi.json")).json(), client=http, name="Conflict Facts", strict_input_validation=True
        )
        async with fastmcp.Client(made) as client:

            async def answer(name: str, params: dict[str, Any]) -> dict[str, Any] | None:
                result = await client.call_tool(name, params, raise_on_error=False)
                document = result.structured_content or {}
                return None if result.is_error else document.get("result", document)

            await check_answers(answer)


async def test_tools_that_openapi_mcp_server_makes_of_the_openapi_document_give_the_same_answers(
    node: Callable[..., str], server: str, tmp_path: Path
) -> None:
    """Each with the parameters that its tool has in its schema. The program passes on the refusals of REST, which say what to give instead."""
    found = node_of_wheel()
    assert found is not None
    program = HERE / "node_modules/@ivotoby/openapi-mcp-server/bin/mcp-server.js"
    options = ["--api-base-url", server, "--openapi-spec", f"{server}/openapi.json", "--operation", "get", "--disable-abbreviation", "true"]
    parameters = StdioServerParameters(command=found[0], args=[str(program), *options])
    with (tmp_path / "errors").open("w") as errors:
        async with Client(stdio_client(parameters, errlog=errors), mode=LEGACY, read_timeout_seconds=120) as client:
            tools = {tool.name.replace("-", ""): tool for tool in (await client.list_tools()).tools}

            async def answer(name: str, params: dict[str, Any]) -> dict[str, Any] | None:
                tool = tools[name.lower()]
                result = await client.call_tool(tool.name, params)
                (text,) = (part.text for part in result.content if part.type == "text")
                if result.is_error:
                    assert "/problems/" in text and '"detail"' in text
                    return None
                assert params.keys() <= tool.input_schema["properties"].keys()
                return dict(json.loads(text))

            await check_answers(answer)
