"""The database that a command uses: started if it is the embedded one, migrated, and with its errors put into words."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from schema.kinds import KINDS

from ..errors import NoDatabase
from ..postgres import embedded, migrate, roles
from ..postgres.cluster import ROLES, EmbeddedError
from ..postgres.remedies import reason, remedy
from ..settings import Settings, without_secrets
from ..sql.preference import RULE
from ..store.database_hosts import primary_url
from . import echo_err

OLDER = (
    "an earlier version made the database, and neither a dry run nor a command that only reads updates it; run `conflict-facts migrate`, "
    "then run this again"
)


@dataclass(frozen=True)
class DatabaseUrls:
    """The URLs of a database: for loads, for reading, and for the role that owns the tables."""

    url: str
    read_url: str
    migrate_url: str


@contextmanager
def database(config: Settings, dry_run: bool = False) -> Iterator[DatabaseUrls]:
    """The configured database, or the embedded one while the context lasts; reachable and migrated. Raises NoDatabase.

    A dry run changes nothing: where there are no tables yet, it gets an empty temporary database, and tables of an older version are refused.
    """
    if dry_run and not _has_tables(config):
        with _temporary_database() as urls:
            yield urls
        return
    with _unmigrated_database(config, dry_run) as urls:
        if dry_run:
            with database_errors(config, migrate_setting(config)):
                _refuse_older_tables(urls.migrate_url)
            yield urls
            return
        with database_errors(config, migrate_setting(config)):
            has_facts = _migrate(urls)
        _grant(config, urls)
        # The first load builds indexes at its end, which only the owner of the tables may.
        yield urls if has_facts else replace(urls, url=urls.migrate_url)


@contextmanager
def database_to_read(config: Settings, loading: bool = False) -> Iterator[DatabaseUrls]:
    """The same, for a command that reads, which changes nothing: there must be tables of this version. Raises NoDatabase.

    The command connects as the role that reads or, with `loading`, as the one that loads; it must have its privileges.
    """
    _require_tables(config)
    with _unmigrated_database(config, dry_run=True) as urls:
        with database_errors(config, migrate_setting(config)):
            _refuse_older_tables(urls.migrate_url)
        _require_privileges(config, urls, *(_loading(urls) if loading else _reading(config, urls)))
        yield urls


@contextmanager
def database_as_it_is(config: Settings, has_tables: bool) -> Iterator[DatabaseUrls]:
    """The same, but not migrated, where it must have tables of ours, of whatever version, or must have none. Raises NoDatabase."""
    if has_tables:
        _require_tables(config)
    with _unmigrated_database(config) as urls:
        with database_errors(config, migrate_setting(config)):
            if not has_tables and migrate.is_migrated(urls.migrate_url):
                raise NoDatabase(f"the database of {_place(config)} has tables already; set it to an empty one")
        yield urls


def database_place(url: str) -> str:
    """The database and the host of a URL, without the role and the password."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    host = parts.netloc.rpartition("@")[2] or ":".join(filter(None, (given.get("host", "localhost"), given.get("port"))))
    return f"{unquote(parts.path[1:]) or given.get('dbname') or given.get('database') or 'the default database'} on {host}"


def _place(config: Settings) -> str:
    return "DATABASE_URL" if config.database_url else f"CONFLICT_FACTS_HOME ({config.conflict_facts_home})"


def _require_tables(config: Settings) -> None:
    if not _has_tables(config):
        raise NoDatabase(f"the database of {_place(config)} has no tables of Conflict Facts; `conflict-facts load` creates them")


def _unmigrated_database(config: Settings, dry_run: bool = False) -> AbstractContextManager[DatabaseUrls]:
    return _configured_database(config) if config.database_url else _embedded_database(config, dry_run)


def _configured_database(config: Settings) -> AbstractContextManager[DatabaseUrls]:
    url = config.database_url
    return nullcontext(DatabaseUrls(primary_url(url), config.database_read_url or url, primary_url(config.database_migrate_url or url)))


RoleUrl = tuple[str, str, str]  # The URL of a role, the setting that has it, and the purpose of the role.


def _loading(urls: DatabaseUrls) -> RoleUrl:
    return urls.url, "DATABASE_URL", "loading"


def _reading(config: Settings, urls: DatabaseUrls) -> RoleUrl:
    return urls.read_url, read_setting(config), "reading"


def _grant(config: Settings, urls: DatabaseUrls) -> None:
    """Give the roles that read and load the privileges that they lack."""
    for role_url in (_loading(urls), _reading(config, urls)):
        if name := _lacking(config, urls, *role_url):
            with database_errors(config, migrate_setting(config)):
                if not asyncio.run(roles.can_grant(urls.migrate_url)):
                    raise _lacks_privileges(name, *role_url[1:])
                asyncio.run(roles.set_privileges(KINDS, urls.migrate_url, **{role_url[2]: name}))


