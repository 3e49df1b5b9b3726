"""The architecture: which package may import which, where a library may be used, who may name a field, where SQL may be written."""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS
from schema.model.totals import TotalsRoles

from .conftest import ROOT

MODULES = sorted(path for folder in ("api", "schema") for path in (ROOT / folder).rglob("*.py"))

# From top to bottom. A package imports only itself and rows below its own: packages in one row never import each other.
# A module belongs to the longest name that it equals or lies in.
LAYERS = """
api.__main__
api.commands
api.app | api.contracts
api.surfaces
api.pages | api.mcp
api.graphql | api.rest
api.http | api.loading | api.pictures
api.intake | api.store | api.postgres
api.costs
api.sql.loading
api.sql.answering | api.sql.duckdb
api.sql
api.words
api.query
api.settings
api.errors | api.pauses
schema.surfaces
schema.storage | schema.fixtures
schema.formats
schema.kinds
schema.model
schema.codelists
"""
ROWS = {name.strip(): number for number, row in enumerate(LAYERS.strip().splitlines()) for name in row.split("|")}

LIBRARIES = {  # Where a library may be imported; every other library may be imported anywhere.
    "strawberry": ("api.graphql", "schema.surfaces"),
    "asyncpg": ("api.store", "api.loading", "api.postgres"),
    "opentelemetry": ("api.http",),
    "duckdb": ("api.intake", "api.loading", "api.rest"),
    "xlsxwriter": ("api.rest",),
    "babel": ("api.words",),
    "mcp": ("api.mcp",),
    "resvg_py": ("api.pictures",),
    "vl_convert": ("api.pictures",),
    "sqlalchemy": ("schema.storage",),
    "alembic": ("api.postgres",),
}

# Words that are names of fields and also common words of HTML, HTTP, OpenAPI or of claims.
TYPES = {field.type.name for kind in KINDS.values() for field in kind.fields.values()}
COMMON = {*CLAIM_FIELDS, *TYPES, "id", "name", "kind", "source", "title", "summary", "url", "license", "author"}
FIELDS = {name for kind in KINDS.values() for name in kind.fields} - COMMON
SHOWN = ("api/pages/", "api/words/")  # Web pages and words may name the fields that they show.

SQL = re.compile(r"\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s.*set|delete\s+from|create\s+(temp|table|database))\b", re.I | re.S)
SQL_HOMES = ("api/sql/", "api/postgres/cluster.py")  # The embedded server creates roles and a database before any table exists.

Imports = Mapping[str, set[str]]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def syntax(path: Path) -> tuple[ast.AST, ...]:
    """The nodes of a module's syntax tree, which several tests look through."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def imported(nodes: Iterable[ast.AST], package: list[str], modules: set[str]) -> Iterator[str]:
    """The modules that a source text imports, as absolute names: at the top, inside functions, and for typing only."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            submodules = [f"{module}.{alias.name}" for alias in node.names if f"{module}.{alias.name}" in modules]
            yield from submodules
            if len(submodules) < len(node.names):
                yield module


@functools.cache
def import_graph() -> Imports:
    """What each module of ours imports. Made when a test needs it: every process of a test run imports this module."""
    modules = {module_name(path) for path in MODULES}
    graph = {}
    for path in MODULES:
        package = [*path.relative_to(ROOT).with_suffix("").parts[:-1]]
        graph[module_name(path)] = set(imported(syntax(path), package, modules))
    return graph


@functools.cache
def package_of(module: str) -> str | None:
    """The row's name that a module belongs to; None for a library and for the bare roots `api` and `schema`."""
    return max((name for name in ROWS if f"{module}.".startswith(f"{name}.")), key=len, default=None)


def broken_rules(graph: Imports) -> list[str]:
    """Every import that does not point to the same package or to a lower row."""
    problems = []
    for module, targets in sorted(graph.items()):
        own = package_of(module)
        for target in sorted(targets):
            other = package_of(target)
            if own is None or other is None or own == other:
                continue
            if ROWS[other] == ROWS[own]:
                problems.append(f"{module} imports {target}, which stands beside it")
            elif ROWS[other] < ROWS[own]:
                problems.append(f"{module} imports {target}, which stands above it")
    return problems


