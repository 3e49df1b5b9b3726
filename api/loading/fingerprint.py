"""Knows files that were loaded before and since which nothing has moved, so that their load need not be done again to tell what it does."""

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
from schema.model.kinds import Kinds

from ..intake.intake import FileSummary, Intake
from ..sql.loading import files as files_sql
from ..sql.loading import merge
from .receipts import Counts

ROOT = Path(__file__).parents[2]
PROGRAM_FOLDERS = ("api", "schema", "migrations")


@dataclass(frozen=True)
class KnownLoad:
    """What a load would tell that need not be done: the revision that did it, what the files held, and the claims by kind."""

    revision: int
    intake: Intake
    claims: Counts


@cache
def program_digest() -> str:
    """The digest of all that a load is made by: our own files, lists among them, and what is installed beside them."""
    digest = hashlib.sha256(sys.version.encode())
    for one in sorted(f"{one.name} {one.version}" for one in distributions()):
        digest.update(one.encode() + b"\0")
    for path in sorted(
        path for folder in PROGRAM_FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"
    ):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load_fingerprint(kinds: Kinds, files: Sequence[tuple[str, str]], *choices: object) -> str:
    """The digest of all that the claims of files are made of: their names and digests in their order, the choices of who loads, the program.

    With the same recipe come the same claims, flags and refusals, whatever the database holds. Which days are odd goes by the year.
    """
    staged = [merge.create_stage(kind) for kind in kinds.values()]
    made_of = [program_digest(), dt.date.today().year, staged, [list(one) for one in files], [repr(one) for one in choices]]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


async def already_loaded(kinds: Kinds, connection: asyncpg.Connection, load_fingerprint: str) -> KnownLoad | None:
    """What a load of this recipe tells, where one stands as it was recorded; nobody else may be loading meanwhile."""
    row = await connection.fetchrow(files_sql.UNCHANGED_LOAD, load_fingerprint)
    if row is None:
        return None
    told, by_name = json.loads(row["receipt"]), {one.name: one for one in FORMATS}
    repeated = [told["repeated"]] + [0] * (len(told["files"]) - 1)  # Which file they are of is not kept, and told by nobody.
    files = [
        FileSummary(one["file"], one["sha256"], by_name[one["format"]], one["records"], 0, times, ())
        for one, times in zip(told["files"], repeated, strict=True)
    ]
    claims = {kind.name: _unchanged(told["claims"][kind.name]) for kind in kinds.settling_order}
    return KnownLoad(row["id"], Intake(files, flags=dict(sorted(told["flags"].items()))), claims)


def _unchanged(counts: dict[str, int]) -> dict[str, int]:
    """What a load did, as it is told of one that finds it done."""
    return {**dict.fromkeys(counts, 0), "unchanged": counts["added"] + counts["changed"] + counts["unchanged"]}
