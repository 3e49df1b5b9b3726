"""Rows of a publisher whose terms forbid redistribution are recognized though columns were removed or renamed, and never shown."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.loading.files import LoadOptions, load_files
from schema.fixtures.check import check
from schema.fixtures.documents import read_document
from schema.formats import FORMATS, HXL
from schema.formats.acled import ACLED
from schema.formats.acled_traits import NAMES
from schema.formats.declarations import problems as format_problems
from schema.formats.maps import read_map
from schema.formats.restricted_publishers import ENOUGH, Traits, ValueTrait, squeezed
from schema.kinds import KINDS

from ..conftest import SAMPLES, Instance
from ..support.map_files import MAPS, format_of, rows_of
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY, examples
from .test_acled import OF_2020, OF_2023, ROWS, WORDS, long_day

Row = dict[str, str]
# Invented rows in the layout of today, with the words that it has.
SIDES = {"12": "State forces-Rebel group", "78": "Civilians-External/Other forces", "60": "Protesters only"}
TODAY: list[Row] = [
    {**row, "inter1": WORDS[row["inter1"]], "inter2": WORDS[row["inter2"]], "interaction": SIDES[row["interaction"]]} for row in ROWS
]
TAGS = {
    "event_id_cnty": "#event+code", "event_date": "#date+occurred", "event_type": "#event+type", "sub_event_type": "#event+type+sub", "actor1": "#group+name+first",
    "actor2": "#group+name+second", "country": "#country+name", "admin1": "#adm1+name", "admin2": "#adm2+name", "location": "#loc+name",
    "latitude": "#geo+lat", "longitude": "#geo+lon", "source": "#meta+source", "notes": "#description", "fatalities": "#affected+killed",
    "inter1": "#group+type+first", "source_scale": "#meta+scale", "disorder_type": "#event+disorder",
}  # fmt: skip
TELLING = [name for name in dict.fromkeys([*OF_2020, *OF_2023]) if NAMES.get(squeezed(name)) == ENOUGH]
ANYBODYS = ["event_date", "country", "admin1", "location", "latitude", "longitude", "fatalities"]
# Columns that are recognized by their values, under whatever name.
BY_VALUE = ["event_id_cnty", "sub_event_type", "source_scale"]


def delimited(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def tagged(columns: list[str], headers: list[str]) -> str:
    """A table with HXL tags: its headers, its tags, and the columns of the invented rows."""
    tags = [TAGS.get(name, f"#x_{squeezed(name)}") for name in columns]
    return delimited([headers, tags, *([row[name] for name in columns] for row in TODAY)])


def read(text: str, folder: Path, name: str = "a.csv", **options: Any) -> Claims:
    (folder / name).write_text(text, "utf-8")
    return claims(folder / name, folder, **options)


@examples(default=1, nightly=400)
@given(kept=st.sets(st.sampled_from(list(dict.fromkeys([*OF_2020, *OF_2023])))), telling=st.sampled_from(TELLING), upper=st.booleans())
def test_whatever_columns_are_removed_one_that_tells_is_enough(
    kept: set[str], telling: str, upper: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns = [name for name in dict.fromkeys([*OF_2020, *OF_2023]) if name in kept | {telling, "fatalities", "event_date"}]
    found = read(tagged(columns, [name.upper() if upper else name for name in columns]), tmp_path_factory.mktemp("trimmed"))
    # With all of its columns a file is read by the publisher's own format, whose source forbids redistribution.
    assert found.file.format.traits or "whose terms forbid redistribution" in found.file.protected


@pytest.mark.sampled(1)
@pytest.mark.parametrize("telling", BY_VALUE)
def test_the_values_tell_when_every_name_was_changed(telling: str, tmp_path: Path) -> None:
    columns = [telling, "event_date", "fatalities"]
    found = read(tagged(columns, ["a", "b", "c"]).replace("#date+occurred", "#date"), tmp_path)
    assert found.file.protected, telling


def test_columns_that_anybody_may_have_are_not_enough(tmp_path: Path) -> None:
    assert not read(tagged(ANYBODYS, ANYBODYS), tmp_path).file.protected


SOURCES = ["Imaginary Post; Invented Radio", "Invented Radio"]
DAYS = ["31 December 2020", "05 December 2020"]
# The names of three columns, and their values in two rows.
TOLD_BY_FEW = [
    ("date_evenement,type_evenement,deces", ["2020-12-31", "2020-12-05"], ["Combats", "Explosions/Violence à distance"]),
    ("fecha del evento,tipo de evento,muertes", ["2020-12-31", "2020-12-05"], ["Batallas", "Explosiones/Violencia remota"]),
    ("التاريخ,النوع,القتلى", ["2020-12-31", "2020-12-05"], ["معارك", "الانفجارات/العنف عن بعد"]),
    ("Jour,Acteur associé 1,Morts", ["2020-12-31", "2020-12-05"], ["", "Amis"]),
    ("تاريخ الحدث,نوع الحدث الفرعي,الوفيات", ["2020-12-31", "2020-12-05"], ["اشتباك", "اشتباك"]),
    ("event_date,event_type,fatalities", ["2020-12-31", "2020-12-05"], ["Battles", "Violence against civilians"]),
    ("event_date,source,fatalities", DAYS, SOURCES),
    ("event_date,source,fatalities", ["2020-12-31", "2020-12-05"], ["Imaginary Post", "Undisclosed Source"]),
    ("event_date,timestamp,fatalities", ["2020-12-31", "2020-12-05"], ["1609459200", "1609459200"]),
]  # fmt: skip
OTHERS = [
    ("event_date,source,fatalities", ["2020-12-31", "2020-12-05"], ["Reuters", "AFP"]),
    ("event_date,event_kind,fatalities", ["2020-12-31", "2020-12-05"], ["clash", "air strike"]),
    ("Date,Sources,Dead", DAYS, SOURCES),
    ("Day,Leader,Killed", ["2020-12-31", "2020-12-05"], ["A. Nobody (1950-2001)", "B. Nobody (1960-)"]),
    ("event_date,source,deaths", ["2020-12-31", "2020-12-05"], SOURCES),
]


def three(names: str, days: list[str], middle: list[str]) -> str:
    tags = ["#date", "#event+type", "#affected+killed"]
    return delimited([names.split(","), tags, *([day, value, "7"] for day, value in zip(days, middle, strict=True))])


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("names", "days", "middle"), TOLD_BY_FEW)
def test_three_columns_are_recognized_in_translation_or_by_what_they_have_together(
    names: str, days: list[str], middle: list[str], tmp_path: Path
) -> None:
    assert read(three(names, days, middle), tmp_path).file.protected


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("names", "days", "middle"), OTHERS)
def test_three_columns_of_anybody_are_not_withheld(names: str, days: list[str], middle: list[str], tmp_path: Path) -> None:
    found = read(three(names, days, middle), tmp_path).file
    assert not found.protected and not any("terms forbid" in line for line in found.warnings)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("name", "values"), [("source", SOURCES), ("event_type", ["clash", "air strike"])])
def test_whose_rows_cannot_be_told_is_said(name: str, values: list[str], tmp_path: Path) -> None:
    found = read(three(f"event_date,{name},fatalities", ["2020-12-31", "2020-12-05"], values), tmp_path).file
    assert not found.protected and any("may have rows of ACLED" in line and "redistributable: false" in line for line in found.warnings)


NOTES = [
    "On 3 March 2024, an invented clash at Nowhere. Casualties unknown.",
    "On 4 March 2024, invented protesters gathered [size=no report].",
]


@pytest.mark.parametrize("notes", [NOTES[:1], NOTES[1:]])
def test_the_text_of_its_notes_is_enough(notes: list[str], tmp_path: Path) -> None:
    assert read(
        delimited([["#date", "#description", "#affected+killed"], *(["2024-03-03", note, "1"] for note in notes)]), tmp_path
    ).file.protected


def test_notes_that_begin_with_a_day_are_not_enough(tmp_path: Path) -> None:
    rows = [["#date", "#description", "#affected+killed"], ["2024-03-03", "On 3 March 2024, a clash at the bridge.", "1"]]
    assert not read(delimited(rows), tmp_path).file.protected


CONTAINERS = ["csv", "json", "zip", "gz"]


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("container", CONTAINERS)
def test_the_container_makes_no_difference(container: str, tmp_path: Path) -> None:
    rows = [{"#event+code": row["event_id_cnty"], "#date": row["event_date"], "#affected+killed": row["fatalities"]} for row in TODAY]
    text, name = delimited([[*rows[0]], *([*row.values()] for row in rows)]), f"a.{container}"
    if container == "json":
        (tmp_path / name).write_text(json.dumps(rows), "utf-8")
    elif container == "zip":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("a.csv", text)
    elif container == "gz":
        import gzip

        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    else:
        (tmp_path / name).write_text(text, "utf-8")
    assert claims(tmp_path / name, tmp_path).file.protected


MAP = """
name: a-list
title: A list
source: {id: a-list, license: CC0-1.0, redistributable: true}
columns: {ID: row.id, Day: event.date, Dead: killed.best}
figures: {killed: {measure: killed, unit: people, basis: flow}}
"""


def test_a_map_does_not_make_it_redistributable(tmp_path: Path) -> None:
    format, problems = read_map(KINDS, "a.yaml", MAP)
    assert format and not problems
    rows = delimited([["ID", "Day", "Dead"], *([row["event_id_cnty"], row["event_date"], row["fatalities"]] for row in TODAY)])
    assert read(rows, tmp_path, asked=format).file.protected


@pytest.mark.nightly
def test_ids_of_a_publisher_of_ones_own_are_not_enough(tmp_path: Path) -> None:
    format, _ = read_map(KINDS, "a.yaml", MAP)
    assert format
    own = delimited([["ID", "Day", "Dead"], ["SYR001", "2024-03-01", "1"], ["SYR002", "2024-03-02", "2"]])
    assert not read(own, tmp_path, "own.csv", asked=format).file.protected


def test_a_map_that_names_the_publisher_must_say_so() -> None:
    _, problems = read_map(KINDS, "a.yaml", MAP.replace("license: CC0-1.0", "publisher: ACLED"))
    assert any("add `redistributable: false`" in str(problem) for problem in problems)


def test_fixtures_must_mark_the_source(tmp_path: Path) -> None:
    document = "source: {{id: a, title: A, kind: dataset, publisher: ACLED{}}}\nclaims: {{events: [{{id: e, name: E, kind: battle{}}}]}}\n"
    original = ', original: \'{"event_id_cnty": "SYR90001"}\''

    def problems(*values: str) -> list[str]:
        rows = list(read_document(KINDS, "c/a.yaml", document.format(*values)))
        return [str(problem) for problem in check(KINDS, rows).problems]  # type: ignore[arg-type]

    assert any("publisher: is of ACLED" in problem for problem in problems("", ""))
    assert not problems(", redistributable: false", original)
    other = document.replace("publisher: ACLED", "publisher: Somebody")
    rows = list(read_document(KINDS, "c/a.yaml", other.format("", original)))
    assert any("original: is of ACLED" in str(problem) for problem in check(KINDS, rows).problems)  # type: ignore[arg-type]


def test_a_second_such_publisher_is_one_declaration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps, fixtures and tables look at all formats that declare traits."""
    traits = Traits({"watchid": ENOUGH}, (ValueTrait("values such as WATCH-1", r"WATCH-\d+", 0.9),), mention=r"\bConflict Watch\b")
    watch = replace(ACLED, name="watch", title="Conflict Watch", source={**ACLED.source, "publisher": "Conflict Watch"}, traits=traits)
    assert not [*format_problems(KINDS, watch)]
    monkeypatch.setattr("schema.formats.FORMATS", (*FORMATS, watch))
    _, problems = read_map(KINDS, "a.yaml", MAP.replace("license: CC0-1.0", "publisher: Conflict Watch"))
    assert any("names Conflict Watch, whose terms forbid redistribution" in str(problem) for problem in problems)
    text = "source: {id: a, title: A, kind: dataset, publisher: Conflict Watch}\nclaims: {events: [{id: e, name: E, kind: battle}]}\n"
    rows = list(read_document(KINDS, "c/a.yaml", text))
    assert any("publisher: is of Conflict Watch" in str(problem) for problem in check(KINDS, rows).problems)  # type: ignore[arg-type]
    for number, header in enumerate(["#event+id", "#x_watch_id"] if NIGHTLY else ["#event+id"]):
        table = delimited([["#event+name", header, "#affected+killed"], *([f"e{n}", f"WATCH-{n}", "1"] for n in range(3))])
        assert "looks like rows of Conflict Watch" in read(table, tmp_path, f"{number}.csv").file.protected


