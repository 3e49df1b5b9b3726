"""The database that a command runs on: reached, migrated, and what goes wrong with it told in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from ..errors import NoDatabase
from ..postgres import embedded, migrate
from ..settings import Settings
from ..store.pool import connect_once
from . import echo_err


class DatabaseUrls:
    """Where the database is: that of DATABASE_URL, or the embedded one, which runs while these are held."""

    def __init__(self, url: str, read_url: str) -> None:
        self.url, self.read_url = url, read_url


@contextmanager
def database(given: Settings) -> Iterator[DatabaseUrls]:
    """The database, reached and migrated. Raises NoDatabase with what to do."""
    if given.database_url:
        held: Any = nullcontext(DatabaseUrls(given.database_url, given.database_read_url or given.database_url))
    else:
        held = embedded_database(given)
    with held as addresses:
        with database_errors(given):
            _migrate(addresses.url)
        if addresses.read_url != addresses.url:
            with database_errors(given, "DATABASE_READ_URL"):
                asyncio.run(connect_once(addresses.read_url))
        yield addresses


def _migrate(url: str) -> None:
    if migrate.needs_migration(url):
        echo_err("migrating: bringing the tables to the declared kinds")
        migrate.migrate(url)


@contextmanager
def embedded_database(given: Settings) -> Iterator[DatabaseUrls]:
    echo_err(f"database: embedded PostgreSQL in {given.conflict_facts_home} (set DATABASE_URL to use another)")
    try:
        server = embedded.start(given.conflict_facts_home, echo_err)
    except embedded.EmbeddedError as error:
        raise NoDatabase(str(error)) from error
    try:
        yield DatabaseUrls(server.address.url, server.address.read_url)
    finally:
        server.stop()


@contextmanager
def database_errors(given: Settings, address: str = "DATABASE_URL") -> Iterator[None]:
    """A database that cannot be reached or used is told in words, with what to do."""
    try:
        yield
    except (OSError, *migrate.DATABASE_FAILURES) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        cure = f"check {address} and that the server runs" if given.database_url else "see the log beside the data folder"
        raise NoDatabase(f"the database cannot be used: {reason}; {cure}") from error
