"""Every setting: read once from the environment, and passed on as one frozen object. Longer than other modules, since it is a table with a row for each."""

from __future__ import annotations

import ipaddress
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

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
        default="",
        repr=False,
        metadata=_meaning("the URL of a PostgreSQL database, version 15 or later; if empty, the embedded database is used"),
    )
    database_read_url: str = field(
        default="",
        repr=False,
        metadata=_meaning(
            "the URL for a role that can only read (see `conflict-facts roles`); if empty, DATABASE_URL is used, and its sessions are read-only"
        ),
    )
    database_migrate_url: str = field(
        default="",
        repr=False,
        metadata=_meaning("the URL for the role that owns the tables; if empty, DATABASE_URL is used"),
    )
    require_reading_role: bool = field(
        default=False,
        metadata=_meaning("if true, `serve` refuses to start unless its role can only read the tables that are served"),
    )
    conflict_facts_home: Path = field(
        default=Path(platformdirs.user_data_dir("conflict-facts")),
        metadata=_meaning("the folder of the embedded database; by default inside the platform's folder for user data"),
    )
    fixtures: Path = field(
        default=Path(__file__).parents[1] / "fixtures",
        metadata=_meaning("the folder of collections that `serve` and `load` load; by default those that come with the program"),
    )
    host: str = field(default="127.0.0.1", metadata=_meaning("the address to listen on"))
    port: int = field(default=8000, metadata=_meaning("the port to listen on", maximum=MAX_PORT))
    pool_size: int = field(default=16, metadata=_meaning("the number of database connections for reading"))
    pool_size_per_client: int = field(
        default=4,
        metadata=_meaning(
            "how many of these the requests of one client use at once, beside its downloads; behind a proxy, which is one address, set it to POOL_SIZE"
        ),
    )
    statement_timeout: float = field(default=10.0, metadata=_meaning("the number of seconds after which a query is cancelled"))
    max_cost: int = field(
        default=100_000,
        metadata=_meaning(
            "the maximum cost of one request, in units of about ten microseconds of the database;"
            " also the maximum number of records that its response may contain"
        ),
    )
    max_body: int = field(default=256 * 1024, metadata=_meaning("the maximum size of a request body, in bytes"))
    max_response: int = field(
        default=20_000_000,
        metadata=_meaning(
            "the maximum size of a response, in bytes before it is compressed, as estimated before it is made; one that turns out to be twice as long is not sent"
        ),
    )
    max_connections: int = field(
        default=1000,
        metadata=_meaning("the maximum number of connections that are served; further ones are answered 503, except for /health"),
    )
    max_connections_per_client: int = field(
        default=250, metadata=_meaning("the same for one address; behind a proxy, which is one address, set it to MAX_CONNECTIONS")
    )
    request_timeout: float = field(
        default=10.0, metadata=_meaning("the number of seconds in which the head of a request must arrive, and again its body")
    )
    min_read_speed: int = field(
        default=10_000,
        metadata=_meaning(
            "the bytes that the client of a download or of a response of a megabyte must read in a second; one that is 30 seconds behind is cut off"
        ),
    )
    rate_limit: int = field(
        default=2_000_000,
        metadata=_meaning(
            "the cost that one client may use in RATE_LIMIT_SECONDS, in the units of MAX_COST; beyond it, it is answered 429; 0 turns the limit off",
            may_be_zero=True,
        ),
    )
    rate_limit_seconds: int = field(default=120, metadata=_meaning("the number of seconds for RATE_LIMIT"))
    rate_limit_store: str = field(
        default="",
        repr=False,
        metadata=_meaning(
            "the URL of a Redis server, by which several processes share the limit of each client; if empty, each counts for itself"
        ),
    )
    trusted_proxies: str = field(
        default="",
        metadata=_meaning(
            "the addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas, such as 127.0.0.1,10.0.0.0/8;"
            " if empty, a client is the address that connects"
        ),
    )
    kept_megabytes: int = field(
        default=32,
        metadata=_meaning(
            "the size of the response cache in megabytes; it is emptied by each new revision, and 0 disables it", may_be_zero=True
        ),
    )
    export_cache: Path = field(
        default=Path(),
        metadata=_meaning(
            "the folder of files with complete lists, which are written once for a revision; by default `exports` in CONFLICT_FACTS_HOME"
        ),
    )
    export_cache_size: int = field(
        default=10_000_000_000,
        metadata=_meaning(
            "the size of that folder in bytes; the files read least recently are deleted, and 0 keeps none", may_be_zero=True
        ),
    )
    access_log: bool = field(
        default=False, metadata=_meaning("true if `serve` prints a line of JSON for each request, without the address of the client")
    )
    access_log_addresses: bool = field(
        default=False, metadata=_meaning("true if those lines also contain the address of the client, which is personal data")
    )
    metrics_host: str = field(default="127.0.0.1", metadata=_meaning("the address on which METRICS_PORT is served"))
    metrics_port: int = field(
        default=0,
        metadata=_meaning(
            "the port on which metrics for Prometheus are served, apart from the API; 0 serves none", may_be_zero=True, maximum=MAX_PORT
        ),
    )
    otlp_endpoint: str = field(
        default="",
        metadata=_meaning(
            "the URL to which traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces; if empty, none are made"
        ),
    )
    private: bool = field(
        default=False,
        metadata=_meaning(
            "true if only the operator uses the server: loads then withhold nothing, and responses contain what must not be redistributed"
        ),
    )

    @property
    def export_folder(self) -> Path:
        """The folder of files with complete lists."""
        return self.conflict_facts_home / "exports" if self.export_cache == Path() else self.export_cache


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
                shown = f"={text}" if setting.repr else ""  # A URL can hold a password.
                raise BadSetting(f"{setting.name.upper()}{shown}: must {error}{meaning}") from None
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
    if name.endswith("_url"):
        _check_database_url(text)
    if name == "rate_limit_store":
        _check_store_url(text)
    if name == "otlp_endpoint":
        _check_otlp_url(text)
    if name == "trusted_proxies":
        _check_networks(text)
    if isinstance(value, (int, float)):
        if value < 0 or (value == 0 and not metadata["may_be_zero"]):
            raise ValueError("not be negative" if metadata["may_be_zero"] else "be greater than zero")
        if value > metadata["maximum"]:
            raise ValueError(f"not be greater than {metadata['maximum']}")
    return value.expanduser().resolve() if isinstance(value, Path) else value


