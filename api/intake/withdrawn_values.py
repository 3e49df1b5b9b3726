"""Writes what the rows of files could say and do not, so that what earlier files said in the same rows can end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..sql.duckdb import merge_files as gather

if TYPE_CHECKING:  # A server that loads the fixtures needs neither, and DuckDB takes a third of a second to import.
    from .intake import FileIntake


def write_unstated(intake: FileIntake, kind: str) -> Path | None:
    """Write the claims about a kind that rows of the files could make, and do not, for PostgreSQL to copy; None if there is none."""
    selects = [
        select
        for statements, file in zip(intake.statements, intake.result.files, strict=True)
        for select in statements.unstated(kind, file.rejected + file.repeated + file.sums > 0)
    ]
    if not selects:
        return None
    path = intake.folder / f"unstated_{kind}.csv"
    (written,) = intake.connection.execute(gather.copy_unstated(selects, path)).fetchone() or (0,)
    return path if written else None