def imported_packages(graph: Imports, package: str) -> set[str]:
    """The packages that a package imports, as its docstring writes them: without `api.` or `schema.`; for one of api, all of schema is one."""
    others = {package_of(target) for module, targets in graph.items() if package_of(module) == package for target in targets} - {package}
    return {
        "schema" if name.startswith("schema.") and package.startswith("api.") else name.partition(".")[2]
        for name in others
        if name is not None
    }


def cycle(graph: Imports) -> list[str]:
    """The modules of one import cycle, the first of them again at the end; empty if there is none."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for target in sorted(graph.get(module, ())):
            if found := walk(target, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(graph) if (found := walk(module, []))), [])


def test_every_module_has_a_place_in_the_layers() -> None:
    assert not [module for module in import_graph() if module not in ("api", "schema") and package_of(module) is None]


def test_imports_point_downward_only() -> None:
    assert not broken_rules(import_graph())


@pytest.mark.parametrize("package", [name for name in ROWS if (ROOT / name.replace(".", "/")).is_dir() and name != "schema.codelists"])
def test_the_docstring_of_a_package_lists_what_it_imports(package: str) -> None:
    text = ast.get_docstring(ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text("utf-8"))) or ""
    listed = re.search(r"^Imports (.+)\.$", text, re.M)
    assert listed, f"the docstring of {package} has no line that begins with Imports"
    assert {*re.split(r", | and ", listed[1])} == imported_packages(import_graph(), package)


def test_there_is_no_import_cycle() -> None:
    """Lazy imports and imports for typing count: both make two modules one."""
    assert not cycle(import_graph())


@pytest.mark.parametrize(
    ("module", "source", "rule"),
    [
        ("api.query.nodes", "from ..store import pool", "stands above"),
        ("api.query.nodes", "def lazy():\n    from api.store import pool", "stands above"),
        ("api.query.nodes", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..store.pool import Pool", "stands above"),
        ("schema.model.kind", "import api.query.nodes", "stands above"),
        ("api.rest.endpoints", "from ..graphql import engine", "stands beside"),
        ("api.loading.undo", "from ..http import responses", "stands beside"),
    ],
)
def test_a_broken_rule_is_found(module: str, source: str, rule: str) -> None:
    graph = import_graph()
    found = set(imported(ast.walk(ast.parse(source)), module.split(".")[:-1], {*graph}))
    assert [problem for problem in broken_rules({**graph, module: graph[module] | found}) if module in problem and rule in problem]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("api.query.nodes", "from . import cursors"),
        ("api.query.nodes", "def lazy():\n    from .cursors import after"),
        ("api.query.nodes", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .cursors import after"),
    ],
)
def test_a_cycle_is_found(module: str, source: str) -> None:
    """api.query.cursors imports api.query.nodes; each of these closes the circle."""
    graph = import_graph()
    found = set(imported(ast.walk(ast.parse(source)), module.split(".")[:-1], {*graph}))
    assert module in graph["api.query.cursors"]
    assert module in cycle({**graph, module: graph[module] | found})


def misplaced_libraries(graph: Imports) -> list[str]:
    """Every import of a library in a package that may not import it."""
    return [
        f"{module} imports {target}, which only {homes} may"
        for module, targets in sorted(graph.items())
        for target in sorted(targets)
        if (homes := LIBRARIES.get(target.partition(".")[0])) and package_of(module) not in homes
    ]


def test_a_library_is_imported_only_where_it_belongs() -> None:
    assert not misplaced_libraries(import_graph())
    assert misplaced_libraries({"api.query.nodes": {"asyncpg.pool"}, "api.store.pool": {"asyncpg"}}) == [
        f"api.query.nodes imports asyncpg.pool, which only {LIBRARIES['asyncpg']} may"
    ]


# Most of a server's start is Python reading modules; these are needed only to load, migrate and check.
NOT_SERVED = (
    "alembic",
    "babel",
    "duckdb",
    "mcp",
    "openpyxl",
    "opentelemetry",
    "pydantic",
    "resvg_py",
    "rich",
    "schema.formats",
    "schema.storage.tables",
    "sqlalchemy",
    "vl_convert",
    "xlsxwriter",
)


@functools.cache
def modules_imported() -> tuple[set[str], set[str]]:
    """The modules in a process that serves, and those that are there once it can load fixtures too."""
    code = "import sys; import api.__main__, api.commands.serve; print(*sys.modules); import api.loading.collections; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    served, loaded = done.stdout.splitlines()
    return {*served.split()}, {*loaded.split()}


def test_a_server_imports_only_what_it_needs() -> None:
    served, _ = modules_imported()
    assert "api.commands.serve" in served and not {*NOT_SERVED} & served


def test_loading_the_fixtures_imports_no_reader_of_files() -> None:
    """A server loads them when it starts. DuckDB takes a third of a second to import, and prints a report when such a process ends."""
    _, loaded = modules_imported()
    assert "api.loading.collections" in loaded and not {"duckdb", "openpyxl", "rich"} & loaded


def test_migrations_import_nothing_of_ours() -> None:
    for path in (ROOT / "migrations").rglob("*.py"):
        for target in imported(syntax(path), ["migrations"], {*import_graph()}):
            assert target.partition(".")[0] not in ("api", "schema"), f"{path.name} imports {target}"


@functools.cache
def string_literals(path: Path) -> list[str]:
    """The string literals of a module, docstrings excepted."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value) for node in syntax(path) if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value for node in syntax(path) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def modules_in(*folders: str) -> dict[str, Path]:
    """The modules in these folders, by their paths from the root."""
    paths = {str(path.relative_to(ROOT)): path for path in MODULES}
    return {name: path for name, path in paths.items() if name.startswith(folders)}


