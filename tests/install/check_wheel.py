"""Checks the wheel in an empty environment, outside the checkout: python -m tests.install.check_wheel BIN WHEEL"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

from .installation import Failed, Installation

LICENCES = ("LICENSE", "LICENSE-DATA")
# What another package in the environment would overwrite, or be overwritten by.
COLLISIONS = """
import importlib.metadata as metadata
for distribution in metadata.distributions():
    for path in distribution.files or ():
        if path.parts[0] in ("api", "schema", "migrations", "fixtures") and distribution.name != "conflict-facts":
            raise SystemExit(f"{distribution.name} has {path} too")
"""
LICENCE_TEXTS = """
import importlib.metadata as metadata
distribution = metadata.distribution("conflict-facts")
assert distribution.metadata["License-Expression"] == "MIT AND CC-BY-4.0 AND CC0-1.0"
for name in distribution.metadata.get_all("License-File"):
    assert distribution.read_text(f"licenses/{name}").strip(), name
    print(name)
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(Installation(Path(sys.argv[1]), Path(folder)), Path(sys.argv[2]))
        except Failed as failure:
            print(f"failed: {failure}", file=sys.stderr)
            return 1
    print("every check of the wheel passed")
    return 0


def check(installation: Installation, wheel: Path) -> None:
    _check_complete(wheel)
    location = installation.run("python", "-c", "import api; print(api.__file__)").stdout
    if "site-packages" not in location:
        raise Failed(f"api is imported from {location}")
    installation.run("python", "-c", COLLISIONS)
    if tuple(installation.run("python", "-c", LICENCE_TEXTS).stdout.split()) != LICENCES:
        raise Failed("the licence files are not installed")
    shown = installation.run("pip", "show", "--files", "conflict-facts").stdout
    if missing := [name for name in LICENCES if f"licenses/{name}\n" not in shown]:
        raise Failed(f"pip show lacks {missing}:\n{shown}")
    with installation.server() as server:
        server.check_facts()
        server.check_pages()
        for path in ("/graphql", "/docs"):
            if "is not installed on this server" in server.ask(path, headers={"Accept": "text/html"})[1]:
                raise Failed(f"{path} lacks its scripts")


def _check_complete(wheel: Path) -> None:
    """The wheel has every file of the checkout's packages, and no other."""
    root = Path(__file__).parents[2]
    folders = ("api", "schema", "migrations", "fixtures")
    expected = {
        path.relative_to(root).as_posix()
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(tuple(f"{folder}/" for folder in folders))}
    if differing := sorted(expected ^ found):
        raise Failed(f"{wheel.name} and the checkout differ: {', '.join(differing)}")


if __name__ == "__main__":
    sys.exit(main())
