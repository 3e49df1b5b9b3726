"""Since which revision each value of a record has applied, and what it was before: read from earlier versions of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from schema.model.kind import Kind

from ..store.store import Store
from ..words.exact_numbers import read_json
from .queries import PageQueries

MAX_VERSIONS = 5  # Earlier versions of a record that its page reads.
Document = Mapping[str, Any]


class Since(NamedTuple):
    """The revision that gave a field its value, and the version of the record before it; `earlier`: it may be an earlier one."""

    revision: int
    before: Document | None = None
    earlier: bool = False


async def since(store: Store, queries: PageQueries, kind: Kind, record: Document) -> dict[str, Since]:
    """Since when each field of a record has its value, by field."""
    found: dict[str, Since] = {}
    newer, open_fields = record, [*kind.shown]
    for _ in range(MAX_VERSIONS):
        older = await version(store, queries, kind, record["id"], newer["added_in"] - 1) if newer["replaces"] else None
        changed = open_fields if older is None else [name for name in open_fields if _value(older[name]) != _value(newer[name])]
        found.update(dict.fromkeys(changed, Since(newer["added_in"], older)))
        open_fields = [name for name in open_fields if name not in found]
        if older is None or not open_fields:
            return found
        newer = older
    return {**found, **{name: Since(newer["added_in"], earlier=newer["added_in"] > 1) for name in open_fields}}


async def version(store: Store, queries: PageQueries, kind: Kind, id: str, revision: int) -> Document | None:
    """A record as of a revision; None if there was none."""
    answer = await store.run(*queries.version(kind, id, revision))
    return read_json(answer.roots[0]) if answer.roots[0] else None


def _value(value: Any) -> Any:
    """A value to compare: of a record that is referred to, the id, since its name may change while the reference does not."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value["id"] if isinstance(value, Mapping) and "id" in value else value
