"""Installs the packages in package-lock.json without running their scripts: python -m tests.clients.install"""

from __future__ import annotations

import sys
from pathlib import Path

from api.pages.assets import PATIENCE, NotInstalled, npm

HERE = Path(__file__).parent

if __name__ == "__main__":
    try:
        # `--lock` pins the newest versions that package.json allows, with hashes and without the address of a registry.
        locking = "install", "--package-lock-only", "--omit-lockfile-registry-resolved"
        npm(HERE, *(locking if sys.argv[1:] == ["--lock"] else ("ci",)), "--ignore-scripts", *PATIENCE)
    except NotInstalled as error:
        sys.exit(f"the clients cannot be installed: {error}")
