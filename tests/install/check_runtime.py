"""Checks an environment that has only the packages in requirements.lock: python -m tests.install.check_runtime BIN

A package that we import but do not declare may be there by luck in the development environment. Here it is missing.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from .installation import Failed, Installation

FILES = Path(__file__).parent / "files"
COLLECTIONS = Path(__file__).parents[1] / "data" / "collections"
# Files that `load` must refuse, and a part of its message.
REFUSED = {"unhcr-situations": "counts refugees", "unknown": "unknown.csv"}
OWN = ("own-sources", "own-actors", "own-locations", "own-events", "own-participations", "own-figures")
# The modules that need an optional package, which this environment lacks; nothing else imports them before they are used.
OPTIONAL = {"api.mcp.server": "mcp_types", "api.http.tracing": "opentelemetry"}
IMPORT_ALL = f"""
import importlib, pkgutil
optional = {OPTIONAL}
for package in ("api", "schema"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name != optional.get(module.name):
                raise
"""


# One process loads all files, because a process of each would spend most of its time on starting.
LOAD_ALL = """
import json, sys
from api.__main__ import main
for arguments in json.loads(sys.argv[1]):
    main(["load", "--json", *arguments], standalone_mode=False)
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        # The small collections: the others take long to load, and `make test-wheel` serves them all.
        installation = Installation(Path(sys.argv[1]), Path(folder), FIXTURES=str(COLLECTIONS))
        try:
            check(installation)
        except Failed as failure:
            print(f"failed: {failure}", file=sys.stderr)
            return 1
    return 0


def check(installation: Installation) -> None:
    print("importing every module of api and schema", flush=True)
    installation.run("python", "-c", IMPORT_ALL)
    files = _files(installation)
    with installation.server() as server:
        print("loading a file of each format", flush=True)
        _load(installation, [path for path in files if path.stem not in REFUSED])
        for path in files:
            if reason := REFUSED.get(path.stem):
                _refuse(installation, path, reason)
        print("fetching every page", flush=True)
        server.check_pages()
        server.check_facts()
    print("every check of the run-time environment passed", flush=True)


def _files(installation: Installation) -> list[Path]:
    """One file or more of each format that `conflict-facts formats` lists, and one of an unknown format. Our own come first: hxl needs a source."""
    listed = installation.run("conflict-facts", "formats").stdout.splitlines()
    formats = {line.partition(":")[0] for line in listed if not line.startswith(" ")}
    files = sorted(FILES.iterdir(), key=lambda path: (path.stem not in OWN, OWN.index(path.stem) if path.stem in OWN else 0, path.name))
    if differing := formats ^ {path.stem for path in files} - {"unknown"}:
        raise Failed(f"{FILES} must have a file of each format; these differ: {', '.join(sorted(differing))}")
    return files


def _load(installation: Installation, paths: list[Path]) -> None:
    arguments = json.dumps([[*_options(path), str(path)] for path in paths])
    receipts = [json.loads(line) for line in installation.run("python", "-c", LOAD_ALL, arguments).stdout.splitlines()]
    if len(receipts) != len(paths):
        raise Failed(f"{len(paths)} files were loaded with {len(receipts)} receipts")
    for path, receipt in zip(paths, receipts, strict=True):
        if not receipt["read"] == receipt["added"] > 0:
            raise Failed(f"{path.name} was not loaded completely: {receipt}")


def _options(path: Path) -> tuple[str, ...]:
    """Neither an HXL file nor a release of GED names its source, and a table of few columns may be one of several kinds."""
    return {
        "hxl": ("--source", "invented"),
        "ucdp-ged": ("--source", "ucdp-ged-invented"),
        **{name: ("--format", name) for name in OWN},
    }.get(path.stem, ())


def _refuse(installation: Installation, path: Path, reason: str) -> None:
    message = installation.run("conflict-facts", "load", path, status=1).stderr
    if reason not in message:
        raise Failed(f"the message that refuses {path.name} lacks {reason!r}:\n{message}")


if __name__ == "__main__":
    sys.exit(main())
