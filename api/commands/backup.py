"""The commands that back a database up and restore it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from ..postgres.backup import back_up
from ..postgres.restoring import restore
from ..settings import settings
from . import echo_err
from .database import database, database_as_it_is, database_errors, migrate_setting

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@FILE
def backup_command(file: Path) -> None:
    """Write the whole database to FILE.

    The server may go on, and so may loads: FILE contains one state of the database. It is in pg_dump's custom format, compressed, and
    contains what is withheld, so nobody else should read it.
    """
    config = settings()
    with database_as_it_is(config, has_tables=True) as urls, database_errors(config, migrate_setting(config)):
        back_up(urls.migrate_url, file)
    echo_err(f"{file}: {file.stat().st_size:,} bytes. Restore it with `conflict-facts restore`, into an empty database")


@click.command("restore")
@FILE
def restore_command(file: Path) -> None:
    """Restore FILE, which `backup` wrote, into an empty database.

    Set CONFLICT_FACTS_HOME to a new folder, or DATABASE_URL to a new database. All of it is restored, or nothing. Then run
    `conflict-facts verify`.
    """
    config = settings()
    if not file.exists():
        raise click.BadParameter(f"{file} does not exist", param_hint="FILE")
    with database_as_it_is(config, has_tables=False) as urls, database_errors(config, migrate_setting(config)):
        asyncio.run(restore(urls.migrate_url, file))
    with database(config):  # Which migrates a backup of an earlier version, and gives the roles their privileges.
        echo_err("restored. Now run `conflict-facts verify`, which proves that everything is as it was recorded")
