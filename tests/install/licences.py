"""Lists the licence of every package that we ship, and fails on one that a project under MIT cannot: python -m tests.install.licences

Run it in an environment that has the packages in requirements.lock. `make check` does.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"
PAGES = Path(__file__).parents[2] / "api" / "pages" / "package-lock.json"
# What a package may be under, as SPDX and as package indexes name it. LGPL: pycountry, which is imported unchanged and can be replaced.
ALLOWED = re.compile(
    r"MIT(-0)?|MIT License|The MIT License.*|Apache([- ]2(\.0)?| License 2\.0| Software License)?|BSD([- ][23][- ]Clause)?|(\d-Clause )?BSD License"
    r"|ISC( License)?.*|PSF-2\.0|Python Software Foundation License|PostgreSQL( License)?|Unlicense|LGPL-2\.1-only|0BSD|Zlib|OFL-1\.1",
    re.IGNORECASE,
)


UNSTATED = {"resvg-py": "MIT"}  # Packages whose metadata name no licence, by what the licence file in them is.


def locked() -> list[str]:
    """The names of the packages in requirements.lock."""
    return re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text("utf-8"), re.MULTILINE)


def licences(package: Distribution) -> list[str]:
    """What a package says it is under: its expression, or its classifiers, or the first line of its licence."""
    meta = package.metadata
    if "License-Expression" in meta:
        return re.split(r"\s+AND\s+", meta["License-Expression"])
    classified = [
        name.rpartition(" :: ")[2] for name in meta.get_all("Classifier", []) if name.startswith("License :: ") and name.count("::") > 1
    ]
    return classified or [*(meta.get_all("License") or ["unknown"])[0].strip().splitlines()[:1]]


def may_ship(licence: str) -> bool:
    """Whether we may ship what is under a licence; of a choice, one is enough."""
    return any(ALLOWED.fullmatch(choice.strip("() ")) for choice in re.split(r"\s+OR\s+", licence))


def findings() -> Iterator[tuple[str, str, bool]]:
    """Each locked package of this platform, and each of the web pages: its licences, and whether we may ship it."""
    for name in locked():
        try:
            found = licences(distribution(name))
        except PackageNotFoundError:  # Of another platform.
            continue
        found = [UNSTATED.get(name, one) if one == "unknown" else one for one in found]
        yield name, " AND ".join(found), all(map(may_ship, found))
    for path, package in json.loads(PAGES.read_text("utf-8"))["packages"].items():
        if path:  # The project itself has none.
            licence = package.get("license", "unknown")
            yield path.removeprefix("node_modules/"), licence, may_ship(licence)


def main() -> int:
    listed = [*findings()]
    for name, licence, allowed in listed:
        print(f"{name:<28}{licence}{'' if allowed else '   <- not allowed'}")
    if refused := [name for name, _, allowed in listed if not allowed]:
        print(f"a project under MIT cannot ship {', '.join(refused)}; see docs/decisions/dependencies.md", file=sys.stderr)
    return bool(refused)


if __name__ == "__main__":
    sys.exit(main())
