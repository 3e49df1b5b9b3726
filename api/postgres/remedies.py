"""Says what to do about an error of PostgreSQL: create the database, correct the user, or grant a privilege."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import asyncpg

# By class of error; the URL of the failed connection is in {setting}, and connects {role} to {database}.
REMEDIES: dict[type[Exception], str] = {
    asyncpg.InvalidCatalogNameError: "create the database, for example with `createdb {database}`, or correct its name in {setting}",
    asyncpg.InvalidAuthorizationSpecificationError: "check the user and the password in {setting}, or create the role {role}, for example with `conflict-facts roles`",
    asyncpg.DiskFullError: "make room on the disk of the database",
    asyncpg.ReadOnlySQLTransactionError: "give {setting} a role and a server that may write",
}
OWN_TABLES = (
    "use the role that owns the tables in {setting}. If there are none yet, let an administrator run what `conflict-facts roles` prints or, for one role "
    "that does everything, `grant create on database {quoted} to {role}` and, in that database, `grant create on schema public to {role}`"
)
NO_PRIVILEGE = {
    "DATABASE_URL": f"{OWN_TABLES}; if it should only load, set DATABASE_MIGRATE_URL to the owner",
    "DATABASE_MIGRATE_URL": OWN_TABLES,
    "DATABASE_READ_URL": "let an administrator run what `conflict-facts roles --reading {role}` prints",
}
UNREACHABLE, EMBEDDED = "check {setting} and that the server is running", "see the log beside the data folder"


def reason(error: Exception) -> str:
    """The first line of an error's text; asyncpg's texts about its own states mean that the connection was lost."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return "PostgreSQL ended the connection" if isinstance(error, asyncpg.InternalClientError) or "connection_lost()" in text else text


def remedy(error: Exception, setting: str, url: str) -> str:
    """What to do about an error of connecting to, or of using, the database at `url`, which the setting of this name has; the embedded one has none."""
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        text = NO_PRIVILEGE[setting]
    else:
        text = next((text for failure, text in REMEDIES.items() if isinstance(error, failure)), UNREACHABLE)
    if not url and not isinstance(error, asyncpg.DiskFullError):
        text = EMBEDDED
    if text == UNREACHABLE:  # Only a URL that connects is certain to have valid parts.
        return text.format(setting=setting)
    parts = urlsplit(url)
    role, database = unquote(parts.username or "ROLE"), unquote(parts.path[1:] or "NAME")
    return text.format(setting=setting, role=_identifier(role), database=database, quoted=_identifier(database))


def _identifier(name: str) -> str:
    """A name as SQL writes it."""
    return name if re.fullmatch("[a-z_][a-z0-9_]*|ROLE|NAME", name) else '"' + name.replace('"', '""') + '"'
