"""The JSON Schemas match the responses of the server and the documents that the loader accepts; the dictionary is complete."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from api.loading.fixture_files import MAPS
from api.sql.answering.revisions import REVISION_COLUMNS
from schema.codelists.vocabularies import RANK
from schema.fixtures.check import check
from schema.fixtures.documents import DOCUMENT_KEYS, read_document
from schema.fixtures.rows import FixtureRow
from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS, Problem
from schema.model.declaration_error import BadDeclaration
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import TEXT, code
from schema.surfaces.jsonschema import source_document
from schema.surfaces.openapi.components import components
from schema.surfaces.openapi.parts import MAX_CODES_DESCRIBED
from schema.surfaces.reference import dictionary

from ..conftest import ROOT
from ..support.invented import value as invented_value

COMPONENTS: dict[str, Any] = components(KINDS)
EVERY = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]
EVERY_FIELD = [(kind, one) for kind in KINDS.values() for one in kind.fields.values()]
FIELDS = [pytest.param(kind, one, id=f"{kind.name}.{one.name}") for kind, one in EVERY_FIELD]
VOCABULARIES = {
    one.type.vocabulary.name: (one.type.vocabulary, one.type.levels)
    for one in (*CLAIM_FIELDS.values(), *(one for kind in KINDS.values() for one in kind.fields.values()))
    if one.type.vocabulary
}


# Responses


def test_every_component_is_json_schema_and_every_reference_resolves() -> None:
    for schema in COMPONENTS.values():
        Draft202012Validator.check_schema(schema)
    of_errors = "Problem"  # Which the API adds, with its own errors.
    assert {one.removeprefix("#/components/schemas/") for one in references(COMPONENTS)} <= {*COMPONENTS, of_errors}


@pytest.mark.parametrize("kind", EVERY)
def test_a_full_record_has_every_field_and_a_projection_requires_only_the_id(kind: Kind) -> None:
    full, record = COMPONENTS[kind.graphql], COMPONENTS[f"{kind.graphql}Projection"]
    assert full["required"] == ["id", "node_id", *kind.shown]
    requested = ["added_in", *(["words"] if kind.quantities else []), "provenance", "claims", "sources"]
    assert list(record["properties"]) == ["id", "node_id", *kind.shown, *kind.reverses, *requested]
    assert record["required"] == ["id"]
    assert COMPONENTS[f"{kind.graphql}Provenance"]["properties"]["fields"]["items"]["enum"] == list(kind.fields)


def test_a_field_may_be_null_unless_it_is_required() -> None:
    for kind, one in EVERY_FIELD:
        shown, name = COMPONENTS[kind.graphql]["properties"][one.name], f"{kind.name}.{one.name}"
        assert valid(shown, None) is not one.required, name
        assert one.description in shown["description"], name
        assert (one.unit or "") in shown["description"], name


def test_the_value_of_a_claim_has_the_type_of_the_field() -> None:
    for kind, one in EVERY_FIELD:
        said, name = COMPONENTS[f"{kind.graphql}Claim"]["allOf"][1]["properties"]["says"]["properties"][one.name], f"{kind.name}.{one.name}"
        assert not valid(said, None), name  # What a claim does not give is left out.
        assert not valid(said, {}), name
        if one.type.vocabulary:
            assert all(valid(said, int(item) if one.type.levels else item) for item in one.type.vocabulary.codes), name
            assert not valid(said, "no such code"), name
        if one.type.ref:
            assert valid(said, ["a"] if one.type.many else "a"), name


def test_a_claim_has_every_column_of_claims() -> None:
    claim = COMPONENTS["Claim"]
    assert list(claim["properties"]) == ["source", *CLAIM_FIELDS, "added_in", "says"] and claim["required"] == [
        "source",
        "rank",
        "added_in",
        "says",
    ]
    assert not [name for name in CLAIM_FIELDS if valid(claim["properties"][name], None)]


def test_a_revision_has_every_column_of_the_response() -> None:
    assert COMPONENTS["Revision"]["required"] == list(REVISION_COLUMNS)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_vocabulary_is_an_enumeration_with_labels(name: str) -> None:
    vocabulary, levels = VOCABULARIES[name]
    schema = COMPONENTS[vocabulary.graphql]
    assert schema["enum"] == [int(one) if levels else one for one in vocabulary.codes]
    assert schema["x-enum-descriptions"] == [one.label for one in vocabulary.codes.values()]
    assert vocabulary.origin in schema["description"]
    spelt_out = all(one.definition in schema["description"] for one in vocabulary.codes.values())
    assert spelt_out is (len(vocabulary.codes) <= MAX_CODES_DESCRIBED)


def test_two_components_cannot_share_a_name() -> None:
    kinds = Kinds([
        Kind("source", "sources", "A source.", Field("title", TEXT, "Its title.", required=True), label="title"),
        Kind("rank", "ranks", "A kind that is called as a vocabulary.", Field("level", code(RANK), "Which one.")),
    ])  # fmt: skip
    with pytest.raises(BadDeclaration, match="would be named Rank"):
        components(kinds)


# Source documents

SCHEMA: dict[str, Any] = source_document(KINDS)
EDITOR = Draft7Validator(SCHEMA, format_checker=FormatChecker())


class Yaml12(yaml.SafeLoader):
    """Reads YAML as current editors do: YAML 1.2 has no dates, and its only booleans are true and false."""


Yaml12.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
READERS: list[Any] = [yaml.BaseLoader, yaml.SafeLoader, Yaml12]
DOCUMENTS = sorted(path for path in (ROOT / "fixtures").rglob("*.yaml") if path.parent.name != MAPS)

GOOD = """
source: {id: paper, title: A paper, kind: article}
entered_by: Somebody
claims:
  events:
    - id: battle
      locator: page 1
      name: A battle
      kind: battle
