"""Tables with HXL tags: every container gives the same claims, and a table that is not valid or could be misread is refused by name."""

from __future__ import annotations

import csv
import io
import json
import socket
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.intake.rejection_advice import cure
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from api.sql.text import quote_identifier
from schema.formats.hxl_columns import tagged_columns
from schema.formats.hxl_counts import count
from schema.kinds import KINDS

from ..conftest import SAMPLES, Databases, Instance
from ..support import open_documents
from ..support.mapped_claims import Claims, claims, opened
from ..support.properties import examples

here = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}")
NO_FACT = r"has HXL hashtags \(.*{}.*\), but none that a fact can be made of: it needs a count of people"
SMALL = {
    "input-date.csv": NO_FACT.format("#population[+]sex"),
    "input-fuzzy.csv": "row 3 has HXL tags and cells that are not tags: 'country', 'adm1'",
    "input-invalid.csv": "row 3 looks like HXL tags without their number sign",
    "input-merged.xlsx": NO_FACT.format("#targeted[+]f"),
    "input-multiline.csv": NO_FACT.format("#description"),
    "input-multiple-headers.csv": "",
    "input-status.csv": NO_FACT.format("#status"),
    "input-untagged.csv": "is in no known format .*; its first row, which should have the names of its columns, has ¿Qué[?]",
    "input-valid-latin1.csv": "line 1 has the byte 0xe9, which is not UTF-8; the file may be ISO 8859-1",
    "input-valid-nested.json": NO_FACT.format("#sector[+]es"),
    "input-valid-objects.json": NO_FACT.format("#sector[+]es"),
    "input-valid.csv": NO_FACT.format("#sector[+]es"),
    "input-valid.tsv": NO_FACT.format("#sector[+]es"),
    "input-valid.xlsx": NO_FACT.format("#sector[+]es"),
    "input-whitespace.csv": NO_FACT.format("#org"),
}


@here
def test_every_small_case_has_its_expectation() -> None:
    assert {path.name for path in (SAMPLES / "hxl_small").iterdir()} == set(SMALL)


@here
@pytest.mark.parametrize(("name", "reason"), SMALL.items(), ids=list(SMALL))
def test_a_small_case_is_taken_in_or_refused_with_the_reason(name: str, reason: str, tmp_path: Path) -> None:
    if reason:
        with pytest.raises(LoadRefused, match=rf"^{name}: .*{reason}.*nothing was written"):
            claims(SAMPLES / "hxl_small" / name, tmp_path)
        return
    found = claims(SAMPLES / "hxl_small" / name, tmp_path)
    assert (found.file.read, found.intake.problems) == (2, 0)
    assert sorted((one["measure"], one["population"], one["best"]) for one in found["figure"]) == [
        ("affected", "all", "100"),
        ("affected", "all", "200"),
    ]
    assert sorted(one["name"] for one in found["location"]) == ["Coast", "Mountains"]
    assert sorted(json.loads(one["original"])["No hashtag"] for one in found["event"]) == ["xxx", "yyy"]
    assert sorted(json.loads(one["original"])["#org"] for one in found["event"]) == ["Org X", "Org Y"]


HEADERS = [
    "Id",
    "Day",
    "Last",
    "Country",
    "Province",
    "Code",
    "Lat",
    "Lon",
    "One",
    "Two",
    "Dead",
    "Women",
    "Low",
    "High",
    "Remark",
    "Paper",
    "Link",
]
TAGS = [
    "#event+id", "#date +start", "#date+end", "#country+code", "#adm1 +name", "#adm1+code", "#geo+lat", "#geo+lon", "#group+name+first",
    "#group+name+second", "#affected+killed", " #affected +f +killed", "#affected+injured+min", "#affected+injured+max", "", "#meta+source", "#meta+url",
]  # fmt: skip
RECORDS = [
    ["e1", "2024-01-02", "2024-01-03", "SYR", "Aleppo", "SY02", "36.2", "37.1", "A", "B", "10", "3", "5", "9", "x, \"y\"\nz", "Paper", "https://example.org/1"],
    ["e2", "2024-02-02", "", "SYR", "Idlib", "SY07", "", "", "A", "", "0", "", "", "", "y", "", ""],
    ["e3", "2024-02-05", "", "NAM", "", "", "", "", "", "", "", "", "", "50", "", "", ""],
]  # fmt: skip
ROWS = [HEADERS, TAGS, *RECORDS]


