"""The command that creates the roles of a database."""

from __future__ import annotations

import asyncio
import re

import click

from schema.kinds import KINDS

from ..errors import NoDatabase
from ..postgres.migrate import newest_migration
from ..postgres.roles import execute
from ..settings import settings
from ..sql.roles import Roles, script
from . import echo_err
from .database import database_errors

NAMES = Roles()


@click.command("roles")
@click.option(
    "--reading", metavar="NAME", default=NAMES.reading, help=f"The role that only reads what is served; by default {NAMES.reading}."
)
@click.option("--loading", metavar="NAME", default=NAMES.loading, help=f"The role that changes facts; by default {NAMES.loading}.")
@click.option("--migrating", metavar="NAME", default=NAMES.migrating, help=f"The role that owns the tables; by default {NAMES.migrating}.")
@click.option("--apply", "applies", is_flag=True, help="Run the statements, as the role of DATABASE_URL, instead of printing them.")
def roles_command(reading: str, loading: str, migrating: str, applies: bool) -> None:
    """Print the SQL that creates the roles of a database.

    Run it in the database, as a superuser or a role that may create roles and owns the tables; run it again at any time. The roles
    have no passwords yet. The embedded database has its roles by itself.
    """
    if len({reading, loading, migrating}) < 3:
        raise click.UsageError("--reading, --loading and --migrating must be three different roles")
    if odd := [name for name in (reading, loading, migrating) if not re.fullmatch(r"[\w .@-]+", name)]:
        raise click.UsageError(f"{odd[0]!r}: a name may have letters, digits, spaces and any of _ . @ -")
    statements = script(KINDS, Roles(reading, loading, migrating), newest_migration())
    if not applies:
        click.echo("begin;\n\n" + "\n\n".join(f"{statement};" for statement in statements) + "\n\ncommit;")
        return
    config = settings()
    if not config.database_url:
        raise NoDatabase("the embedded database has its roles by itself; set DATABASE_URL to another one, as a role that may create roles")
    with database_errors(config):
        asyncio.run(execute(config.database_url, statements))
    echo_err(
        f"the roles {reading}, {loading} and {migrating} are ready. Set their passwords, with `\\password {reading}` and so on in psql; then set "
        f"DATABASE_READ_URL to {reading}, DATABASE_URL to {loading} and DATABASE_MIGRATE_URL to {migrating}"
    )
