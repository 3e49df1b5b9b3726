"""The check that a table covers a closed set: every value type, every operator, every format."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .declaration_error import BadDeclaration


def complete(what: str, table: Collection[object], keys: Iterable[object]) -> None:
    """Raise BadDeclaration unless the keys of `table` are exactly `keys`.

    Call it at module level below the table. A member added to the closed set then fails at import, with the name of every table
    that lacks it, instead of with a KeyError in some later request. `what` names the table and its module, for example
    "REASONS_BY_OPERATOR in schema/storage/indexes.py".
    """
    expected, present = {*keys}, {*table}
    missing, surplus = expected - present, present - expected
    problems = [
        *([f"lacks {_names(missing)}; add an entry for each"] if missing else []),
        *([f"has {_names(surplus)}, which nothing uses; remove each"] if surplus else []),
    ]
    if problems:
        raise BadDeclaration(f"{what} {', and '.join(problems)}")


def _names(keys: Iterable[object]) -> str:
    """Keys in an error message: text as is, a class or a type by its name."""
    return ", ".join(sorted(str(getattr(key, "__name__", getattr(key, "name", key))) for key in keys))
