"""Every setting, read once from the environment and passed in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs

from .errors import ConflictFactsError


class BadSetting(ConflictFactsError):
    """A setting has a value that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """Each setting is the environment variable of its name in capitals; its default is what is set when nothing is."""

    database_url: str = ""  # Empty: the embedded database.
    database_read_url: str = ""  # Empty: read with the role of database_url, in read-only sessions.
    conflict_facts_home: Path = Path(platformdirs.user_data_dir("conflict-facts"))
    host: str = "127.0.0.1"
    port: int = 8000
    pool_size: int = 16  # Connections for reading.
    statement_timeout: float = 10.0  # Seconds before a statement that reads is given up.
    max_cost: int = 100_000  # Records that one answer may hold at the most, by its own `first`s.
    max_body: int = 256 * 1024  # Bytes of a request's body.
    kept_megabytes: int = 32  # Answers kept for as long as no revision is recorded.
    private: bool = False  # The database serves its operator alone: nothing is withheld.


MAY_BE_ZERO = ("kept_megabytes",)
FLAGS = {"true": True, "1": True, "false": False, "0": False}
MEANINGS = {
    "database_url": "PostgreSQL 15 or later; empty: the embedded database",
    "database_read_url": "a role for reading that cannot write; empty: DATABASE_URL, in read-only sessions",
    "conflict_facts_home": "the folder of the embedded database; by default the platform's folder for user data",
    "host": "the address to listen on",
    "port": "the port to listen on",
    "pool_size": "connections to the database for reading",
    "statement_timeout": "seconds before a statement that reads is given up",
    "max_cost": "records that one answer may hold at the most",
    "max_body": "bytes that the body of a request may have",
    "kept_megabytes": "megabytes of answers that are kept until a new revision is recorded; 0: none",
    "private": "true: the database serves its operator alone, and loads withhold nothing; by default false",
}


def settings(environment: Mapping[str, str] = os.environ, **given: object) -> Settings:
    """The settings of this process; what is given on the command line goes before the environment."""
    values: dict[str, object] = {}
    for one in fields(Settings):
        text = environment.get(one.name.upper())
        if given.get(one.name) is not None:
            values[one.name] = given[one.name]
        elif text:
            values[one.name] = _parsed(one.name, type(one.default), text)
    return Settings(**values)  # type: ignore[arg-type]  # parsed by the type of the default


def _parsed(name: str, type: type, text: str) -> object:
    if type is bool:
        if text.lower() not in FLAGS:
            raise BadSetting(f"{name.upper()}={text}: must be true or false; it is {MEANINGS[name]}")
        return FLAGS[text.lower()]
    try:
        value = type(text)
    except ValueError:
        raise BadSetting(f"{name.upper()}={text}: must be a number; it is {MEANINGS[name]}") from None
    if name.endswith("_url") and not text.startswith(("postgresql://", "postgres://")):
        raise BadSetting(f"{name.upper()}={text}: must begin with postgresql://; it is {MEANINGS[name]}")
    if isinstance(value, (int, float)) and (value < 0 or (value == 0 and name not in MAY_BE_ZERO)):
        raise BadSetting(f"{name.upper()}={text}: must be greater than zero; it is {MEANINGS[name]}")
    return value.expanduser().resolve() if isinstance(value, Path) else value
