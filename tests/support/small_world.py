"""A small world of nine records as claims, and the rows that loads of it leave in the database."""

from __future__ import annotations

import copy
import json
from typing import Any

import asyncpg

from schema.kinds import KINDS
from schema.storage import columns

from ..conftest import Instance

Claims = dict[str, list[dict[str, Any]]]


TABLES = [f"{kind}{table}" for kind in KINDS for table in ("", "_claim", "_history", "_claim_history")] + ["revision"]


WORLD: Claims = {
    "sources": [{"id": "office", "locator": "p. 1", "title": "[A statement]", "kind": "statement", "publisher": "The office"}],
    "actors": [
        {"id": "army", "name": "Army", "kind": "state_forces"},
        {"id": "brigade", "name": "Brigade", "kind": "state_forces", "part_of": "army"},
    ],
    "locations": [
        {"id": "syria", "name": "Syria", "kind": "country", "country": "SYR"},
        {"id": "aleppo", "name": "Aleppo", "kind": "settlement", "part_of": "syria", "latitude": "36.2", "longitude": "37.16"},
    ],
    "events": [
        {"id": "war", "name": "The war", "kind": "war"},
        {
            "id": "battle",
            "name": "A battle",
            "kind": "battle",
            "part_of": "war",
            "location": "aleppo",
            "started_on": "2024-11-27",
            "date_precision": "1",
        },
    ],
    "participations": [{"id": "part", "event": "battle", "actor": "brigade", "role": "side_a"}],
    "figures": [{"id": "killed", "event": "battle", "measure": "killed", "low": "10", "best": "12", "quoted_from": ["office"]}],
}


def document(id: str = "paper", claims: Claims | None = None, **described: object) -> str:
    """A source document. JSON is YAML."""
    top: dict[str, object] = {"source": {"id": id, "title": f"Title of {id}", "kind": "article", **described}}
    if claims:
        top["claims"] = claims
    return json.dumps(top, ensure_ascii=False, indent=1)


def world_with(**changed: Any) -> Claims:
    """WORLD, with fields of records changed: battle=dict(name="Another"); None takes a record out."""
    made = copy.deepcopy(WORLD)
    for claims in made.values():
        for claim in list(claims):
            if changed.get(claim["id"], {}) is None:
                claims.remove(claim)
            else:
                claim.update(changed.get(claim["id"], {}))
    return {plural: claims for plural, claims in made.items() if claims}


Image = dict[str, dict[tuple[str, str], dict[str, Any]]]


async def table_image(store: Instance) -> Image:
    """Every row of every table, by the transaction that wrote it and its content.

    Without packed columns: when a packed record changes, the row is written again although none of its own facts changes.
    """
    connection = await asyncpg.connect(store.url)
    held = {kind.name: columns.packed_names(kind) for kind in KINDS.values() if kind.packs}
    try:
        rows = {
            table: await connection.fetch(
                f"select case when $1::text[] is null then xmin::text end as xmin, (to_jsonb(t) - coalesce($1, '{{}}'))::text as row from {table} t",
                held.get(table),
            )
            for table in TABLES
        }
    finally:
        await connection.close()
    return {table: {(row["xmin"], row["row"]): json.loads(row["row"]) for row in found} for table, found in rows.items()}


def rows_gone(before: Image, after: Image) -> dict[str, list[dict[str, Any]]]:
    """The rows, by table, that were removed, changed or written again."""
    found = {table: [row for mark, row in rows.items() if mark not in after[table]] for table, rows in before.items()}
    return {table: rows for table, rows in found.items() if rows}


async def stored_record(store: Instance, kind: str, id: str) -> dict[str, Any] | None:
    """The row of a record, without `packed_in`, which tests/loading/test_packed_columns.py is about."""
    rows = await store.rows(f"select (to_jsonb(t) - '{columns.PACKED_IN}')::text from {kind} t where id = $1", id)
    return json.loads(rows[0][0]) if rows else None
