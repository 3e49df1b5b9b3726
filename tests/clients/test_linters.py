"""Programs that check a description of an API: Spectral and Redocly find nothing in openapi.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import ROOT

DESCRIPTION = "openapi.json"
LINTERS = {
    "spectral": ("node_modules/@stoplight/spectral-cli/dist/index.js", "lint", "--ruleset=rules.json", "--fail-severity=hint"),
    "redocly": ("node_modules/@redocly/cli/bin/cli.js", "lint", "--extends=recommended-strict"),
}


@pytest.fixture
def lint(node: Callable[..., str], project: Path) -> Callable[[str, str], str]:
    """Checks a description with one of the linters by all rules that it recommends, each as an error; returns what it prints. Fails if it finds anything."""
    (project / "rules.json").write_text(json.dumps({"extends": ["spectral:oas"]}), "utf-8")

    def run(linter: str, description: str) -> str:
        (project / DESCRIPTION).write_text(description, "utf-8")
        return node(*LINTERS[linter], DESCRIPTION, folder=project, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true")

    return run


@pytest.mark.parametrize("linter", LINTERS)
def test_linters_find_nothing_in_the_description(lint: Callable[[str, str], str], linter: str) -> None:
    lint(linter, (ROOT / DESCRIPTION).read_text("utf-8"))


@pytest.mark.parametrize("linter", LINTERS)
def test_linters_find_what_is_wrong(lint: Callable[[str, str], str], linter: str) -> None:
    """Without it, a linter that reads no rules, or another file, would find nothing either."""
    operation = {"operationId": "twice", "responses": {"200": {"description": "It."}}}
    wrong = {"openapi": "3.1.0", "info": {"title": "Two of one name", "version": "1"}, "paths": {f"/{n}": {"get": operation} for n in "ab"}}
    with pytest.raises(AssertionError, match="operation-operationId-unique"):
        lint(linter, json.dumps(wrong))
