"""Programs that generate code from the schema: GraphQL Code Generator, Relay's compiler, and Strawberry's own."""

from __future__ import annotations

import ast
import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..conftest import ROOT
from ..support import example_queries
from .conftest import documented

TEMPLATES = ROOT / "api" / "pages" / "templates"
PAGES = ("README.md", "docs/queries.md")
# A number may be missing, and so may the event: the generated types say so, and the compiler makes a page check it.
USE = """
import { graphql } from "./types";
import type { RivalsQuery } from "./types/graphql";
export const best = (data: RivalsQuery): number | null | undefined => data.event?.figures.nodes[0]?.best;
// @ts-expect-error  There may be no such event.
export const unchecked = (data: RivalsQuery) => data.event.name;
export { graphql };
"""


def documents() -> dict[str, str]:
    """The project's own GraphQL documents, each with a name, which the generator needs."""
    texts = [path.read_text("utf-8") for path in TEMPLATES.glob("*.graphql")]
    texts += [value for name, value in vars(example_queries).items() if name.isupper()]
    texts += [text for page in PAGES for text in re.findall(r"```graphql\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)]
    return {f"{n}.graphql": f"query Example{n} {text}" if text.startswith("{") else text for n, text in enumerate(texts)}


@pytest.mark.parametrize("newest", [False, True], ids=["long-term", "newest"])
def test_code_generator_writes_types_that_compile(node: Callable[..., str], project: Path, newest: bool) -> None:
    (project / "documents").mkdir()
    for name, text in documents().items():
        (project / "documents" / name).write_text(text, "utf-8")
    (project / "codegen.json").write_text(documented("docs/using-it-with.md", "json", '{\n  "schema"'), "utf-8")
    node("node_modules/@graphql-codegen/cli/esm/bin.js", "--config", "codegen.json", folder=project, newest=newest)
    (project / "use.ts").write_text(USE, "utf-8")
    options = "--noEmit --strict --target esnext --module esnext --moduleResolution bundler --skipLibCheck".split()
    node("node_modules/typescript/bin/tsc", *options, "use.ts", folder=project, newest=newest)


def test_relay_compiles_a_fragment_of_pages_and_the_server_answers_it(node: Callable[..., str], project: Path, server: str) -> None:
    (project / "src").mkdir()
    (project / "src" / "EventFigures.tsx").write_text(
        documented("docs/using-it-with.md", "jsx", "import { graphql, usePaginationFragment }"), "utf-8"
    )
    settings = {"src": "src", "schema": "schema.graphql", "language": "typescript", "persistConfig": {"file": "queries.json"}}
    (project / "relay.config.json").write_text(json.dumps(settings), "utf-8")
    (project / "queries.json").write_text("{}", "utf-8")  # What it would send; the compiler adds to the file.
    node("node_modules/relay-compiler/cli.js", "relay.config.json", folder=project)
    queries = {re.match(r"query (\w+)", text)[1]: text for text in json.loads((project / "queries.json").read_text("utf-8")).values()}  # type: ignore[index]
    event = "event:aleppo-offensive-2024"
    first = _ask(server, queries["EventFiguresQuery"], id=event)["event"]["figures"]
    assert len(first["edges"]) == 2 and first["pageInfo"]["hasNextPage"]
    following = _ask(server, queries["EventFiguresPageQuery"], id=event, count=1, cursor=first["pageInfo"]["endCursor"])
    (edge,) = following["node"]["figures"]["edges"]
    assert edge["node"]["id"] not in [edge["node"]["id"] for edge in first["edges"]]


def _ask(server: str, query: str, **variables: object) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{server}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def test_strawberry_reads_the_types_of_the_schema_but_neither_directives_nor_arguments() -> None:
    """When this fails, because it does: say so in docs/using-it-with.md."""
    generator: Any = pytest.importorskip("strawberry.schema_codegen", reason="run `make clients`")
    schema = (ROOT / "schema.graphql").read_text("utf-8")
    with pytest.raises(NotImplementedError, match="Unknown definition"):
        generator.codegen(schema)
    module = ast.parse(generator.codegen(re.sub(r"^directive .*$", "", schema, flags=re.M)))
    classes = {node.name: ast.unparse(node) for node in module.body if isinstance(node, ast.ClassDef)}
    assert classes.keys() >= {"Query", "Event", "Figure", "FigureWhere", "Node"}
    assert "FigureWhere" not in classes["Query"]
