"""The database that a command uses: started if it is the embedded one, migrated, and with its errors put into words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from schema.kinds import KINDS

from ..errors import NoDatabase
from ..postgres import embedded, migrate
from ..postgres.cluster import EmbeddedError
from ..postgres.remedies import remedy
from ..settings import Settings
from ..sql.preference import RULE
from ..store.pool import connect_once
from . import echo_err


@dataclass(frozen=True)
class DatabaseUrls:
    """The URLs of a database: for its owner, and for reading."""

    url: str
    read_url: str


@contextmanager
def database(config: Settings) -> Iterator[DatabaseUrls]:
    """The configured database, or the embedded one while the context lasts; reachable and migrated. Raises NoDatabase."""
    with _configured_database(config) if config.database_url else _embedded_database(config) as urls:
        with database_errors(config):
            _migrate(urls.url)
        if urls.read_url != urls.url:
            with database_errors(config, "DATABASE_READ_URL"):
                asyncio.run(connect_once(urls.read_url))
        yield urls


def _configured_database(config: Settings) -> AbstractContextManager[DatabaseUrls]:
    return nullcontext(DatabaseUrls(config.database_url, config.database_read_url or config.database_url))


def _migrate(url: str) -> None:
    if migrate.needs_migration(url):
        echo_err("creating or updating the tables")
        migrate.migrate(url)
    if asyncio.run(migrate.rule_in_force(url)) not in (None, RULE):
        from ..loading.upgrade import upgrade  # noqa: PLC0415  # needed once after an upgrade

        echo_err(f"settling all facts again, by the rule {RULE}")
        asyncio.run(upgrade(KINDS, url))


@contextmanager
def _embedded_database(config: Settings) -> Iterator[DatabaseUrls]:
    echo_err(f"database: embedded PostgreSQL in {config.conflict_facts_home} (set DATABASE_URL to use another)")
    try:
        server = embedded.start(config.conflict_facts_home, echo_err)
    except EmbeddedError as error:
        raise NoDatabase(str(error)) from error
    try:
        yield DatabaseUrls(server.address.url, server.address.read_url)
    finally:
        server.stop()


def read_setting(config: Settings) -> str:
    """The name of the setting with the URL that `DatabaseUrls.read_url` comes from."""
    return "DATABASE_READ_URL" if config.database_read_url else "DATABASE_URL"


@contextmanager
def database_errors(config: Settings, setting: str = "DATABASE_URL") -> Iterator[None]:
    """Raises NoDatabase, with what to check, for errors of reaching or using a database. `setting` names the setting with its URL."""
    try:
        yield
    except (OSError, *migrate.DATABASE_FAILURES) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        cure = remedy(error, setting, getattr(config, setting.lower())) if config.database_url else "see the log beside the data folder"
        raise NoDatabase(f"the database cannot be used: {reason}; {cure}") from error
