"""What every package knows of revisions: the newest, the lock that loads take, the channel that tells of one. Text; no I/O."""

from __future__ import annotations

CURRENT = "(select coalesce(max(id), 0) from revision)"

NEWEST = f"select {CURRENT}"

MIGRATION = "select version_num from alembic_version"

LOCK_KEY = 7202  # Of the advisory lock that every load takes.
LOCK = f"select pg_advisory_xact_lock({LOCK_KEY})"

CHANNEL = "conflict_facts_revision"

NOTIFY = f"select pg_notify('{CHANNEL}', $1::bigint::text)"
