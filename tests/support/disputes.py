"""What `disputed` means, from docs/model.md and not from the SQL: every pair of claims is compared, each with a value or None for every field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from schema.model.kind import Kind

Values = Mapping[str, Any]
EXCLUDING = {"low": "more_than", "high": "less_than"}  # The bounds that a source may exclude, and how it then qualifies them.


def is_disputed(kind: Kind, name: str, claims: Sequence[Values]) -> bool:
    """Whether two of some live claims contradict each other in a field."""
    return any(_contradict(kind, name, one, other) for one, other in permutations(claims, 2))


def is_group_disputed(kind: Kind, group: str, claims: Sequence[Values]) -> bool:
    """Whether they do in any field of a group but what only qualifies a value. Different units are different numbers."""
    return any(is_disputed(kind, field.name, claims) for field in kind.groups[group] if not field.qualifies or field.name == "unit")


def _contradict(kind: Kind, name: str, one: Values, other: Values) -> bool:
    """Whether `other` gives another value than `one`, the same in another unit, or numbers or days that exclude it."""
    if one[name] is None:
        return False
    if other[name] is not None:
        units = (one["unit"], other["unit"]) if name in ("low", "best", "high") else ()
        return bool(one[name] != other[name]) or (None not in units and len({*units}) == 2)
    for names in kind.ascending:
        if name in names:
            given = [bound for bound in names if other[bound] is not None]
            below = [bound for bound in given if names.index(bound) < names.index(name)]
            equal = [
                bound for bound in given if other[bound] == one[name] and (_excludes(kind, one, name) or _excludes(kind, other, bound))
            ]
            if equal or any(other[bound] > one[name] if bound in below else other[bound] < one[name] for bound in given):
                return True
    return False


def _excludes(kind: Kind, claim: Values, name: str) -> bool:
    return kind.quantities is not None and name in EXCLUDING and claim["quantifier"] == EXCLUDING[name]
