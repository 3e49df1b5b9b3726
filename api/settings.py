"""Every setting: read once from the environment, and passed on as one frozen object."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from .errors import ConflictFactsError


class BadSetting(ConflictFactsError):
    """A setting has an invalid value."""


def _meaning(text: str, may_be_zero: bool = False, maximum: float = math.inf) -> dict[str, Any]:
    """The metadata of a setting. Its meaning completes "NAME is …" in help, in messages and in the docs."""
    return {"meaning": text, "may_be_zero": may_be_zero, "maximum": maximum}


MAX_PORT = 65535


@dataclass(frozen=True)
class Settings:
    """The settings. Each is read from the environment variable of its name in capitals; an empty variable is the same as none."""

    database_url: str = field(
        default="", metadata=_meaning("the URL of a PostgreSQL database, version 15 or later; if empty, the embedded database is used")
    )
    database_read_url: str = field(
        default="",
        metadata=_meaning("the URL for a role that can only read; if empty, DATABASE_URL is used, and its sessions are read-only"),
    )
    conflict_facts_home: Path = field(
        default=Path(platformdirs.user_data_dir("conflict-facts")),
        metadata=_meaning("the folder of the embedded database; by default inside the platform's folder for user data"),
    )
    host: str = field(default="127.0.0.1", metadata=_meaning("the address to listen on"))
    port: int = field(default=8000, metadata=_meaning("the port to listen on", maximum=MAX_PORT))
    pool_size: int = field(default=16, metadata=_meaning("the number of database connections for reading"))
    statement_timeout: float = field(default=10.0, metadata=_meaning("the number of seconds after which a query is cancelled"))
    max_cost: int = field(
        default=100_000, metadata=_meaning("the maximum number of records that one response may contain, computed from its page sizes")
    )
    max_body: int = field(default=256 * 1024, metadata=_meaning("the maximum size of a request body, in bytes"))
    kept_megabytes: int = field(
        default=32,
        metadata=_meaning(
            "the size of the response cache in megabytes; it is emptied by each new revision, and 0 disables it", may_be_zero=True
        ),
    )
    private: bool = field(
        default=False,
        metadata=_meaning(
            "true if only the operator uses the server: loads then withhold nothing, and responses contain what must not be redistributed"
        ),
    )


MEANINGS: dict[str, str] = {setting.name: setting.metadata["meaning"] for setting in fields(Settings)}
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def settings(environment: Mapping[str, str] = os.environ, **overrides: object) -> Settings:
    """The settings of this process. Overrides, from the command line, win over the environment unless None. Raises BadSetting."""
    values: dict[str, object] = {}
    for setting in fields(Settings):
        text = environment.get(setting.name.upper())
        if overrides.get(setting.name) is not None:
            values[setting.name] = overrides[setting.name]
        elif text:
            try:
                values[setting.name] = _parse(setting.name, type(setting.default), text, setting.metadata)
            except ValueError as error:
                meaning = "" if isinstance(setting.default, bool) else f"; it is {MEANINGS[setting.name]}"
                raise BadSetting(f"{setting.name.upper()}={text}: must {error}{meaning}") from None
    return Settings(**values)  # type: ignore[arg-type]  # parsed by the type of the default


def _parse(name: str, type: type, text: str, metadata: Mapping[str, Any]) -> object:
    """The value of a setting. Raises ValueError with what it must be."""
    if type is bool:
        if text.lower() not in BOOLEANS:
            raise ValueError("be true or false")
        return BOOLEANS[text.lower()]
    try:
        value = type(text)
    except ValueError:
        raise ValueError("be a number") from None
    if name.endswith("_url") and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("begin with postgresql://")
    if isinstance(value, (int, float)):
        if value < 0 or (value == 0 and not metadata["may_be_zero"]):
            raise ValueError("not be negative" if metadata["may_be_zero"] else "be greater than zero")
        if value > metadata["maximum"]:
            raise ValueError(f"not be greater than {metadata['maximum']}")
    return value.expanduser().resolve() if isinstance(value, Path) else value
