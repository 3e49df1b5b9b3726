"""Fixtures for tests with JavaScript clients: Node.js, and a server whose only number was corrected once."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.pages.assets import node_of_wheel

from ..conftest import ROOT, Databases, Instance, running_server

HERE = Path(__file__).parent
PAPER = """
source: {{id: paper, title: A paper, kind: article}}
claims:
  events:
    - {{id: battle, name: A battle, kind: battle, started_on: 2024-01-01, ended_on: 2024-01-01, date_precision: 1}}
  figures:
    - {{id: killed, event: battle, measure: killed, unit: people, basis: flow, low: 14000, best: {best}}}
"""


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Runs Node.js in a folder, and returns what it prints. Skips the test unless `make clients` has installed it and the packages.

    `newest` is the newest release, which npm has for Linux alone, instead of the wheel's, which has long-term support.
    """
    found = node_of_wheel()
    if not found or not (HERE / "node_modules" / ".package-lock.json").is_file():
        pytest.skip("run `make clients`")

    newest_release = next((str(path) for path in HERE.glob("node_modules/node-*/bin/node")), found[0])

    def run(*arguments: str | Path, folder: Path = HERE, text: str = "", newest: bool = False, **environment: str) -> str:
        done = subprocess.run(
            [newest_release if newest else found[0], *arguments], input=text, cwd=folder,
            env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="session")
def run_js(node: Callable[..., str]) -> Callable[..., Any]:
    """Runs the texts of a module, one after the other, beside the installed packages, and returns the JSON that it prints."""

    def run(*texts: str, **environment: str) -> Any:
        return json.loads(node("--conditions=development", "--input-type=module", "-", text="\n".join(texts), **environment))

    return run


@pytest.fixture
def project(node: Callable[..., str], tmp_path: Path) -> Path:
    """A folder of a new project, in which the installed packages are found."""
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules", target_is_directory=True)
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def corrected_server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with one figure: 14,000 killed at revision 1, and 15,000 since revision 2."""
    store = Instance(databases, name := asyncio.run(databases.fresh()), tmp_path_factory.mktemp("corrected"))
    for best in (14_000, 15_000):
        asyncio.run(store.load(paper=PAPER.format(best=best)))
    with running_server(databases, name) as (base, _):
        yield base


def documented(page: str, language: str, beginning: str) -> str:
    """The code block of a page that begins with some text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)
    (found,) = [block for block in blocks if block.startswith(beginning)]
    return str(found)
