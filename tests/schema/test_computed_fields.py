"""Fields that are computed: every surface shows and filters them, and no claim can give them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable

import pytest

from schema.fixtures.check import check
from schema.fixtures.documents import read_document
from schema.fixtures.rows import FixtureRow, Part
from schema.fixtures.tables import read_csv, read_ndjson
from schema.kinds import KINDS
from schema.model.claim import Problem
from schema.model.claim_table import claim_table, collection_columns
from schema.model.declaration_error import BadDeclaration
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.types import TEXT, ref

from ..conftest import ROOT, Instance, source

FIGURE = KINDS["figure"]
CLAIMED = """claims:
  events:
    - {id: e, name: Event, kind: battle}
  figures:
    - {id: f, event: e, measure: killed, best: 5, unit: people, basis: flow}
"""


def test_a_claim_has_no_computed_field() -> None:
    assert {*FIGURE.computed} == {"counted_in"} and FIGURE.computed.keys() <= FIGURE.shown.keys()
    assert not FIGURE.computed.keys() & {*claim_table(FIGURE), *collection_columns(FIGURE), *FIGURE.fields, *FIGURE.groups}
    assert "counted_in" not in (ROOT / "fixtures" / "source.schema.json").read_text("utf-8")
    schema = (ROOT / "schema.graphql").read_text("utf-8")
    types = {name: body for name, body in re.findall(r"^(?:type|input) (\w+) .*?\{\n(.*?)^\}", schema, re.M | re.S) if "countedIn" in body}
    assert set(types) == {"Figure", "FigureWhere"}


CELLS = {"id": "f", "source": "paper", "event": "e", "measure": "killed", "best": "5", "counted_in": "part_of_event"}
READERS: dict[str, Callable[[], Iterable[Part]]] = {
    "yaml": lambda: read_document(KINDS, "paper.yaml", source() + CLAIMED.replace("best: 5", "best: 5, counted_in: part_of_event")),
    "csv": lambda: read_csv(KINDS, "figures", "figures.csv", [",".join(CELLS), ",".join(CELLS.values())]),
    "ndjson": lambda: read_ndjson(KINDS, "figures", "figures.ndjson", [json.dumps(CELLS)]),
}


@pytest.mark.parametrize("format", READERS)
def test_a_source_that_gives_it_is_told_to_leave_it_out(format: str) -> None:
    read = list(READERS[format]())
    problems = [one for one in read if isinstance(one, Problem)]
    problems += check(KINDS, [one for one in read if isinstance(one, FixtureRow)]).problems
    told = [problem.message for problem in problems if problem.field == "counted_in"]
    assert told == ["is computed for every figure, so no claim gives it; leave it out"]


async def test_every_surface_shows_and_filters_it(instance: Instance) -> None:
    await instance.load(paper=source() + CLAIMED + "    - {id: g, event: e, measure: killed, unit: people, basis: flow, note: None}\n")
    found = await instance.graphql(
        '{ figures { nodes { id: slug countedIn } } figure(id: "g") { countedIn event { figures(where: {countedIn: {known: true}}) { nodes { id: slug } } } } '
        "some: figures(where: {countedIn: {oneOf: [NO_NUMBER, NO_SUM]}}) { nodes { id: slug } } snapshot(revision: 1) { figures { nodes { countedIn } } } }"
    )
    assert found["figures"]["nodes"] == [{"id": "f", "countedIn": None}, {"id": "g", "countedIn": "NO_NUMBER"}]
    assert found["figure"] == {"countedIn": "NO_NUMBER", "event": {"figures": {"nodes": [{"id": "g"}]}}}
    assert found["some"]["nodes"] == [{"id": "g"}]
    assert found["snapshot"]["figures"]["nodes"] == [{"countedIn": None}, {"countedIn": "NO_NUMBER"}]
    assert (await instance.get("/v1/figures/g"))["data"]["counted_in"] == "no_number"
    assert "counted_in" not in (await instance.get("/v1/figures/g"))["data"]["provenance"]
    rows = list(csv.DictReader((await instance.client.get("/v1/figures.csv?order=id")).text.splitlines()))
    assert [row["counted_in"] for row in rows] == ["", "no_number"]
    for query, ids in (("counted_in.known=false", ["f"]), ("counted_in=no_number", ["g"]), ("counted_in.ne=no_number", ["f"])):
        assert [row["id"] for row in (await instance.get(f"/v1/figures?{query}"))["data"]] == ids
    for refused in ("order=counted_in", "provenance=counted_in", "counted_in=nothing"):
        assert (await instance.client.get(f"/v1/figures?{refused}")).status_code == 400


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (Field("event", TEXT, "A text."), "declares a field twice"),
        (Field("other", ref("event"), "A reference."), "other is computed, so it is a plain value that may be unknown"),
        (Field("other", TEXT, "A text.", required=True), "other is computed, so it is a plain value that may be unknown"),
        (Field("id", TEXT, "A text."), "id is reserved"),
    ],
)
def test_a_computed_field_is_a_plain_value(field: Field, told: str) -> None:
    with pytest.raises(BadDeclaration, match=told):
        Kind("figure", "figures", "A number.", *FIGURE.fields.values(), computed=[field])
