"""Whatever numbers a table with tags or a publisher's file has: what is possible arrives in its field, and all else is unknown, flagged and kept as written."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.codelists.vocabularies import QUANTIFIER
from schema.formats.hxl import HXL
from schema.formats.hxl_counts import MEASURES, UNITS
from schema.kinds.figure import QUANTITIES

from ..support.mapped_claims import Claims, claims
from ..support.properties import examples_that_load
from .test_values import _count_files
from .test_written_and_read import BOUNDS

NUMBERS = st.one_of(
    st.integers(-3, 10**6).map(str), st.sampled_from(["0", "0.0", "7.0", "-0", "-99", "-999", "2.5", "-2.5", "0.1", "12.70", "1e3", "00012", "+4", " 5 "])
)  # fmt: skip
SLOTS = {"": "best", "min": "low", "max": "high"}
Column = tuple[str, str, str, str]
COLUMNS = st.tuples(st.sampled_from([*MEASURES]), st.sampled_from(["", *UNITS]), st.sampled_from([*SLOTS]), st.sampled_from(["", "new"]))


def meaning(column: Column) -> tuple[str, str, str, str]:
    measure, unit, slot, basis = column
    return MEASURES[measure], UNITS.get(unit, "people"), SLOTS[slot], "flow" if basis else ""


def read(folder: Path, text: str, name: str) -> Claims:
    (folder / name).write_text(text, "utf-8")
    return claims(folder / name, folder, "s")


@examples_that_load(default=2, nightly=60)
@given(columns=st.lists(COLUMNS, min_size=1, max_size=5, unique_by=meaning), data=st.data())
def test_a_table_with_tags(columns: list[Column], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Measure by unit, slot and basis, each cell with any number."""
    cells = [data.draw(NUMBERS) for _ in columns]
    tags = ["#affected+" + "+".join(filter(None, column)) for column in columns]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["#date", *tags], ["2024-03-01", *cells]])
    found = read(tmp_path_factory.mktemp("tags"), text.getvalue(), "a.csv")
    assert found.file.format is HXL and found.file.rejected == 0
    kept = json.loads(found["event"][0]["original"] or "{}")
    unknown = sentinels = 0
    for column, tag, cell in zip(columns, tags, cells, strict=True):
        measure, unit, slot, basis = meaning(column)
        number = Decimal(cell.strip())
        key = "-".join(filter(None, (measure, "all", unit, basis)))
        figure = next((one for one in found["figure"] if one["id"].endswith(f"-{key}")), None)
        is_sentinel = str(number) in HXL.spellings.sentinels
        possible = unit in QUANTITIES.units[measure] and not QUANTITIES.impossible(number, measure, unit)
        sentinels += is_sentinel
        unknown += not possible and not is_sentinel
        if possible and not is_sentinel:
            assert figure and Decimal(figure[slot]) == number and (figure["measure"], figure["unit"]) == (measure, unit)
        else:  # A figure without any number is none.
            assert (figure is None or figure[slot] is None) and kept[tag] == cell
    assert (found.intake.flags.get("impossible_value", 0), found.intake.flags.get("sentinel", 0)) == (unknown, sentinels)


@examples_that_load(default=2, nightly=40)
@given(number=NUMBERS, name=st.sampled_from([*_count_files("1")]))
def test_a_file_of_a_publisher(number: str, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = _count_files(number)[name]
    found = read(tmp_path_factory.mktemp("publisher"), text, "a.json" if text[0] == "[" else "a.csv")
    value = Decimal(number.strip())
    assert found.file.format.name == name and found.file.rejected == 0
    given = [figure[slot] for figure in found["figure"] for slot in ("low", "best", "high") if figure[slot] is not None]
    assert all(not QUANTITIES.impossible(Decimal(one), "killed", "people") for one in given)
    if value < 0 or value % 1:
        assert {*found.intake.flags} & {"impossible_value", "sentinel"} and number not in given
        assert json.dumps(number)[1:-1] in "".join(claim["original"] or "" for kind in ("event", "figure") for claim in found[kind])
    else:
        assert value in [Decimal(one) for one in given]


@examples_that_load(default=2, nightly=20)
@given(qualifier=st.sampled_from([*BOUNDS]), number=st.integers(0, 10**6))
def test_a_qualifier_of_displacement_speaks_of_one_number(qualifier: str, number: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = _count_files(str(number))["idmc-idu"].replace(",total,", f",{qualifier},")
    found = read(tmp_path_factory.mktemp("qualifier"), text, "a.csv")
    (figure,) = found["figure"]
    slot, quantifier = BOUNDS[qualifier]
    stated = {name: figure[name] for name in ("low", "best", "high") if figure[name] is not None}
    assert (stated, figure["quantifier"]) == ({slot: str(number)}, quantifier)
    contradictory = [*QUANTITIES.contradictions({**stated, "quantifier": quantifier, "measure": "displaced"})]
    assert bool(contradictory) == ("contradictory_bound" in found.intake.flags) and quantifier in QUANTIFIER.codes


TEXTS = st.text("aé \n\t;,\"'#λح", min_size=1, max_size=12).filter(lambda text: text.strip())


@examples_that_load(default=2, nightly=40)
@given(note=TEXTS, degrees=st.decimals(-80, 80, places=3).map(str), number=st.sampled_from(["3", "3.0", "3.00", "3e0"]))
def test_original_of_a_workbook_and_of_geojson_has_the_cell_as_stored(
    note: str, degrees: str, number: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("original")
    book = openpyxl.Workbook()
    for row in (["#date", "#x_note", "#affected+killed"], ["2024-03-01", note, 3]):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    (event,) = claims(folder / "a.xlsx", folder, "s")["event"]
    assert json.loads(event["original"]) == {"#x_note": note}
    properties = f'{{"#date": "2024-03-01", "#x_note": {json.dumps(note)}, "#x_number": {degrees}, "#affected+killed": {number}}}'
    feature = f'{{"type": "Feature", "properties": {properties}, "geometry": {{"type": "Point", "coordinates": [{degrees}, {degrees}]}}}}'
    (event,) = read(folder, f'{{"type": "FeatureCollection", "features": [{feature}]}}', "a.geojson")["event"]
    kept = json.loads(event["original"])
    assert (kept["#x_note"], kept["#x_number"], kept.get("#affected+killed", "3")) == (note, degrees, number)
