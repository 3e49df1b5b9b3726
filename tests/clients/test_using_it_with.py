"""The examples in docs/using-it-with.md print what the page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import ROOT
from .conftest import documented
from .test_caches import SETTINGS

pytestmark = pytest.mark.usefixtures("node")  # Which skips all of them without `make clients`.
PAGE = (ROOT / "docs" / "using-it-with.md").read_text("utf-8")
# For each language and section with examples, their texts, and what they print.
EXAMPLES = [
    (language, *("".join(texts) for texts in zip(*found, strict=True)))
    for section in PAGE.split("\n## ")
    for language in ("js", "python")
    if (found := re.findall(rf"```{language}\n(.*?)```\n+```text\n(.*?)```", section, re.S))
]
ADDRESS = "http://127.0.0.1:8000"


def test_every_example_that_a_test_can_run_says_what_it_prints() -> None:
    assert len(EXAMPLES) == 8
    assert len(re.findall(r"```(?:js|python)\n", PAGE)) == len(re.findall(r"```text\n", PAGE)) == 9


@pytest.mark.parametrize(("text", "printed"), [(text, printed) for language, text, printed in EXAMPLES if language == "python"])
def test_python(
    text: str, printed: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path))
    exec(compile(text.replace(ADDRESS, server), "example", "exec"), {})
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(("text", "printed"), [(text, printed) for language, text, printed in EXAMPLES if language == "js"])
def test_javascript(text: str, printed: str, node: Callable[..., str], server: str) -> None:
    client = re.findall(r'"@(\w+)/', text)[0]
    module = documented("docs/queries.md", "js", SETTINGS[f"{client}.mjs"]) + text.replace(ADDRESS, server) + "process.exit(0);"
    assert node("--input-type=module", "-", text=module) == printed
