"""Compares schema.graphql and openapi.json with those of the last release: python -m tests.support.contract_changes

It lists the changes that break clients. They fail the command once a version from 1.0-rc on has been released. With `--released`, the contracts of
today become those of the last release, in docs/contracts/.

GraphQL is compared by graphql-core. Of OpenAPI, what breaks a client is that something is gone, that a request must have something new, or that a value
has another type; what a description says is not compared.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import build_schema
from graphql.utilities import find_breaking_changes

from api import __version__

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "docs" / "contracts"
GRAPHQL, OPENAPI = "schema.graphql", "openapi.json"
Document = dict[str, Any]


def graphql_changes(before: str, now: str) -> list[str]:
    """What breaks a client of GraphQL."""
    changes = find_breaking_changes(build_schema(before, assume_valid=True), build_schema(now, assume_valid=True))
    return [change.description for change in changes]


def openapi_changes(before: Document, now: Document) -> Iterator[str]:
    """What breaks a client of REST."""
    for path, item in before["paths"].items():
        for method, operation in item.items():
            name, current = f"{method.upper()} {path}", now["paths"].get(path, {}).get(method)
            if current is None:
                yield f"{name}: is gone"
                continue
            yield from _parameter_changes(name, _parameters(before, operation), _parameters(now, current))
            for status, response in operation["responses"].items():
                if status not in current["responses"]:
                    yield f"{name}: has no response {status} any more" if status.startswith("2") else f"{name}: is never answered {status}"
                    continue
                yield from _content_changes(f"{name}: {status}", _resolved(before, response), _resolved(now, current["responses"][status]))
    for name, schema in before["components"]["schemas"].items():
        yield from _schema_changes(name, schema, now["components"]["schemas"].get(name))


def _resolved(document: Document, part: Document) -> Document:
    """What a part refers to."""
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _parameters(document: Document, operation: Document) -> dict[str, Document]:
    found = (_resolved(document, parameter) for parameter in operation.get("parameters", ()))
    return {f"{parameter['in']} {parameter['name']}": parameter for parameter in found}


def _parameter_changes(where: str, before: dict[str, Document], now: dict[str, Document]) -> Iterator[str]:
    for name, parameter in now.items():
        if parameter.get("required") and not before.get(name, {}).get("required"):
            yield f"{where}: {name} is required now"
    folded = {f"{name}.{operator}" for name, parameter in now.items() for operator in parameter.get("x-operators", ())}
    for name, parameter in before.items():
        if name not in now and name not in folded:
            yield f"{where}: {name} is gone"
        elif name in now:
            yield from _schema_changes(f"{where}: {name}", parameter.get("schema", {}), now[name].get("schema", {}))


def _content_changes(where: str, before: Document, now: Document) -> Iterator[str]:
    for media in before.get("content", {}):
        if media not in now.get("content", {}):
            yield f"{where}: is no {media} any more"
    for header in before.get("headers", {}):
        if header not in now.get("headers", {}):
            yield f"{where}: has no header {header} any more"


def _schema_changes(where: str, before: Document, now: Document | None) -> Iterator[str]:
    """Members that are gone or have become optional, codes that are gone, and other types."""
    if now is None:
        yield f"{where}: is gone"
        return
    for name, schema in before.get("properties", {}).items():
        yield from _schema_changes(f"{where}.{name}", schema, now.get("properties", {}).get(name))
    for name in before.get("required", ()):
        if name in now.get("properties", {}) and name not in now.get("required", ()):
            yield f"{where}.{name}: may be absent now"
    for code in before.get("enum", ()):
        if "enum" in now and code not in now["enum"]:
            yield f"{where}: {code!r} is gone"
    if "items" in before and "items" in now:
        yield from _schema_changes(f"{where}[]", before["items"], now["items"])
    if (old := _type(before)) != (new := _type(now)):
        yield f"{where}: was {old}, is {new}"


def _type(schema: Document) -> object:
    """What tells whether a value is another one: its type and where it is described, without words, members and codes."""
    parts = {name: value for name, value in schema.items() if name in ("type", "format", "$ref", "const")}
    choices = [_type(choice) for name in ("anyOf", "oneOf", "allOf") for choice in schema.get(name, ())]
    return {**parts, **({"of": choices} if choices else {})}


def last_release() -> Path:
    """The folder with the contracts of the last release, which is named after its version."""
    (folder,) = RELEASED.iterdir()
    return folder


def is_frozen(version: str) -> bool:
    """Whether the contract of a version may no longer break: from 1.0-rc on."""
    return int(version.partition(".")[0]) >= 1


def changes(before: Path, now: Path = ROOT) -> dict[str, list[str]]:
    """The changes that break clients, by contract."""
    graphql = graphql_changes(*((folder / GRAPHQL).read_text("utf-8") for folder in (before, now)))
    openapi = openapi_changes(*(json.loads((folder / OPENAPI).read_text("utf-8")) for folder in (before, now)))
    return {GRAPHQL: graphql, OPENAPI: [*dict.fromkeys(openapi)]}


def main(arguments: list[str]) -> str | None:
    """Print the changes, at most ten of each contract with `--brief`; what fails the command, if anything does."""
    if "--released" in arguments:
        shutil.rmtree(RELEASED)
        (folder := RELEASED / __version__).mkdir(parents=True)
        for name in (GRAPHQL, OPENAPI):
            shutil.copy(ROOT / name, folder)
        return None
    before = last_release()
    found = changes(before)
    for name, breaking in found.items():
        shown = breaking[:10] if "--brief" in arguments else breaking
        print(f"{name}: {len(breaking)} changes since {before.name} that break clients")
        print("".join(f"  {change}\n" for change in shown), end="")
    return f"{before.name} promised not to break clients" if is_frozen(before.name) and any(found.values()) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