"""


def test_the_schema_of_source_documents_is_json_schema_for_editors() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert list(SCHEMA["properties"]) == list(DOCUMENT_KEYS)
    assert not [path for path, schema in objects(SCHEMA) if "$ref" in schema and len(schema) > 1], "draft-07 ignores what is beside a $ref"


def test_every_field_has_a_description_for_authors() -> None:
    for kind in KINDS.values():
        for name, schema in SCHEMA["definitions"][kind.name]["properties"].items():
            assert schema["description"].endswith((".", ")")), f"{kind.name}.{name}"


@pytest.mark.sampled(12)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in DOCUMENTS])
def test_the_projects_own_documents_pass_however_an_editor_types_them(path: Path, reader: Any) -> None:
    assert [f"{'/'.join(map(str, one.path))}: {one.message}" for one in EDITOR.iter_errors(read(path.read_text("utf-8"), reader))] == []


@pytest.mark.parametrize("kind", EVERY)
def test_a_claim_has_an_id_and_the_names_of_its_kind(kind: Kind) -> None:
    names = ["id", *CLAIM_FIELDS, *kind.fields]
    assert list(SCHEMA["definitions"][kind.name]["properties"]) == names
    for name in names:
        claim = {"id": "one", "note": "a", f"{name}x": "a"}
        assert [one.message for one in errors(kind, claim)] == [f"Additional properties are not allowed ('{name}x' was unexpected)"]
    assert [one.message for one in errors(kind, {"note": "a", "rank": "normal"})] == ["'id' is a required property"]


@pytest.mark.sampled(25)
@pytest.mark.parametrize(("kind", "one"), FIELDS)
def test_a_value_passes_the_editor_if_it_passes_the_loader(kind: Kind, one: Field) -> None:
    """Both as an editor types the scalar, and as text."""
    wrong, values = 0, [*VALUES, *(invented_value(random.Random(seed), one, ["a", "b"]) for seed in range(5))]
    for value in values:
        try:
            one.type.parse(value if isinstance(value, list) else str(value))
        except ValueError:
            wrong += 1
            continue
        for spelt in (value, str(value)) if not isinstance(value, list) else (value,):
            assert errors(kind, {"id": "one", one.name: spelt}) == [], spelt
    assert 0 < wrong < len(values)


VALUES: list[Any] = [
    "text", "two words", "حلب", 1984, "350", -7, 12.5, "1e3", True, "false", "2024-11-27", "2024-13-01", "", " ", ["a", "b"], ["a", "a"], [""],
    "a | b", "en", "no", "https://example.org/a", "ftp://example.org", "a" * 64, "a" * 200, "91", 91, 1000, -45.5, 1, 5, "1,000", "-", "a-", "5",
    "B", "article", "SYR",
]  # fmt: skip


@pytest.mark.sampled(25)
@pytest.mark.parametrize(("kind", "one"), FIELDS)
def test_an_invalid_value_is_refused_in_the_editor(kind: Kind, one: Field) -> None:
    wrong: Any = {"nested": "mapping"}
    assert errors(kind, {"id": "one", one.name: wrong})
    if one.type.vocabulary:
        for item in one.type.vocabulary.codes:
            assert errors(kind, {"id": "one", one.name: f"{item}x"})
            assert errors(kind, {"id": "one", one.name: int(item) if one.type.levels else item}) == []
    elif one.type.ref:
        assert errors(kind, {"id": "one", one.name: "no id, with spaces"})
    elif one.type.name not in ("text", "texts"):
        assert errors(kind, {"id": "one", one.name: "nothing of the sort"})


CHANGES: list[tuple[str, str, bool]] = [
    ("", "", True),
    ("title: A paper", "title: 1984", True),
    ("title: A paper", "title: no", True),
    ("id: paper", "id: 2024-11-27", True),
    ("kind: article", "kind: article, language: no", True),
    ("kind: article", "kind: article, redistributable: false", True),
    ("kind: article", "kind: article, redistributable: perhaps", False),
    ("kind: article", "kind: articel", False),
    ("kind: article", "kind: article, publishr: A", False),
    ("id: paper, ", "", False),
    ("source:", "sources:", False),
    ("entered_by", "enterd_by", False),
    ("entered_by: Somebody", "entered_by:", True),
    ("entered_by: Somebody", "catalogue: a b", False),
    ("  events:", "  event:", False),
    ("claims:\n  events:", "claims:", False),
    ("kind: battle", "kind: battel", False),
    ("kind: battle", "kind: battle\n      started_on: 2024-11-27", True),
    ("kind: battle", "kind: battle\n      started_on: '2024-11-27'", True),
    ("kind: battle", "kind: battle\n      started_on:", True),
    ("kind: battle", "kind: battle\n      started_on: 27 November 2024", False),
    ("kind: battle", "kind: battle\n      started_on: 2024-11-31", False),
    ("kind: battle", "kind: battle\n      date_precision: 5", True),
    ("kind: battle", "kind: battle\n      date_precision: '5'", True),
    ("kind: battle", "kind: battle\n      date_precision: 9", False),
    ("kind: battle", "kind: battle\n      ucdp_id: 36211", True),
    ("kind: battle", "kind: battle\n      part_of: [war]", False),
    ("kind: battle", "kind: battle\n      quoted_from: paper", True),
    ("kind: battle", "kind: battle\n      quoted_from: [paper, paper]", False),
    ("kind: battle", "kind: battle\n      source: another", False),
    ("kind: battle", "kind: battle\n      note: ''", False),
    ("id: battle", "id: a battle", False),
    ("id: battle\n      locator", "locator", False),
]


@pytest.mark.parametrize(("old", "new", "right"), CHANGES)
def test_the_editor_and_the_loader_agree_on_a_document(old: str, new: str, right: bool) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = list(read_document(KINDS, "test/paper.yaml", text))
    checked = check(KINDS, [one for one in found if isinstance(one, FixtureRow)], [one for one in found if isinstance(one, Problem)])
    assert (checked.problems == []) is right
    assert EDITOR.is_valid(read(text, Yaml12)) is right
    assert EDITOR.is_valid(texts(read(text, Yaml12))) is right


# The data dictionary


def test_the_dictionary_lists_every_kind_field_and_code() -> None:
    page = dictionary(KINDS)
    for kind in KINDS.values():
        section = page.split(f"### Kind `{kind.name}`\n")[1].split("\n##")[0]
        for one in kind.fields.values():
            row = next(line for line in section.splitlines() if line.startswith(f"| `{one.name}` |"))
            assert one.description in row
            assert ("| yes |" in row) is one.required
        assert all(f"| `{name}` | [`{reverse.kind.name}`]" in section for name, reverse in kind.reverses.items())
    for vocabulary, _ in VOCABULARIES.values():
        section = page.split(f"### Vocabulary `{vocabulary.name}`\n")[1].split("\n##")[0]
        assert all(f"`{one.code}`" in section and one.label in section for one in vocabulary.codes.values())


def test_every_link_of_the_dictionary_resolves() -> None:
    page = dictionary(KINDS)
    anchors = {line.strip("# ").lower().replace(" ", "-").replace("`", "") for line in page.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


# Tools


def valid(schema: Any, value: object) -> bool:
    return Draft202012Validator({**schema, "components": {"schemas": COMPONENTS}}).is_valid(value)


def errors(kind: Kind, claim: dict[str, Any]) -> list[Any]:
    whole = {"source": {"id": "a", "title": "A", "kind": "article"}, "claims": {kind.plural: [claim]}}
    return list(EDITOR.iter_errors(whole))


def read(text: str, reader: Any) -> Any:
    """A document as JSON Schema sees it: dates are text again, as an editor passes them to the schema."""
    return json.loads(json.dumps(yaml.load(text, reader), default=str))


def texts(value: Any) -> Any:
    """The same document with every scalar between quotation marks."""
    if isinstance(value, dict):
        return {name: texts(below) for name, below in value.items()}
    if isinstance(value, list):
        return [texts(below) for below in value]
    return value if value is None else json.dumps(value) if isinstance(value, bool) else str(value)


def references(schema: Any) -> Iterator[str]:
    for _, one in objects(schema):
        if isinstance(one.get("$ref"), str):
            yield one["$ref"]


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield path, schema
    for name, below in schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ():
        yield from objects(below, f"{path}/{name}")
