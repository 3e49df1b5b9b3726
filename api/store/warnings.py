"""What a client should know of an answer in which nothing was found: that a condition names a record which does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schema.model.claim import COLLECTION
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..query import bindings
from ..query.bindings import Values
from ..query.nodes import Condition, Related, Where

NAMING = ("eq", "one_of", "within", "has")
MAX_SEARCHED = 4_000_000  # Characters that are read to find what is empty, which takes a few milliseconds.
MAX_NAMED = 100  # Ids of one request that are looked up.


def may_be_empty(members: Sequence[str], roots: Iterable[str | None]) -> bool:
    """Whether an answer has one of the empty `members`: then it is worth a look why. A figure of 0 is not.

    Only the beginning of a long text is searched: of lists below records, one of the first would be empty.
    """
    searched = MAX_SEARCHED // max(1, len(members))
    return any(text is not None and any(text.find(member, 0, searched) >= 0 for member in members) for text in roots)


def named_ids(kinds: Kinds, conditions: Iterable[tuple[Kind, Where]], values: Values) -> dict[str, list[str]]:
    """The ids of records, and the names of collections, that the conditions of a request name, by kind; the first of them."""
    found: dict[str, dict[str, None]] = {}
    for number, (kind, id) in enumerate(pair for of, where in conditions for pair in _named(kinds, of, where, values)):
        if number >= MAX_NAMED:
            break
        found.setdefault(kind, {})[id] = None
    return {kind: [*ids] for kind, ids in found.items()}


def _named(kinds: Kinds, kind: Kind, tree: Where, values: Values) -> Iterator[tuple[str, str]]:
    for part in tree.parts:
        if isinstance(part, Where):
            yield from _named(kinds, kind, part, values)
        elif isinstance(part, Related):
            yield from _named(kinds, part.reverse.kind, part.where, values)
        elif isinstance(part.value, Where):
            yield from _named(kinds, _target(kinds, kind, part), part.value, values)
        elif part.operator in NAMING and (target := _named_by(kinds, kind, part)):
            value = bindings.request_value(part.value, values)
            for id in value if isinstance(value, (tuple, list)) else [value]:
                yield target, str(id)


def _named_by(kinds: Kinds, kind: Kind, condition: Condition) -> str:
    """The kind whose ids a condition gives, or COLLECTION; empty if it gives none."""
    if condition.field is not None and condition.field.name == COLLECTION:
        return COLLECTION
    return _target(kinds, kind, condition).name if condition.field is None or condition.field.type.ref else ""


def _target(kinds: Kinds, kind: Kind, condition: Condition) -> Kind:
    return kind if condition.field is None else kinds[condition.field.type.ref or ""]


def described(unknown: Iterable[tuple[str, Sequence[str]]], revision: int) -> list[str]:
    """A sentence for each kind of which ids are unknown."""
    return [
        f"a condition names {kind} {' and '.join(map(repr, ids))}, which {'does' if len(ids) == 1 else 'do'} not exist in revision {revision}"
        for kind, ids in unknown
        if ids
    ]
