"""The committed contracts are what the code says, so that a change of one is seen in its diff."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.contracts import contracts, stale
from schema.formats.flags import FLAGS
from schema.model.declaration_error import BadDeclaration

from .conftest import ROOT
from .support import contract_changes


def test_every_committed_contract_is_what_the_code_says() -> None:
    assert stale() == [], "run `make contracts` and read the difference"


@pytest.mark.nightly
def test_contracts_are_made_alike_twice() -> None:
    assert contracts() == contracts()


def test_an_error_about_a_flag_without_a_sentence_names_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FLAGS, "low_above_best")
    monkeypatch.delitem(sys.modules, "api.sql.duckdb.flags")
    with pytest.raises(BadDeclaration, match=r"FLAGS in schema/formats/flags\.py lacks low_above_best; add an entry for each$"):
        importlib.import_module("api.sql.duckdb.flags")


@pytest.mark.nightly
def test_the_first_error_about_a_flag_without_a_sentence_names_the_flag() -> None:
    """After a kind has got a pair of ascending fields, `make contracts` is the first command to run."""
    program = "from schema.formats import flags; del flags.FLAGS['low_above_best']; import api.contracts"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.stderr.splitlines()[-1].endswith("FLAGS in schema/formats/flags.py lacks low_above_best; add an entry for each")


TYPES = """
type Query { event(id: ID!): Event }
type Event { name: String, kind: Kind }
enum Kind { BATTLE }
"""
BROKEN_TYPES = {
    "": [],
    "name: String, ->": ["Field Event.name was removed."],
    "BATTLE->SIEGE": ["Enum value Kind.BATTLE was removed."],
    "id: ID!->id: ID!, at: Int!": ["A required argument Query.event(at:) was added."],
    "name: String,->name: String!, added: Int,": [],
}


@pytest.mark.parametrize("edit", BROKEN_TYPES)
def test_a_change_that_breaks_a_client_of_graphql_is_found(edit: str) -> None:
    old, _, new = edit.partition("->")
    changed = TYPES.replace(old, new) if edit else TYPES
    found = contract_changes.graphql_changes(TYPES, changed)
    assert found == BROKEN_TYPES[edit]


SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "kind": {"type": "string", "enum": ["battle"]}}}
LIST = {
    "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}, {"$ref": "#/components/parameters/order"}],
    "responses": {"200": {"description": "A page.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}}}}},
}
API = {
    "paths": {"/v1/events": {"get": LIST}},
    "components": {"schemas": {"Event": SCHEMA}, "parameters": {"order": {"name": "order", "in": "query", "schema": {"type": "string"}}}},
}
BROKEN_API = {
    '"/v1/events"->"/v1/incidents"': ["GET /v1/events: is gone"],
    '"limit"->"size"': ["GET /v1/events: query limit is gone"],
    '"name": "order"->"required": true, "name": "order"': ["GET /v1/events: query order is required now"],
    '"integer"->"string"': ["GET /v1/events: query limit: was {'type': 'integer'}, is {'type': 'string'}"],
    '"application/json"->"text/json"': ["GET /v1/events: 200: is no application/json any more"],
    '"id": {->"ident": {': ["Event.id: is gone"],
    '["id"]->[]': ["Event.id: may be absent now"],
    '"battle"->"siege"': ["Event.kind: 'battle' is gone"],
    '"A page."->"A page of events."': [],
    '"kind": {->"more": {"type": "null"}, "kind": {': [],
}


@pytest.mark.parametrize("edit", BROKEN_API)
def test_a_change_that_breaks_a_client_of_rest_is_found(edit: str) -> None:
    text = json.dumps(API)
    old, _, new = edit.partition("->")
    changed = text.replace(old, new)
    assert changed != text
    assert [*contract_changes.openapi_changes(json.loads(text), json.loads(changed))] == BROKEN_API[edit]


def test_breaking_changes_are_reported_before_1_0_and_fail_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    released = contract_changes.last_release()
    assert contract_changes.main(["--brief"]) is None and not contract_changes.is_frozen(released.name)
    assert f"changes since {released.name} that break clients" in capsys.readouterr().out
    shutil.copytree(released, tmp_path / "1.0.0rc1")
    monkeypatch.setattr(contract_changes, "RELEASED", tmp_path)
    assert contract_changes.main([]) == "1.0.0rc1 promised not to break clients"