def _check_networks(text: str) -> None:
    """Raises ValueError unless a text lists addresses or networks."""
    for part in text.split(","):
        try:
            ipaddress.ip_network(part.strip())
        except ValueError:
            raise ValueError("list addresses such as 127.0.0.1, or networks such as 10.0.0.0/8, separated by commas") from None


def _check_store_url(text: str) -> None:
    """Raises ValueError, which does not quote the URL, also if the package for Redis is missing."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0 and not parts.query + parts.fragment
    except ValueError:
        valid = False
    if not valid or not re.fullmatch(r"(/\d{0,4})?", parts.path) or not text.isprintable() or " " in text:
        raise ValueError(
            "be a URL such as redis://user:password@host:6379/0, with a number as its port, and special characters percent-encoded"
        )
    if find_spec("redis") is None:
        raise ValueError("have the package redis: `pip install 'conflict-facts[redis]'` or, in a checkout, `make redis` installs it")


def _check_otlp_url(text: str) -> None:
    """Raises ValueError, also if the packages of OpenTelemetry are missing."""
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text):
        raise ValueError("be a URL such as http://127.0.0.1:4318/v1/traces")
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise ValueError(
            "have the packages of OpenTelemetry: `pip install 'conflict-facts[otel]'` or, in a checkout, `make otel` installs them"
        )


def _check_database_url(text: str) -> None:
    """Raises ValueError, which does not quote the URL. asyncpg finds the same errors, and quotes parts of the password."""
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("begin with postgresql://")
    try:
        parts = urlsplit(text)
        ports = [urlsplit(f"//{host}").port for host in parts.netloc.rpartition("@")[2].split(",")]
        valid = 0 not in ports and "@" not in parts.path + parts.query + parts.fragment and text.isprintable() and " " not in text
        for part in (parts.username, parts.password, parts.path, *(value for _, value in parse_qsl(parts.query))):
            valid = valid and "\0" not in unquote(part or "", errors="strict")
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(
            "be a URL such as postgresql://user:password@host:5432/database, with a number as its port, and special characters percent-encoded, as in %40 for @ and %2F for /"
        )


def without_secrets(text: str, *urls: str) -> str:
    """A text without these URLs and without their passwords."""
    secrets = set()
    for url in filter(None, urls):
        parts = urlsplit(url)
        secrets |= {url, parts.password or "", *(value for name, value in parse_qsl(parts.query) if "password" in name)}
    forms = {*secrets, *map(unquote, secrets)} - {""}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "…", text)
    return text
