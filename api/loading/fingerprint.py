"""Recognizes files that were loaded already, if nothing they affect has changed since, so that their load can be skipped."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import asyncpg

from schema.formats import FORMATS
from schema.formats.format import FileFormat
from schema.model.kinds import Kinds

from ..intake.result import FileSummary, Intake
from ..sql.loading import files as files_sql
from ..sql.loading import merge
from .receipts import Counts

ROOT = Path(__file__).parents[2]
PROGRAM_FOLDERS = ("api", "schema", "migrations")


@dataclass(frozen=True)
class KnownLoad:
    """A load that need not be repeated: the revision that it made, the summary of its files, and the claims by kind."""

    revision: int
    intake: Intake
    claims: Counts


@cache
def program_digest() -> str:
    """A digest of everything that determines how files are read: Python, the installed packages, and our own code, lists and migrations."""
    digest = hashlib.sha256(sys.version.encode())
    for package in sorted(f"{distribution.name} {distribution.version}" for distribution in distributions()):
        digest.update(package.encode() + b"\0")
    for path in sorted(
        path for folder in PROGRAM_FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"
    ):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load_fingerprint(kinds: Kinds, files: Sequence[tuple[str, str]], *choices: object) -> str:
    """A digest of everything that determines the claims of files: their names and digests in order, the user's choices, the program.

    Equal fingerprints mean equal claims, flags and rejections, whatever the database holds. The year counts, since the flag for unlikely
    dates depends on it.
    """
    stages = [merge.create_stage(kind) for kind in kinds.values()]
    parts = [program_digest(), dt.date.today().year, stages, [list(file) for file in files], [repr(choice) for choice in choices]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


async def already_loaded(
    kinds: Kinds, connection: asyncpg.Connection, fingerprint: str, declared: FileFormat | None = None
) -> KnownLoad | None:
    """The load with this fingerprint, if its claims are unchanged since. `declared` is the format that a map declares. The caller holds the lock, so that no other load runs."""
    row = await connection.fetchrow(files_sql.UNCHANGED_LOAD, fingerprint)
    if row is None:
        return None
    receipt, formats = json.loads(row["receipt"]), {format.name: format for format in (*FORMATS, *([declared] if declared else []))}
    repeated = [receipt["repeated"]] + [0] * (len(receipt["files"]) - 1)  # The receipt has the sum only, and only the sum is printed.
    files = [
        FileSummary(
            file["file"],
            file["sha256"],
            formats[file["format"]],
            file["records"],
            0,
            count,
            (),
            receipt.get("sums", 0) if number == 0 else 0,
            warnings=tuple(file.get("warnings", ())),
            fields_of={name: tuple(fields) for name, fields in file.get("columns", {}).items()},
        )
        for number, (file, count) in enumerate(zip(receipt["files"], repeated, strict=True))
    ]
    claims = {kind.name: _all_unchanged(receipt["claims"][kind.name]) for kind in kinds.settling_order}
    return KnownLoad(row["id"], Intake(files, flags=dict(sorted(receipt["flags"].items()))), claims)


def _all_unchanged(counts: dict[str, int]) -> dict[str, int]:
    """The counts of a load, as the same load counts them when it is repeated."""
    return {**dict.fromkeys(counts, 0), "unchanged": counts["added"] + counts["changed"] + counts["unchanged"]}
