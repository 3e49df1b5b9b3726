"""Restores a backup: its rows alone, into tables that our own migrations make. No statement of the file is run, since anybody can have written it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import asyncpg

from ..errors import BackupFailed
from ..sql.loading.bulk_build import REBUILDABLE
from ..sql.restoring import ANALYZE, SET_SEQUENCE, TABLES
from .backup import VERSION_TABLE, command, run
from .connection import connected
from .migrate import migrate, newest_migration, number_of_migration

# The lines of what `pg_restore --data-only` writes: rows of a table follow the first, up to one that is END; the second is of a sequence, and others say nothing.
COPY = re.compile(rb'COPY public\."?(\w+)"? \(([\w", ]+)\) FROM stdin;\n')
SETVAL = re.compile(rb"SELECT pg_catalog\.setval\('public\.(\w+)', (\d+), (true|false)\);\n")
SAYS_NOTHING = re.compile(
    rb"(--.*|SET \w+ = (0|on|off|warning|content|false|'UTF8');|SELECT pg_catalog\.set_config\('search_path', '', false\);|\\(un)?restrict \w+)?\n"
)
END = b"\\.\n"
BLOCK = 1024 * 1024  # Bytes of rows that are sent together.
MAX_SHOWN = 100  # Characters of a statement in a message.


async def restore(url: str, file: Path) -> None:
    """Restore a backup into the database at `url`, which has no tables yet; all of it or nothing. Raises BackupFailed."""
    contents = run("pg_restore", "", "--list", str(file)).splitlines()
    if not any(f"TABLE public {VERSION_TABLE} " in line for line in contents):
        raise BackupFailed(f"{file} is not a backup of a database of Conflict Facts")
    stored = run("pg_restore", "", "--data-only", f"--table={VERSION_TABLE}", "--file=-", str(file))
    made_by = re.search(r"^(\d{4})$", stored, re.MULTILINE)
    if made_by is None or made_by[1] > newest_migration():
        raise BackupFailed(f"{file} was made by a newer version of Conflict Facts; install that version")
    if await number_of_migration(url) is not None:
        raise BackupFailed("the database has tables already; restore into an empty one")
    await asyncio.to_thread(migrate, url, made_by[1], lambda connection: _fill(connection, file))
    async with connected(url) as connection:
        await connection.execute(ANALYZE)  # A backup has no statistics of its tables, from which costs are computed.


async def _fill(connection: asyncpg.Connection, file: Path) -> None:
    """Copy the rows of a backup into empty tables, whose indexes and keys are built afterwards: a row that contradicts them is refused."""
    tables = {row[0] for row in await connection.fetch(TABLES)}
    with tempfile.TemporaryFile() as problems, subprocess.Popen(  # noqa: ASYNC220, S603  # a program of the wheel, in a command that does nothing else
        command("pg_restore", "--data-only", "--file=-", str(file)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=problems
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            objects = await connection.fetch(REBUILDABLE, sorted(tables))
            for row in reversed(objects):
                await connection.execute(row["off"])
            await _copy(connection, file, process.stdout, tables)
            for row in objects:
                await connection.execute(row["on"])
        except asyncpg.PostgresError as error:
            raise BackupFailed(f"{file} contains what the tables do not allow: {error}") from error
        finally:
            with suppress(ProcessLookupError):
                if process.poll() is None and process.stdout.read(1):
                    process.kill()
            if process.wait() > 0:
                problems.seek(0)
                raise BackupFailed(f"pg_restore failed: {problems.read().decode(errors='replace').strip()}")


async def _copy(connection: asyncpg.Connection, file: Path, lines: IO[bytes], tables: set[str]) -> None:
    while line := await asyncio.to_thread(lines.readline):
        if (found := COPY.fullmatch(line)) is not None:
            table, columns = found[1].decode(), [name.strip(' "') for name in found[2].decode().split(",")]
            if table == VERSION_TABLE:
                async for _ in _rows(lines, file):
                    pass
            elif table in tables:
                await connection.copy_to_table(table, source=_rows(lines, file), columns=columns, format="text")
            else:
                raise BackupFailed(
                    f"{file} is not a backup that `conflict-facts backup` wrote: it has a table {table}, which no version has"
                )
        elif (found := SETVAL.fullmatch(line)) is not None:
            await connection.execute(SET_SEQUENCE, found[1].decode(), int(found[2]), found[3] == b"true")
        elif not SAYS_NOTHING.fullmatch(line):
            shown = line.decode(errors="replace").strip()[:MAX_SHOWN]
            raise BackupFailed(f"{file} is not a backup that `conflict-facts backup` wrote: it has the statement {shown!r}")


async def _rows(lines: IO[bytes], file: Path) -> AsyncIterator[bytes]:
    """The rows of a table, in blocks. Raises BackupFailed if they do not end."""

    def block() -> tuple[bytes, bool]:
        rows, size = list[bytes](), 0
        while size < BLOCK:
            row = lines.readline()
            if row == END:
                return b"".join(rows), True
            if not row:
                raise BackupFailed(f"{file} ends within a table")
            rows.append(row)
            size += len(row)
        return b"".join(rows), False

    ended = False
    while not ended:
        rows, ended = await asyncio.to_thread(block)
        if rows:
            yield rows