def _require_privileges(config: Settings, urls: DatabaseUrls, url: str, setting: str, purpose: str) -> None:
    if name := _lacking(config, urls, url, setting, purpose):
        raise _lacks_privileges(name, setting, purpose)


def _lacking(config: Settings, urls: DatabaseUrls, url: str, setting: str, purpose: str) -> str | None:
    """The name of a role that lacks privileges."""
    if primary_url(url) == urls.migrate_url:
        return None
    with database_errors(config, setting):
        role = asyncio.run((roles.loading_role if purpose == "loading" else roles.reading_role)(url))
    return None if role.allowed else role.name


def _lacks_privileges(name: str, setting: str, purpose: str) -> NoDatabase:
    return NoDatabase(
        f"the role of {setting} lacks privileges, which only the owner of the tables can grant; set DATABASE_MIGRATE_URL to the owner and load or serve, "
        f"or let an administrator run what `conflict-facts roles --{purpose} {shlex.quote(name)}` prints"
    )


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
            migrate.migrate(url := server.address.url)
            yield DatabaseUrls(url, url, url)


def _refuse_older_tables(url: str) -> None:
    if migrate.needs_migration(url) or asyncio.run(migrate.rule_in_force(url)) not in (None, RULE) or asyncio.run(migrate.lacks_sums(url)):
        raise NoDatabase(OLDER)


def _migrate(urls: DatabaseUrls) -> bool:
    """Bring the tables, the privileges of roles and what is stored up to date; returns whether anything was ever loaded."""
    migrated, url = migrate.needs_migration(urls.migrate_url), urls.migrate_url
    if migrated:
        echo_err("creating or updating the tables")
        migrate.migrate(url)
        if primary_url(urls.read_url) == url:
            echo_err("no role got privileges, because one role does everything; `conflict-facts roles` creates one that only reads")
    elif not asyncio.run(roles.has_privileges(KINDS, url)):
        asyncio.run(roles.set_privileges(KINDS, url))
    earlier = asyncio.run(migrate.rule_in_force(url))
    if earlier not in (None, RULE) or (migrated and earlier) or asyncio.run(migrate.lacks_sums(url)):
        from ..loading.upgrade import upgrade  # noqa: PLC0415  # needed once after an upgrade

        echo_err("bringing what is stored up to date" if earlier == RULE else f"settling all facts again, by the rule {RULE}")
        if receipt := asyncio.run(upgrade(KINDS, url)):
            echo_err(f"recorded as revision {receipt.revision}; `conflict-facts revisions {receipt.revision}` lists what changed")
    return earlier is not None


@contextmanager
def _embedded_database(config: Settings, dry_run: bool) -> Iterator[DatabaseUrls]:
    echo_err(f"database: embedded PostgreSQL in {config.conflict_facts_home} (set DATABASE_URL to use another)")
    try:
        server = embedded.start(config.conflict_facts_home, echo_err, stop_with_parent=True)
    except EmbeddedError as error:
        raise NoDatabase(str(error)) from error
    server.keep_running(echo_err)
    try:
        with database_errors(config):
            _create_roles(server.address, dry_run)
        yield DatabaseUrls(server.address.load_url, server.address.read_url, server.address.migrate_url)
    finally:
        server.stop()


def _create_roles(address: embedded.Address, dry_run: bool) -> None:
    """Create the roles of the embedded database, unless this version did: it may have been made by an earlier one."""
    if not asyncio.run(roles.has_privileges(KINDS, address.url)):
        if dry_run:
            raise NoDatabase(OLDER)
        asyncio.run(roles.set_roles(KINDS, address.url, ROLES))


def read_setting(config: Settings) -> str:
    """The name of the setting with the URL that `DatabaseUrls.read_url` comes from."""
    return "DATABASE_READ_URL" if config.database_read_url else "DATABASE_URL"


def migrate_setting(config: Settings) -> str:
    """The name of the setting with the URL that `DatabaseUrls.migrate_url` comes from."""
    return "DATABASE_MIGRATE_URL" if config.database_migrate_url else "DATABASE_URL"


@contextmanager
def database_errors(config: Settings, setting: str = "DATABASE_URL") -> Iterator[None]:
    """Raises NoDatabase, with what to check, for errors of reaching or using a database. `setting` names the setting with its URL."""
    try:
        yield
    except (OSError, *migrate.DATABASE_FAILURES) as error:
        cure = remedy(error, setting, getattr(config, setting.lower()) if config.database_url else "")
        message = without_secrets(
            f"the database cannot be used: {reason(error)}; {cure}",
            config.database_url,
            config.database_read_url,
            config.database_migrate_url,
        )
        raise NoDatabase(message) from error
