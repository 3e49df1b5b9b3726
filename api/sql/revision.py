"""Revisions in SQL: the newest, the lock that loads take, and the channel on which a new one is announced."""

from __future__ import annotations

CURRENT = "(select coalesce(max(id), 0) from revision)"

# The last revision that withheld records shown before.
LAST_WITHDRAWAL = "(select coalesce(max(id), 0) from revision where counts ? 'taken_back')"

NEWEST = f"select {CURRENT}"

STANDBY_AND_NEWEST = f"select pg_is_in_recovery(), {CURRENT}"  # Whether the server is a standby, and its newest revision.

# The rule that settled the current facts; no row if nothing has been loaded yet.
RULE_IN_FORCE = "select rule from revision order by id desc limit 1"

MIGRATION = "select version_num from alembic_version"

MIGRATION_LOCK_KEY = 7201  # The key of the advisory lock that every migration takes, in migrations/env.py, and whoever sets privileges.
LOCK_KEY = 7202  # The key of the advisory lock that every load takes.
LOCK = f"select pg_advisory_xact_lock({LOCK_KEY})"

# Whether the server is a standby, its newest revision, and the last migration of its tables.
STANDBY_NEWEST_MIGRATION = f"select pg_is_in_recovery(), {CURRENT}, ({MIGRATION})"

CHANNEL = "conflict_facts_revision"

NOTIFY = f"select pg_notify('{CHANNEL}', $1::bigint::text)"

MIGRATED = f"select pg_notify('{CHANNEL}', '')"  # Whoever listens looks at the tables again.
