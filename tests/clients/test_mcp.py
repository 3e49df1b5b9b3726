"""The tools with the conformance suite of the protocol's authors, over both transports; and their questions through tools that FastMCP makes of openapi.json."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytest.importorskip("mcp", reason="run `make clients`")

from schema.kinds import KINDS

from ..conftest import ROOT, Instance
from ..mcp.test_questions import QUESTIONS, WRONG, at
from ..support.stdio_bridge import bridged

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


@pytest.fixture(scope="session")
def fastmcp() -> Any:
    """Before the server, which takes seconds to start, and is not needed where the test is skipped."""
    return pytest.importorskip("fastmcp", reason="run `make clients`")


async def test_tools_made_of_the_openapi_document_give_the_same_answers(fastmcp: Any, server: str) -> None:
    """Each call has its answer, and a wrong one is refused, or finds nothing."""
    unlike, answered = [], []
    async with httpx2.AsyncClient(base_url=server, timeout=120) as http:
        made = fastmcp.FastMCP.from_openapi(
            (await http.get("/openapi.json")).json(), client=http, name="Conflict Facts", strict_input_validation=True
        )
        async with fastmcp.Client(made) as client:
            for question in QUESTIONS:
                name, params = operation(question["tool"], question["with"])
                document = (await client.call_tool(name, params)).structured_content
                document = document.get("result", document)
                paths = {
                    path: path if name == "search" else path.replace(".record.", ".")
                    for path in question["expected"]
                    if not path.endswith(".list")
                }
                found = {path: at(document, own) for path, own in paths.items()}
                if found != {path: question["expected"][path] for path in paths}:
                    unlike.append((question["ask"], found))
            for wrong in WRONG:
                name, params = operation(wrong["call"], wrong["with"])
                result = await client.call_tool(name, params, raise_on_error=False)
                document = result.structured_content or {}
                if not result.is_error and document.get("result", document)["data"]:
                    answered.append(wrong)
    assert not unlike and not answered