def delimited(rows: list[list[str]], delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def objects(rows: list[list[str]]) -> bytes:
    """Numbers as numbers, what is empty left out or null."""
    names = [tag.strip() or header for header, tag in zip(*rows[:2], strict=True)]
    texts = [
        ", ".join(
            f"{json.dumps(name)}: {cell if cell.replace('.', '').isdigit() and name != '#event+id' else json.dumps(cell or None)}"
            for name, cell in zip(names, row, strict=True)
            if cell or name > "#d"
        )
        for row in rows[2:]
    ]
    return f"[{', '.join(f'{{{one}}}' for one in texts)}]".encode()


def workbook(rows: list[list[Any]], merged: str = "", date1904: bool = False) -> bytes:
    """The least that is a workbook; numbers where Python has numbers, an error where a cell begins with #N."""

    def cell(value: Any) -> str:
        if isinstance(value, (int, float)):
            return f'<c t="n"><v>{value}</v></c>'
        if value.startswith("#N/A"):
            return '<c t="e"><v>#N/A</v></c>'
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>' if value else "<c/>"

    lines = "".join(f'<row r="{n}">{"".join(map(cell, row))}</row>' for n, row in enumerate(rows, 1))
    space, relations = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    merges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{content}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{content}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{office}"><workbookPr date1904="{int(date1904)}"/><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{lines}</sheetData>{merges}</worksheet>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def as_numbers(rows: list[list[str]]) -> list[list[Any]]:
    return [[json.loads(cell) if cell.replace(".", "").isdigit() else cell for cell in row] for row in rows]


def lines(values: list[Any]) -> bytes:
    return "".join(f"{json.dumps(value)}\n" for value in values).encode()


def features(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each record as a feature at its coordinates, which are not among its properties."""
    points = [{name: record.pop(name) for name in ("#geo+lon", "#geo+lat") if record.get(name)} for record in records]
    return [
        {"type": "Feature", "properties": record, "geometry": {"type": "Point", "coordinates": [*point.values()]} if point else None}
        for record, point in zip(records, points, strict=True)
    ]


def parquet(rows: list[list[str]]) -> bytes:
    """The first row has the names of the columns; whole numbers are bigint if all of a column are."""
    columns = [[row[n] for row in rows[1:]] for n in range(len(rows[0]))]
    types = ["bigint" if all(cell.isdigit() or not cell for cell in cells) and any(cells) else "varchar" for cells in columns]
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as table:
        table.execute(
            f"create table t ({', '.join(f'{quote_identifier(name)} {type}' for name, type in zip(rows[0], types, strict=True))})"
        )
        table.executemany(f"insert into t values ({', '.join('?' * len(types))})", [[cell or None for cell in row] for row in rows[1:]])
        table.execute(f"copy t to '{file.name}' (format parquet)")
        return Path(file.name).read_bytes()


NAMED = [[tag.strip() or header for header, tag in zip(*ROWS[:2], strict=True)], *RECORDS]
OBJECTS: list[dict[str, Any]] = json.loads(objects(ROWS))
PACKED = {
    "csv": delimited(ROWS), "tsv": delimited(ROWS, "\t"), "semicolons.csv": delimited(ROWS, ";"), "arrays.json": json.dumps(ROWS).encode(),
    "objects.json": objects(ROWS), "nested.json": b'{"status": "OK", "results": ' + objects(ROWS) + b"}", "xlsx": workbook(as_numbers(ROWS)),
    "objects.ndjson": lines(OBJECTS), "seq.ndjson": objects(ROWS)[1:-1].replace(b"}, {", b"}\x1e{"), "pages.ndjson": lines([{"data": [one]} for one in OBJECTS]),
    "arrays.ndjson": lines(ROWS), "tag record.ndjson": lines([dict(zip(HEADERS, row, strict=True)) for row in ROWS[1:]]),
    "wrapped arrays.json": json.dumps({"data": ROWS}).encode(), "any key.json": b'{"incidents": ' + objects(ROWS) + b"}",
    "features.json": json.dumps({"type": "FeatureCollection", "features": features(json.loads(objects(ROWS)))}).encode(),
    "features.ndjson": lines(features(json.loads(objects(ROWS)))), "parquet": parquet(NAMED), "tag row.parquet": parquet(ROWS),
    "names with tags.csv": delimited([[f"Name {number} ({tag})" if tag.startswith("#") else tag for number, tag in enumerate(ROWS[0])], *ROWS[1:]]),
    "ods": open_documents.packed({"S": as_numbers(ROWS)}),
    "headers.csv": delimited([["junk"] * len(TAGS), *ROWS]), "bom.csv": b"\xef\xbb\xbf" + delimited(ROWS),
}  # fmt: skip


def taken(content: bytes, folder: Path, name: str = "file.csv", asked: str = "") -> Claims:
    (folder / name).write_bytes(content)
    return claims(folder / name, folder, asked=asked)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    return taken(PACKED["csv"], tmp_path_factory.mktemp("plain"))


def test_a_table_is_read_by_its_tags(plain: Claims) -> None:
    assert (plain.file.format.name, plain.file.read, plain.intake.problems, plain.intake.flags) == ("hxl", 3, 0, {})
    events, places, actors = plain.by_id("event"), plain.by_id("location"), plain.by_id("actor")
    first = events["test-source-e1"]
    assert (first["started_on"], first["ended_on"], first["country"]) == ("2024-01-02", "2024-01-03", "SYR")
    place = places[first["location"]]
    assert (place["latitude"], place["longitude"]) == ("36.2", "37.1")
    assert (places[place["part_of"]]["name"], places[place["part_of"]]["pcode"], places[place["part_of"]]["kind"]) == (
        "Aleppo",
        "SY02",
        "admin1",
    )
    assert places[events["test-source-e2"]["location"]]["name"] == "Idlib" and events["test-source-e3"]["location"] is None
    assert json.loads(first["original"])["Remark"] == 'x, "y"\nz'
    sides = {(one["event"], one["role"]): actors[one["actor"]]["name"] for one in plain["participation"]}
    assert sides == {("test-source-e1", "side_a"): "A", ("test-source-e1", "side_b"): "B", ("test-source-e2", "side_a"): "A"}
    (paper,) = plain["source"]
    assert (paper["title"], paper["url"]) == ("Paper", "https://example.org/1") and plain.ids(first["quoted_from"]) == [paper["id"]]


def test_each_count_is_a_figure_and_an_empty_cell_is_not_zero(plain: Claims) -> None:
    found = {
        (one["event"][-2:], one["measure"], one["population"]): (one["low"], one["best"], one["high"], one["period_start"])
        for one in plain["figure"]
    }
    assert found == {
        ("e1", "killed", "all"): (None, "10", None, "2024-01-02"), ("e1", "killed", "females"): (None, "3", None, "2024-01-02"),
        ("e1", "injured", "all"): ("5", None, "9", "2024-01-02"), ("e2", "killed", "all"): (None, "0", None, "2024-02-02"),
        ("e3", "injured", "all"): (None, None, "50", "2024-02-05"),
    }  # fmt: skip


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", PACKED)
def test_every_container_gives_the_same_claims(name: str, plain: Claims, tmp_path: Path) -> None:
    found = taken(PACKED[name], tmp_path, f"file.{name}")
    for kind in KINDS:
        assert sorted(map(_said, found[kind])) == sorted(map(_said, plain[kind])), kind


def _said(one: dict[str, Any]) -> str:
    return json.dumps({**one, "original": json.loads(one["original"] or "{}")}, sort_keys=True)


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.xlsx"])
def test_nothing_is_fetched(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    linked = [*ROWS, ["https://example.org/a.csv", *RECORDS[0][1:]]]
    (tmp_path / name).write_bytes({"csv": delimited, "json": lambda rows: json.dumps(rows).encode(), "xlsx": workbook}[name[2:]](linked))
    assert len(opened(tmp_path / name).records) == 4


def test_a_specific_format_takes_precedence_over_hxl(tmp_path: Path) -> None:
    header = ["casualty_id", "incident_date", "mission_acronym", "type_of_casualty", "casualty_personnel_type", "type_of_incident"]
    rows = [header, ["#meta+id", "#date", "#org", "", "", "#event+type"], ["A-1", "1948-07-06", "UNTSO", "Fatality", "Military", "Illness"]]
    for name, content in {"a.csv": delimited(rows), "a.xlsx": workbook(rows), "a.json": json.dumps(rows).encode()}.items():
        (tmp_path / name).write_bytes(content)
        found = opened(tmp_path / name)
        assert (found.file.format.name, len(found.records)) == ("dppa-fatalities", 1), name
    assert opened(tmp_path / "a.csv", "hxl").file.format.name == "hxl"
    assert taken(delimited(rows), tmp_path)["event"][0]["id"] == "dppa-A-1"


@here
def test_ged_with_tags_stays_ged() -> None:
    assert opened(SAMPLES / "ucdp/conflict_data_BGD.csv").file.format.name == "ucdp-ged"


@pytest.mark.parametrize(
    ("tag", "counted"),
    [
        ("#affected", ("affected", "all", "people", "best")), ("#affected+killed+m+adults", ("killed", "men", "people", "best")),
        ("#affected+children+injured", ("injured", "children", "people", "best")), ("#affected+hh+displaced", ("displaced", "all", "households", "best")),
        ("#affected+killed+min", ("killed", "all", "people", "low")), ("#affected+missing+infants", ("missing", "infants", "people", "best")),
        ("#affected+killed+injured", None), ("#affected+pct", None), ("#affected+kidnapped", None), ("#targeted+f", None), ("#inneed", None),
    ],
)  # fmt: skip
def test_what_a_tag_counts(tag: str, counted: tuple[str, ...] | None) -> None:
    found = count(tagged_columns([tag])[0])
    assert (found and (found.measure, found.population, found.unit, found.bound)) == counted


def test_a_count_of_some_people_is_not_of_all(tmp_path: Path) -> None:
    found = taken(delimited([["#event", "#population+sex", "#affected+killed"], ["a", "f", "3"]]), tmp_path)
    assert [(one["population"], one["best"]) for one in found["figure"]] == [(None, "3")]


def test_rows_of_one_event_are_its_figures_and_the_same_row_twice_is_one(tmp_path: Path) -> None:
    rows = [["#event+id", "#adm1", "#affected+killed"], ["a b", "X", "3"], ["a b", "Y", "4"], ["a b", "Y", "4"]]
    found = taken(delimited(rows), tmp_path)
    assert (found.file.read, found.file.repeated, found.intake.problems) == (3, 1, 0)
    assert found.intake.flags == {"repeated": 1, "several_wordings": 1} and len({one["id"] for one in found["event"]}) == 1
    assert sorted(one["best"] for one in found["figure"]) == ["3", "4"]


# The column and the cell of a record that has one invalid cell, and the field and the reason of its rejection.
INVALID_CELLS = [
    (1, "2 January 2024", "#date+start", "must be a date"), (1, "02/01/24", "#date+start", "must be a date"),
    (10, "1,000", "#affected+killed", "must be a number"), (10, "many", "#affected+killed", "must be a number"),
    (3, "Syria", "#country+code", "is not one of the"), (3, "NA", "#country+code", "is Namibia among codes of two letters"),
    (6, "136.2", "#geo+lat", "between -90 and 90"), (1, "2024-01-02T24:00:00", "#date+start", "must be a date"),
]  # fmt: skip


def test_an_invalid_cell_is_rejected_by_name(tmp_path: Path) -> None:
    """All in one file: each of its records has one invalid cell."""
    records = [[f"x{n}", *RECORDS[0][1:]] for n in range(len(INVALID_CELLS))]
    for record, (column, cell, _, _) in zip(records, INVALID_CELLS, strict=True):
        record[column] = cell
    found = taken(delimited([HEADERS, TAGS, *records, RECORDS[1]]), tmp_path)
    assert (found.file.read, found.file.rejected) == (len(records) + 1, len(records))
    for number, (_, cell, field, reason) in enumerate(INVALID_CELLS, 1):
        rejections = [one for one in found.intake.rejections if one.record == f"record {number}"]
        assert {one.value for one in rejections} == {cell}
        assert any(one.field == field and reason in one.reason for one in rejections), rejections


@pytest.mark.parametrize(
    ("reason", "value", "told"),
    [
        ("must be a date such as 2024-11-27", "13/03/2024", 'in a map, `dates: ["%d/%m/%Y"]` reads it'),
        ("must be a date such as 2024-11-27", "03/04/2024", '`dates: ["%d/%m/%Y"]` or `dates: ["%m/%d/%Y"]` reads it, whichever'),
        ("must be a date such as 2024-11-27", "20240301", '`dates: ["%Y%m%d"]`'), ("must be a date such as 2024-11-27", "soon", "among the `nulls`"),
        ("must be a number", "1,234", "if ',' is between thousands, write 1234, and if it is a decimal comma, 1.234"),
        ("must be a number", "1 234 567,5", "write 1234567.5"), ("must be a number", "12,5", "write 12.5, with a point"), ("must be a number", "many", "leave the cell empty"),
        ("must be between -90 and 90 degrees", "18,25", "write 18.25, with a point"),
        ("is not one of the 280 known codes", "Great Britain", "if it is United Kingdom, write that name"), ("is not one of the 280 known codes", "USA", "or USA in one of codes"),
        ("is not one of the 280 known codes", "DRC", "Democratic Republic of the Congo"), ("is not one of the 280 known codes", "Congo, Rep.", "or COG in"),
        ("is not one of the 280 known codes", "Congo, Dem. Rep.", "or COD in"), ("is not one of the 280 known codes", "Mali", "or MLI in"),
        ("is not one of the 280 known codes", "Atlantis", ""), ("is not one of the 280 known codes", "Korea", "it may be North Korea (PRK) or South Korea (KOR): write which"),
        ("is not one of the 280 known codes", "Macedonia", "if it is North Macedonia"), ("is not one of the 280 known codes", "Gaza Strip", "or PSE in one of codes"),
        ("is not one of the 280 known codes", "S. Sudan", "if it is South Sudan"), ("is not one of the 280 known codes", "Sao Tome", "or STP in"),
    ],
)  # fmt: skip
def test_a_rejection_says_what_to_do(reason: str, value: str, told: str) -> None:
    assert told in cure(reason, value) if told else cure(reason, value) == ""


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("tag", "cell", "country"), [
    ("#country+code", "NAM", "NAM"), ("#country+code+v_iso2", "NA", "NAM"), ("#country+name", "Namibia", "NAM"), ("#country", "Syrian Arab Republic", "SYR"),
    ("#country", "Kosovo", "XKX"),
])  # fmt: skip
def test_countries_by_code_and_by_name(tag: str, cell: str, country: str, tmp_path: Path) -> None:
    found = taken(delimited([["#event", tag], ["a", cell]]), tmp_path)
    assert [one["country"] for one in found["event"]] == [country]


TWICE = [["#event", "#affected+f", "#affected +f"], ["a", "1", "2"]]
REFUSED: dict[str, tuple[bytes, str]] = {
    "the same tag twice.csv": (delimited(TWICE), "columns whose hashtags do not differ"),
    "the same attributes.csv": (
        delimited([["#event", "#affected+f+killed", "#affected+killed+f"], ["a", "1", "2"]]),
        "columns whose hashtags do not differ",
    ),
    "two starts.csv": (
        delimited([["#event", "#date+start", "#date+start"], ["a", "2024-01-01", "2024-01-02"]]),
        "columns whose hashtags do not differ",
    ),
    "sixteen.csv": (delimited(ROWS).decode().encode("utf-16-le"), "line 1 contains a NUL character"),
    "twice.json": (b'[{"#event": "a", "#affected": 1, "#affected": 2}]', "has the key '#affected' twice in one object"),
    "half tags.ndjson": (b'{"#event": "a", "#affected killed": 1, "#date": "2024-01-01"}', "keys that are not tags: '#affected killed'"),
    "half tags.parquet": (
        parquet([["#event", "#affected killed", "#date"], ["a", "1", "2024-01-01"]]),
        "columns that are not tags: '#affected killed'",
    ),
    "columns.json": (b'{"#event": ["a", "b"], "#affected": [1, 2]}', "is an object of columns, such as '#affected', not of records"),
    "one row.ndjson": (b'["#event", "#affected"]', 'is a list of values, such as "#event", not of records'),
    "open.json": (b'[{"#event": "a", "#affected": 1', "is not complete: it ends in line 1, where a comma or } should follow"),
    "half.json": (b'[{"#event": "\\ud83d", "#affected": 1}]', "half a character"),
    "deep.json": (b'[{"#event": ' + b"[" * 100_000, "is nested too deeply"),
    "merged.xlsx": (workbook(as_numbers(ROWS), "K3:K4"), "the number 10 is merged over several cells"),
    "broken.xlsx": (workbook(as_numbers(ROWS)).replace(b"sheetData>", b"sheetDat>"), ""),
    "empty.xlsx": (workbook([]), "empty"),
    **{
        f"{number}.csv": (delimited([*above, ["#event", tag], ["a", "1"]]), reason)
        for number, (above, tag, reason) in enumerate(
            [
                ([["Event", "Killed ('000)"]], "#affected+killed", "which says that its numbers are thousands; write the numbers in full"),
                ([["Place", "Killed per 100,000"], ["Event", "All"]], "#affected+killed", "which says that its numbers are shares"),
                ([["Killed, in millions"], ["Event", "Killed"]], "#affected+killed", "row 1 says 'Killed, in millions' of its numbers"),
                ([["Event", "Killed (cumulative)"]], "#affected+killed+new", "running totals; give its tag the attribute .cumulative"),
            ]
        )
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_could_be_misread_is_refused_by_name(name: str, tmp_path: Path) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(LoadRefused, match=rf"^{name}: .*{reason}"):
        taken(content, tmp_path, name)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.intake.workbook.MAX_PART_BYTES", 1 << 20)
    packed = io.BytesIO(workbook(as_numbers(ROWS)))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as large:
        large.write(bytes((1 << 20) + 1))
    with pytest.raises(LoadRefused, match=r"sharedStrings.xml, which is larger than 1 MB once unpacked; export the sheet as CSV"):
        taken(packed.getvalue(), tmp_path, "bomb.xlsx")


def test_cells_of_a_workbook_are_read_exactly(tmp_path: Path) -> None:
    """Also a text that is merged over two records: the second has it, though the first is rejected."""
    rows = [[*row] for row in as_numbers(ROWS)]
    rows[2][10], rows[3][10] = "#N/A", 0.1
    found = taken(workbook(rows, "E3:E4"), tmp_path, "a.xlsx")
    assert [(one.record, one.field, one.value) for one in found.intake.rejections] == [("record 1", "#affected+killed", "#N/A")]
    assert found.intake.flags == {"impossible_value": 1}
    assert any('"0.1"' in (one["original"] or "") for one in found["event"])
    assert [one["name"] for one in found["location"] if one["kind"] == "admin1"] == ["Aleppo"]


def test_the_source_must_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(PACKED["csv"])
    with pytest.raises(LoadRefused, match=r"which does not name its source; add --source ID"):
        claims(tmp_path / "a.csv", tmp_path, source="")


@pytest.mark.nightly
async def test_a_load_balances_and_the_same_again_changes_nothing(databases: Databases, tmp_path: Path) -> None:
    instance = Instance(databases, await databases.fresh(), tmp_path)
    (tmp_path / "a.csv").write_bytes(PACKED["csv"])
    (tmp_path / "a.xlsx").write_bytes(PACKED["xlsx"])
    first = await load_files(KINDS, instance.url, [tmp_path / "a.csv"], LoadOptions(source="somebody"))
    assert first.claims["figure"]["added"] == 5 and first.claims["event"]["added"] == 3
    again = await load_files(KINDS, instance.url, [tmp_path / "a.xlsx"], LoadOptions(source="somebody"))
    assert again.revision is None and again.claims["figure"]["unchanged"] == 5
    assert [proof.name async for proof in verify(KINDS, instance.url) if proof.contradictions] == []


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A table with a few bytes cut, put in, or put in place of others."""
    content = PACKED["csv"]
    for _ in range(draw(st.integers(1, 3))):
        at, length = draw(st.integers(0, len(content) - 1)), draw(st.integers(0, 8))
        put = draw(
            st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"#", b"+", b"NaN", b"1e400", b"-", b"\xc3\xa9", b",,", b";"])
        )
        content = content[:at] + put + content[at + length :]
    return content


def _counted(content: bytes, column: str) -> list[Decimal]:
    """The numbers in a column, as Python's own reader finds them."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    above = next(
        n
        for n, row in enumerate(rows)
        if sum(cell.strip().startswith("#") for cell in row) * 2 >= sum(bool(cell.strip()) for cell in row) > 0
    )
    at = next(n for n, cell in enumerate(rows[above]) if "".join(cell.split()) == column)
    return [Decimal(row[at].strip()) for row in rows[above + 1 :] if len(row) > at and row[at].strip()]


@pytest.mark.nightly
@examples(default=2, nightly=300)
@given(content=damaged())
def test_damage_is_refused_or_rejected_by_name_and_never_repaired(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    try:
        found = taken(content, folder)
    except LoadRefused as refused:
        assert str(refused).startswith("file.csv: ")
        return
    if found.intake.problems:
        assert all(one.file == "file.csv" and one.reason for one in found.intake.rejections)
        return
    said = [Decimal(one["best"]) for one in found["figure"] if (one["measure"], one["population"]) == ("killed", "all")]
    if "#affected+killed" in found.file.columns:
        assert len(found["figure"]) and sorted(said) == sorted(_counted(content, "#affected+killed"))