def test_a_format_that_forbids_redistribution_must_say_how_its_rows_are_recognized() -> None:
    for wrong in (replace(ACLED, traits=None), replace(HXL, traits=ACLED.traits)):
        assert any("has traits if its source forbids redistribution" in problem for problem in format_problems(KINDS, wrong))


@pytest.mark.sampled(1)
@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}")
@pytest.mark.parametrize(
    "path", sorted(path for path in SAMPLES.rglob("*.*") if path.suffix in (".csv", ".json", ".tsv", ".xlsx")), ids=lambda path: path.name
)
def test_no_open_sample_is_taken_for_one(path: Path, tmp_path: Path) -> None:
    if path.stat().st_size > 500_000:
        pytest.skip("read by other tests; its format is a specific one, which is not looked at")
    try:
        found = claims(path, tmp_path)
    except LoadRefused as refused:
        assert "redistribution" not in str(refused)
        return
    assert not found.file.protected


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", MAPS)
def test_no_table_of_the_maps_is_taken_for_one(name: str, tmp_path: Path) -> None:
    assert not claims(rows_of(name), tmp_path, "a-source", format_of(name), same_rows="keep").file.protected


async def test_such_rows_are_withheld_whatever_anybody_says_of_their_source(instance: Instance, tmp_path: Path) -> None:
    """Also if a collection has described the source as redistributable before."""
    instance.write("a.yaml", "source: {id: my-list, title: My list, kind: dataset, redistributable: true}\n")
    await instance.load()
    columns = ["event_id_cnty", "event_date", "location", "fatalities"]
    (tmp_path / "trimmed.csv").write_text(tagged(columns, columns), "utf-8")
    receipt = await load_files(KINDS, instance.url, [tmp_path / "trimmed.csv"], LoadOptions(source="my-list"))
    await instance.hear(receipt.revision)
    assert receipt.withheld and any("its claims are withheld" in line for line in receipt.lines())
    for plural in ("events", "figures", "locations"):
        assert (await instance.client.get(f"/v1/{plural}")).json()["data"] == [], plural
    assert (await instance.client.get("/v1/withheld")).json()["data"][0]["source"] == "my-list"


async def test_tables_of_claims_with_such_rows_are_refused(store: Instance, tmp_path: Path) -> None:
    header = ["id", "source", "name", "kind", "original", "started_on"]
    row = ["acled-SYR90001", "somebody", "Armed clash", "battle", json.dumps(long_day(ROWS[0])), "2020-12-31"]
    (tmp_path / "events.csv").write_text(delimited([header, row]), "utf-8")
    (tmp_path / "sources.csv").write_text(delimited([["id", "source", "title", "kind"], ["somebody", "somebody", "S", "dataset"]]), "utf-8")
    with pytest.raises(LoadRefused, match=r"events.csv: looks like rows of ACLED.*PRIVATE=true"):
        await load_files(KINDS, store.url, [tmp_path / "events.csv", tmp_path / "sources.csv"], LoadOptions())
