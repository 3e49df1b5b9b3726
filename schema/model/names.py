"""The names that a kind, a field or a group may have."""

from __future__ import annotations

import re

from .declaration_error import BadDeclaration

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# Names that the tables and both APIs use for themselves, on every kind.
RESERVED_NAMES = frozenset(
    """
    id slug node_id number key search root claims added_in removed_in reason packed_in provenance revision as_of fields order after limit chosen
    chosen_for
    """.split()
)

# The keywords that PostgreSQL does not accept as an identifier without quotation marks, which our SQL never uses.
# tests/schema/test_kind.py compares them with PostgreSQL's own pg_get_keywords().
SQL_KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
    concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
    current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having
    ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not
    notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar
    some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window
    with
    """.split()
)


def check_name(where: str, name: str) -> None:
    """Raise BadDeclaration unless `name` can name a table, a column and a field of both APIs."""
    if not SNAKE_CASE.fullmatch(name):
        raise BadDeclaration(f"{where}: {name!r} is not a name in snake_case, for example started_on")
    if name in SQL_KEYWORDS:
        raise BadDeclaration(f"{where}: {name} is an SQL keyword; choose another name")
