"""The reason why totals without conditions leave a record out, as SQL."""

from __future__ import annotations

from collections.abc import Callable

from schema.model.kind import Kind
from schema.storage.columns import COUNTED_IN

from .scope import Scope


def counted_in(scope: Scope, kind: Kind, alias: str) -> str:
    """An expression: the reason for which totals leave out the record of a row `alias`; null if they add it."""
    if scope.own_reasons and alias == "t":  # The row of an exported list, and not a record that it refers to.
        return f"{scope.own_reasons}.reason"
    return f"(select s.{COUNTED_IN} from {kind.name}_sum s where s.key = {alias}.key and {version(scope, 's')})"


def counted_condition(scope: Scope, kind: Kind, alias: str, test: Callable[[str], str]) -> str:
    """A condition on that reason; `test` makes it from the column that has the reason."""
    if scope.own_reasons and alias == "t":  # The row of an exported list, and not a record that it refers to.
        return test(f"{scope.own_reasons}.reason")
    return f"exists (select from {kind.name}_sum s where s.key = {alias}.key and {version(scope, 's')} and {test(f's.{COUNTED_IN}')})"


def version(scope: Scope, alias: str) -> str:
    """A condition: a row of the stored sums is of the revision that is read."""
    if scope.at.now:
        return f"{alias}.removed_in is null"
    return f"{alias}.added_in <= {scope.revision} and ({alias}.removed_in is null or {alias}.removed_in > {scope.revision})"
