"""The reason why totals without conditions leave a record out, as SQL."""

from __future__ import annotations

from collections.abc import Callable

from schema.model.kind import Kind

from .scope import Scope


def counted_in(scope: Scope, kind: Kind, alias: str) -> str:
    """An expression: the reason for which totals leave out the record of a row `alias`; null if they add it."""
    return "null::text"


def counted_condition(scope: Scope, kind: Kind, alias: str, test: Callable[[str], str]) -> str:
    """A condition on that reason; `test` makes it from the column that has the reason."""
    return test(counted_in(scope, kind, alias))
