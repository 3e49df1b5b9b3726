"""The PostgreSQL server that loads are measured on, and its databases; created for a run and removed afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from api.postgres import cluster, embedded

from ..database import BUILD, SETTINGS
from ..server import running_server

HOME = BUILD / "loading"


@dataclass(frozen=True)
class Workspace:
    """A running server and the folder of its files."""

    address: embedded.Address
    home: Path = HOME

    def url(self, database: str, role: str = cluster.OWNER) -> str:
        here = embedded.Address(self.address.host, self.address.port, database=database)
        return here.url if role == cluster.OWNER else here.read_url

    def folder(self, name: str) -> Path:
        """A new folder next to the database."""
        made = self.home / name
        made.mkdir()
        return made

    async def fresh(self, database: str) -> str:
        """Create an empty database, dropping one of the same name, and return its address."""
        connection = await asyncpg.connect(self.address.url)
        try:
            await connection.execute(f"drop database if exists {database}")
            await connection.execute(f"create database {database}")
        finally:
            await connection.close()
        return self.url(database)

    async def value(self, url: str, statement: str, *arguments: object) -> int:
        """The number that a statement selects."""
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(statement, *arguments))
        finally:
            await connection.close()

    async def settle(self) -> None:
        """Write what earlier steps left unwritten, so that the next step is not charged for it."""
        connection = await asyncpg.connect(self.address.url)
        try:
            await connection.execute("checkpoint")
        finally:
            await connection.close()


@contextmanager
def open_workspace(plain: bool, keep: bool, home: Path = HOME) -> Iterator[Workspace]:
    """The server and its folder, with the settings of the query benchmark or, if `plain`, with those of a user's embedded server."""
    shutil.rmtree(home, ignore_errors=True)
    try:
        with running_server(home, None if plain else SETTINGS) as server:
            yield Workspace(server.address, home)
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)
