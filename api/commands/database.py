"""The database that a command uses: started if it is the embedded one, migrated, and with its errors put into words."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from schema.kinds import KINDS

from ..errors import NoDatabase
from ..postgres import embedded, migrate
from ..postgres.cluster import EmbeddedError
from ..postgres.remedies import remedy
from ..settings import Settings, without_secrets
from ..sql.preference import RULE
from ..store.pool import connect_once
from . import echo_err


@dataclass(frozen=True)
class DatabaseUrls:
    """The URLs of a database: for its owner, and for reading."""

    url: str
    read_url: str


@contextmanager
def database(config: Settings, dry_run: bool = False) -> Iterator[DatabaseUrls]:
    """The configured database, or the embedded one while the context lasts; reachable and migrated. Raises NoDatabase.

    A dry run changes nothing: where there are no tables yet, it gets an empty temporary database, and tables of an older version are refused.
    """
    if dry_run and not _has_tables(config):
        with _temporary_database() as urls:
            yield urls
        return
    with _configured_database(config) if config.database_url else _embedded_database(config) as urls:
        with database_errors(config):
            _refuse_older_tables(urls.url) if dry_run else _migrate(urls.url)
        if urls.read_url != urls.url:
            with database_errors(config, "DATABASE_READ_URL"):
                asyncio.run(connect_once(urls.read_url))
        yield urls


def _configured_database(config: Settings) -> AbstractContextManager[DatabaseUrls]:
    return nullcontext(DatabaseUrls(config.database_url, config.database_read_url or config.database_url))


def _has_tables(config: Settings) -> bool:
    """Whether anything was ever loaded or served with the configured database. Raises NoDatabase."""
    if not config.database_url:
        return any(config.conflict_facts_home.expanduser().glob("postgres-*/PG_VERSION"))
    with database_errors(config):
        return migrate.is_migrated(config.database_url)


@contextmanager
def _temporary_database() -> Iterator[DatabaseUrls]:
    echo_err("there is no database yet: the dry run uses a temporary one")
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        try:
            server = embedded.start(Path(folder), remove_with_parent=True)
        except EmbeddedError as error:
            raise NoDatabase(str(error)) from error
        with server:
            migrate.migrate(server.address.url)
            yield DatabaseUrls(server.address.url, server.address.read_url)


def _refuse_older_tables(url: str) -> None:
    if migrate.needs_migration(url) or asyncio.run(migrate.rule_in_force(url)) not in (None, RULE):
        raise NoDatabase(
            "the database is of an earlier version, and a dry run does not update it; run `conflict-facts revisions`, which updates it, "
            "and then the dry run again"
        )


def _migrate(url: str) -> None:
    migrated = migrate.needs_migration(url)
    if migrated:
        echo_err("creating or updating the tables")
        migrate.migrate(url)
    earlier = asyncio.run(migrate.rule_in_force(url))
    if earlier not in (None, RULE) or (migrated and earlier):
        from ..loading.upgrade import upgrade  # noqa: PLC0415  # needed once after an upgrade

        echo_err("bringing what is stored up to date" if earlier == RULE else f"settling all facts again, by the rule {RULE}")
        if receipt := asyncio.run(upgrade(KINDS, url)):
            echo_err(f"recorded as revision {receipt.revision}; `conflict-facts revisions {receipt.revision}` lists what changed")


@contextmanager
def _embedded_database(config: Settings) -> Iterator[DatabaseUrls]:
    echo_err(f"database: embedded PostgreSQL in {config.conflict_facts_home} (set DATABASE_URL to use another)")
    try:
        server = embedded.start(config.conflict_facts_home, echo_err)
    except EmbeddedError as error:
        raise NoDatabase(str(error)) from error
    server.keep_running(echo_err)
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
        message = without_secrets(f"the database cannot be used: {reason}; {cure}", config.database_url, config.database_read_url)
        raise NoDatabase(message) from error
