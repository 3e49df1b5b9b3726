"""Generates the contracts that are committed to the repository, so that a diff shows every change to them."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from schema.kinds import KINDS
from schema.surfaces.graphql.surface import Surface
from schema.surfaces.jsonschema import source_document
from schema.surfaces.map_schema import map_document
from schema.surfaces.own_tables import with_tables
from schema.surfaces.reference import dictionary

from .errors import catalogue
from .graphql.errors import GRAPHQL_CODES, INVALID, INVALID_VARIABLES, SYNTAX
from .graphql.schema import make_schema
from .postgres import embedded, migrate
from .rest import openapi
from .sql.duckdb import flags  # noqa: F401  # On import, it names the flags that have no sentence.

ROOT = Path(__file__).parents[1]


def contracts() -> dict[str, str]:
    """The text of each contract, by its path in the repository."""
    return {
        "schema.graphql": make_schema(Surface(KINDS)).as_str() + "\n",
        "openapi.json": _json(openapi.document(KINDS)),
        "fixtures/source.schema.json": _json(source_document(KINDS)),
        "fixtures/map.schema.json": _json(map_document(KINDS)),
        "docs/reference.md": dictionary(KINDS),
        "docs/errors.md": errors(),
        "docs/own-tables.md": with_tables((ROOT / "docs/own-tables.md").read_text("utf-8")),
    }


def errors() -> str:
    """The page of error codes, in Markdown."""
    rows = [
        f"| `{error.code}` | {error.status} | `{GRAPHQL_CODES[error.code]}` | {error.sentence()} | {error.advice} |"
        for error in catalogue()
    ]
    own = " and ".join(f"`{code}` (`{GRAPHQL_CODES[code]}`)" for code in (SYNTAX, INVALID))
    return "\n".join(
        [
            "# Errors", "",
            "REST returns errors as `application/problem+json` (RFC 9457) with the member `code`. GraphQL has the same code in `extensions.problem`, and",
            "in `extensions.code` the one that its clients expect, as Apollo Server has it; several problems share one of these. GraphQL has two problems",
            f"of its own: {own}, for a document that cannot be parsed, and for one that does not match the",
            f"schema; variables that do not match it have `{INVALID_VARIABLES}` in place of the last. The meaning of a code never changes.",
            "", "| code | status | in GraphQL | meaning | what to do |", "| --- | --- | --- | --- | --- |", *rows, "",
        ]
    )  # fmt: skip


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def stale() -> list[str]:
    """The paths of the committed contracts that differ from what the code generates."""
    return [path for path, text in contracts().items() if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != text]


def write() -> None:
    """Update the contracts that differ."""
    for path in stale():
        (ROOT / path).write_text(contracts()[path], "utf-8")
        print(f"written: {path}")


def migration(message: str) -> None:
    """Write a migration from the difference between the declarations and a temporary database with all earlier migrations."""
    if not message:
        sys.exit('give the migration a sentence: make migration MESSAGE="Add the casualty status to figures"')
    with tempfile.TemporaryDirectory() as home, embedded.start(Path(home), stop_with_parent=True) as server:
        migrate.new_migration(server.address.url, message)


if __name__ == "__main__":
    write() if sys.argv[1] == "write" else migration(sys.argv[2])
