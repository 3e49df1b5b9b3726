"""The walls between the layers: who may import whom, who may name a field, who may write SQL."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS

from .conftest import ROOT

MODULES = sorted(path for folder in ("api", "schema") for path in (ROOT / folder).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]

# From top to bottom; a module imports only from its own row or from rows below.
LAYERS = [
    ["api.__main__"],
    ["api.commands.checking", "api.commands.loading", "api.commands.reading", "api.commands.serving"],
    ["api.commands.database"],
    ["api.commands"],
    ["api.contracts", "api.explain", "api.app"],
    [
        "api.pages",
        "api.openapi",
        "api.components",
        "api.rest",
        "api.graphql",
        "api.load",
        "api.bulk",
        "api.undo",
        "api.claims",
        "api.verify",
    ],
    ["api.refusals"],
    ["api.engine"],
    ["api.staged", "api.withholding"],
    ["api.again", "api.balance"],
    ["api.receipts", "api.intake"],
    ["api.containers", "api.progress"],
    ["api.tagged", "api.objects"],
    ["api.hashtags", "api.unpacking"],
    ["api.recognition"],
    [
        "api.introspection",
        "api.validation",
        "api.selection",
        "api.totals",
        "api.arguments",
        "api.parameters",
        "api.export",
        "api.fixtures",
        "api.cursors",
        "api.filters",
    ],
    ["api.front"],
    ["api.replies"],
    ["api.store", "api.migrate", "api.embedded"],
    ["api.db", "api.launcher", "api.plans", "api.migrated", "api.wire"],
    ["api.settle", "api.sql"],
    ["api.query"],
    ["api.given"],
    ["api.settings", "api.cause"],
    ["api.errors"],
    ["schema.graphql", "schema.jsonschema", "schema.components", "schema.tables", "schema.documents", "schema.check", "schema.reference"],
    ["schema.formats"],
    ["schema.formats.format", "schema.formats.flags", "schema.formats.described"],
    ["schema.indexes"],
    ["schema.claim", "schema.kinds"],
    ["schema.kind"],
    ["schema.totals", "schema.revisions", "schema.withholding"],
    ["schema.types"],
    ["schema.vocabularies", "schema.boxes", "schema.gleditsch_ward"],
]
LIBRARIES = {
    "strawberry": {"api/graphql/endpoint.py", "schema/surfaces/graphql.py"},
    "asyncpg": {
        "api/loading/fingerprint.py",
        "api/loading/file_receipt.py",
        "api/store/pool.py",
        "api/store/store.py",
        "api/loading/collections.py",
        "api/loading/files.py",
        "api/loading/export_claims.py",
        "api/loading/transaction.py",
        "api/loading/undo.py",
        "api/loading/withholding.py",
        "api/loading/verify.py",
        "api/postgres/migrated.py",
    },
    "duckdb": {
        "api/loading/files.py",
        "api/loading/export_claims.py",
        "api/intake/open.py",
        "api/intake/intake.py",
        "api/intake/json_records.py",
    },
    "sqlalchemy": {"schema/storage/tables.py"},
    "alembic": {"api/postgres/migrate.py"},
}

# Words that are fields of kinds, and as much the API's own: what every record or claim has, and what HTML, HTTP and OpenAPI call things.
# So are the names of types.
TYPES = {one.type.name for kind in KINDS.values() for one in kind.fields.values()}
COMMON = {*CLAIM_FIELDS, *TYPES, "id", "name", "kind", "source", "title", "summary", "url", "license", "author"}
FIELDS = {name for kind in KINDS.values() for name in kind.fields} - COMMON
PAGES = "api/pages/"  # What a person sees may name what it shows.

SQL = re.compile(r"\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s.*set|delete\s+from|create\s+(temp|table|database))\b", re.I | re.S)
SQL_HOMES = (
    "api/sql/",
    "api/sql/preference.py",
    "api/postgres/embedded.py",
)  # Embedded makes roles and a database, before there is any table.


def imported(path: Path) -> Iterator[str]:
    """The modules that a module imports, absolute, wherever in it the import stands."""
    package = [*path.relative_to(ROOT).with_suffix("").parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{one.name}" for one in node.names)


def texts(path: Path) -> Iterator[str]:
    """The text literals of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documentation = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def layer(module: str) -> int | None:
    """The row of a module; the longest name that it is or lies in."""
    found = [(len(name), number) for number, names in enumerate(LAYERS) for name in names if f"{module}.".startswith(f"{name}.")]
    return max(found)[1] if found else None


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_imports_point_down_only(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    if module in ("api", "schema"):
        return
    own = layer(module)
    assert own is not None, f"{module} has no place in the layers; give it one"
    for other in imported(path):
        below = layer(other)
        assert below is None or below >= own, f"{module} imports {other}, which lies above it"


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_library_is_known_only_where_it_belongs(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    for module in imported(path):
        homes = LIBRARIES.get(module.partition(".")[0])
        assert homes is None or name in homes, f"{name} imports {module}, which only {sorted(homes or ())} may"


# What loading, migrating and checking need, and serving does not: most of the time until a server answers is Python's to read modules.
UNSERVED = ("alembic", "duckdb", "hxl", "ijson", "rich", "schema.formats", "schema.tables", "sqlalchemy")


def test_a_server_imports_only_what_it_needs() -> None:
    code = "import sys; import api.__main__, api.commands.serving; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {*UNSERVED} & {*done.stdout.split()}


def test_migrations_import_nothing_of_ours() -> None:
    for path in (ROOT / "migrations").rglob("*.py"):
        for module in imported(path):
            assert module.partition(".")[0] not in ("api", "schema"), f"{path.name} imports {module}"


@pytest.mark.parametrize(
    "path", [one for one in MODULES if one.is_relative_to(ROOT / "api")], ids=[one for one in NAMES if one.startswith("api")]
)
def test_the_api_names_no_field(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    if name.startswith(PAGES):
        return
    named = FIELDS & {word for text in texts(path) for word in re.findall(r"\w+", text) if text.isidentifier()}
    assert not named, f"{name} names {sorted(named)}"


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_sql_stands_only_where_sql_belongs(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    if name.startswith(SQL_HOMES):
        return
    assert not [text for text in texts(path) if SQL.search(text)], f"SQL stands in {name}"


def test_the_walls_would_be_seen_to_fall(tmp_path: Path) -> None:
    """The checks above can fail: each sees what it is for."""
    bad = tmp_path / "bad.py"
    bad.write_text('import asyncpg\nASKED = "select a from b"\nFIELD = "started_on"\n', "utf-8")
    assert "started_on" in FIELDS and "started_on" in set(texts(bad))
    assert any(SQL.search(text) for text in texts(bad))
    tree = ROOT / "api" / "query.py"
    assert layer("api.__main__") == 0 and (layer("api.query") or 0) > 0 and "schema.kind" in set(imported(tree))
