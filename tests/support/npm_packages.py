"""Installs the npm packages that the package-lock.json of a folder pins, without running their scripts: python tests/support/npm_packages.py FOLDER

With `--lock`, it pins the newest versions that package.json allows, with hashes and without the address of a registry. Uses only the standard library.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "api" / "pages" / "assets.py"  # Run by itself: its package needs what the server needs.

if __name__ == "__main__":
    assets = runpy.run_path(str(ASSETS))
    folder, *options = sys.argv[1:]
    locking = "install", "--package-lock-only", "--omit-lockfile-registry-resolved"
    try:
        assets["npm"](Path(folder), *(locking if options == ["--lock"] else ("ci",)), "--ignore-scripts", *assets["PATIENCE"])
    except assets["NotInstalled"] as error:
        sys.exit(f"the packages of {folder} cannot be installed: {error}")