def test_the_api_names_no_field() -> None:
    modules = {name: path for name, path in modules_in("api/").items() if not name.startswith(SHOWN)}
    assert not {name: named for name, path in modules.items() if (named := FIELDS & {*string_literals(path)})}


def test_sql_is_written_only_where_it_belongs() -> None:
    modules = {name: path for name, path in modules_in("api/", "schema/").items() if not name.startswith(SQL_HOMES)}
    assert not {name: sql for name, path in modules.items() if (sql := [text for text in string_literals(path) if SQL.search(text)])}


def test_a_field_name_or_sql_in_the_wrong_place_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text('QUERY = "select a from b"\nFIELD = "started_on"\n', "utf-8")
    assert "started_on" in FIELDS & set(string_literals(bad))
    assert any(SQL.search(text) for text in string_literals(bad))


# Columns of common table expressions of totals are named after the parts that fields play, which are often the names of the fields.
PARTS = {part.name for part in dataclasses.fields(TotalsRoles)}
WRITTEN_IN_SQL = FIELDS - PARTS


def columns_in(text: str) -> set[str]:
    """The names that a text of SQL writes as columns: after a point, or as words of their own between commas, brackets and operators."""
    words = re.findall(r"(?:^|[\s(,=<>])(\w+)(?=$|[\s),=<>])", text) if CLAUSE.search(text) else []
    return {*re.findall(r"\.(\w+)", text), *words}


CLAUSE = re.compile(r"\b(select|insert into|update|delete from|order by|is (not )?null|nulls (first|last)|is (not )?distinct)\b")


def test_no_statement_writes_the_name_of_a_field() -> None:
    """A rule gets the fields that it reads from their kind, by the parts that they play."""
    written = {name: {word for text in string_literals(path) for word in columns_in(text)} for name, path in modules_in("api/sql/").items()}
    assert not {name: named for name, words in written.items() if (named := WRITTEN_IN_SQL & words)}


def test_the_script_that_installs_assets_finds_the_standard_library() -> None:
    """It is run by its path, so that a module beside it named like one of the standard library is imported in the place of that."""
    subprocess.run([sys.executable, ROOT / "api/pages/assets.py", "--help"], check=True, capture_output=True)
