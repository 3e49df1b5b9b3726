"""The promises of Conflict Facts, each a test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Where no bytecode may be written beside the source, keep it in build/: else each of a hundred processes compiles every module again.
# Here, because this is imported before the modules that it is about.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parents[1] / "build" / "pycache")
