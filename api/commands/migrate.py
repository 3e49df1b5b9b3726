"""The command that brings a database up to date, apart from serving and loading."""

from __future__ import annotations

import click

from ..postgres.migrate import newest_migration
from ..settings import settings
from . import echo_err
from .database import database


@click.command("migrate")
def migrate_command() -> None:
    """Create or update the tables, and the privileges of the roles.

    `serve` and `load` do the same before anything else. Run it by itself where only this step may connect as the owner of the tables. All of it
    is done, or nothing; make a backup before.
    """
    with database(settings()):
        echo_err(f"the database is up to date, at migration {newest_migration()}")
