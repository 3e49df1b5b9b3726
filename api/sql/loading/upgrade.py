"""The statements that prepare settling all records again, when a newer version of the rule takes over. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind


def touch_none(kind: Kind) -> Iterator[str]:
    """The same tables without any record."""
    yield f"create temp table touched_{kind.name} (record bigint) on commit drop"
    yield f"create temp table keys_{kind.name} (id text, key bigint) on commit drop"


def touch_all(kind: Kind) -> Iterator[str]:
    """Create the tables that settling reads: the records with several claims, which alone the rule decides, and the keys of new ids: none."""
    yield f"create temp table touched_{kind.name} on commit drop as select record from {kind.name}_claim group by record having count(*) > 1"
    yield f"analyze touched_{kind.name}"
    yield f"create temp table keys_{kind.name} (id text, key bigint) on commit drop"
