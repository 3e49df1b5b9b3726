"""JSON in every arrangement that publishers use: the same records become the same claims, and what is no JSON is refused by its line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.errors import LoadRefused
from api.intake import json_reader
from api.intake.json_pages import Pages, together
from api.intake.release_source import stated_source
from api.loading.refusals import refuse_parts

from ..support.mapped_claims import Claims, claims, opened

CASES = Path(__file__).parents[1] / "data" / "cases"
PLAIN = (CASES / "04-sep-line.csv").read_bytes().partition(b"\n")[2]
RECORDS: list[dict[str, Any]] = [
    {name: (json.loads(cell) if cell.replace(".", "").isdigit() else cell or None) for name, cell in row.items()}
    for row in csv.DictReader(io.StringIO(PLAIN.decode(), newline=""))
]


def taken(content: bytes | str, folder: Path, name: str = "a.json") -> Claims:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return claims(folder / name, folder)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    return taken(PLAIN, tmp_path_factory.mktemp("plain"), "a.csv")


def feature(record: dict[str, Any], **members: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [record["longitude"], record["latitude"]]}
    return {"type": "Feature", "properties": record, "geometry": point, **members}


def lines(values: list[Any], before: str = "") -> str:
    return "".join(f"{before}{json.dumps(value)}\n" for value in values)


COLUMNS = [*RECORDS[0]][::-1]  # Not in the order of GED, in which it would be recognized without names.
FEATURES = [*map(feature, RECORDS)]
PAGES = [
    {"TotalCount": 3, "TotalPages": 2, "NextPageUrl": "https://example.org/2", "Result": RECORDS[:2]},
    {"TotalCount": 3, "Result": RECORDS[2:]},
]
ARRANGED: dict[str, str] = {
    "list": json.dumps(RECORDS), "indented": json.dumps(RECORDS, indent=2), "bom": "\ufeff" + json.dumps(RECORDS), "lines": lines(RECORDS),
    "crlf": lines(RECORDS).replace("\n", "\r\n"), "no line breaks": "".join(map(json.dumps, RECORDS)), "sequence": lines(RECORDS, "\x1e"),
    "data": json.dumps({"status": 200, "data": RECORDS}), "records last": json.dumps({"records": RECORDS, "total": 3}),
    "unusual key": json.dumps({"licence": {"name": "CC BY"}, "events": RECORDS}),
    "ckan": json.dumps({"help": "x", "success": True, "result": {"fields": [{"id": "a"}], "records": RECORDS, "total": 3}}),
    "page": json.dumps(PAGES[0] | {"Result": RECORDS}), "pages": json.dumps(PAGES), "pages in lines": lines(PAGES),
    "rows": json.dumps([[*RECORDS[0]], *([*record.values()] for record in RECORDS)]),
    "collection": json.dumps({"type": "FeatureCollection", "features": FEATURES}),
    "type last": json.dumps({"features": FEATURES, "crs": {"type": "name"}, "type": "FeatureCollection"}),
    "pandas, index": json.dumps({f"r{n}": record for n, record in enumerate(RECORDS)}),
    "pandas, split": json.dumps({"columns": COLUMNS, "index": [0, 1, 2], "data": [[record[name] for name in COLUMNS] for record in RECORDS]}),
    "pandas, table": json.dumps({"schema": {"fields": [{"name": "index"}], "primaryKey": ["index"]}, "data": [{"index": 7, **one} for one in RECORDS]}),
    "features in lines": lines(FEATURES), "features in a sequence": lines(FEATURES, "\x1e"), "features in a list": json.dumps(FEATURES),
}  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("name", ARRANGED)
def test_every_arrangement_gives_the_same_claims(name: str, plain: Claims, tmp_path: Path) -> None:
    assert without_index(taken(ARRANGED[name], tmp_path)) == without_index(plain)


def read(content: str, folder: Path) -> tuple[str, list[dict[str, str]]]:
    """The format of a file and the known values of its records, without what stands beside them in the file."""
    (folder / "a.json").write_text(content, "utf-8")
    found = opened(folder / "a.json")
    return found.file.format.name, [
        {name: value for name, value in record.items() if value and name in RECORDS[0]} for record in found.records
    ]


@pytest.fixture(scope="module")
def plainly(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, str]]]:
    return read(ARRANGED["list"], tmp_path_factory.mktemp("plainly"))


@pytest.mark.parametrize("name", ARRANGED)
def test_every_arrangement_has_the_same_records(name: str, plainly: tuple[str, list[dict[str, str]]], tmp_path: Path) -> None:
    assert read(ARRANGED[name], tmp_path) == plainly and len(plainly[1]) == 3


def without_index(found: Claims) -> dict[str, list[dict[str, Any]]]:
    """The claims, without the names of records that stand beside them in the file."""
    return {
        kind: [{**one, "original": one["original"] and {k: v for k, v in json.loads(one["original"]).items() if k not in ("key", "index")}} for one in table]
        for kind, table in found.tables.items()
    }  # fmt: skip


TAGGED: dict[str, dict[str, Any]] = {"#event+name": {"a": "x", "b": "y"}, "#affected+killed": {"a": 1, "b": 2}}


def test_the_names_of_rows_that_pandas_splits_off_are_kept_and_its_columns_have_their_names(tmp_path: Path) -> None:
    split = {"columns": [*TAGGED], "index": ["a", "b"], "data": [["x", 1], ["y", 2]]}
    found = taken(json.dumps(split), tmp_path)
    assert [(one["name"], json.loads(one["original"])["index"]) for one in found["event"]] in (
        [("x", "a"), ("y", "b")],
        [("y", "b"), ("x", "a")],
    )
    with pytest.raises(LoadRefused, match="has 2 names of rows in `index`, and more rows in `data`"):
        taken(json.dumps({**split, "data": [["x", 1]] * 3}), tmp_path)


@pytest.mark.nightly
def test_a_row_that_pandas_splits_off_and_that_is_too_long_is_named(tmp_path: Path) -> None:
    found = taken(json.dumps({"columns": [*TAGGED], "index": ["a", "b"], "data": [["x", 1], ["y", 2, 3]]}), tmp_path)
    assert found.file.rejected == 0 or "record 2" in str(found.intake.rejections)


@pytest.mark.parametrize("name", ["01-ucdp-api-page.json", "19-seq.geojsonl"])
def test_the_response_of_ucdps_own_api_and_features_in_lines_are_ged(name: str) -> None:
    found = opened(CASES / name)
    assert (found.file.format.name, len(found.records)) == ("ucdp-ged", 3)


def test_the_values_of_one_object_have_their_keys(tmp_path: Path) -> None:
    countries = {"NA": {"name": "Namibia", "iso3": "NAM"}, "SY": {"name": "Syria", "iso3": "SYR"}}
    with pytest.raises(LoadRefused, match="is in no known format") as refused:
        taken(json.dumps(countries), tmp_path)
    assert "repeated" not in str(refused.value)


def test_a_collection_states_its_release_wherever_its_name_stands(tmp_path: Path) -> None:
    for members in ({"name": "GEDEvent_v23_1", "features": FEATURES}, {"features": FEATURES, "name": "GEDEvent_v23_1"}):
        (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", **members}))
        assert stated_source(opened(tmp_path / "a.geojson").file) == "ucdp-ged-23-1"


@pytest.mark.parametrize(("size", "name"), {1: "lines", 7: "pages in lines", 100: "type last", 1000: "indented"}.items())
def test_a_record_goes_on_beyond_what_is_read_at_once(
    plainly: tuple[str, list[dict[str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, name: str
) -> None:
    monkeypatch.setattr(json_reader, "BLOCK_BYTES", size)
    assert read(ARRANGED[name], tmp_path) == plainly


@pytest.mark.nightly
def test_a_number_has_every_digit(tmp_path: Path) -> None:
    written = "36.50000000000000123456789"
    found = taken(json.dumps(RECORDS).replace("36.5,", f"{written},"), tmp_path)
    assert written in json.dumps(found.tables) or found.intake.problems


def test_a_date_as_milliseconds_is_rejected_with_what_to_do(tmp_path: Path) -> None:
    found = taken(json.dumps([{"#event+name": "a", "#date": 1709251200000}]), tmp_path)
    assert 'write the date itself, 2024-03-01, as `to_json(..., date_format="iso")` of pandas does' in str(found.intake.rejections[0])


@pytest.mark.nightly
def test_a_point_with_an_altitude_has_its_place(tmp_path: Path) -> None:
    bare = [{key: value for key, value in record.items() if key not in ("latitude", "longitude")} for record in RECORDS]
    high = [feature(record) | {"properties": rest} for record, rest in zip(RECORDS, bare, strict=True)]
    for one in high:
        one["geometry"]["coordinates"].append(812.5)
    found = taken(json.dumps({"type": "FeatureCollection", "features": high}), tmp_path)
    assert {(one["latitude"], one["longitude"]) for one in found["location"]} == {("36.5", "37.25"), (None, None)}  # And the country.
    assert all(json.loads(one["original"])["geometry.coordinates"] == "[37.25,36.5,812.5]" for one in found["event"])


def broken(change: Callable[[str], str]) -> str:
    return change(json.dumps(RECORDS, indent=1))


REFUSED: dict[str, tuple[str, str]] = {
    "cut": (broken(lambda text: text[:-400]), r"is not complete: the value that begins in line \d+ has no end"),
    "no end": (broken(lambda text: text[:-1]), r"is not complete: it ends in line \d+, where a comma or \] should follow"),
    "comma": (broken(lambda text: text.replace('"id": 900002,', '"id": 900002,,')), "is not valid JSON: line 5[0-9], at ',"),
    "after": (broken(lambda text: text.replace("},", "};")), "is not valid JSON: line 52 has ';"),
    "nan": (broken(lambda text: text.replace(": 36.5", ": NaN")), "the value that begins in line 32: NaN is not a value of JSON; write null"),
    "twice": (broken(lambda text: text.replace('"relid"', '"id"')), "has the key 'id' twice in one object.*; rename or remove one of the two"),
    "values": ("[1, 2]", "is a list of values, such as 1, not of records"),
    "mixed": (json.dumps([*RECORDS, 3]), "record 4, in line 1, is not an object, as the first is: 3"),
    "empty list": ("[]", "has no records: its list is empty"), "empty data": ('{"data": []}', "has no records: its list is empty"),
    "two lists": ('{"data": [{"a": 1}], "items": [{"b": 1}]}', "has several lists of records: data, items; save each"),
    "other list": (json.dumps({"data": RECORDS, "incidents": [{"b": 1}]}), "has several lists of records: data, incidents; save each"),
    "list further in": (json.dumps({"data": RECORDS, "more": {"incidents": [{"b": 1}]}}), "records: data, more.incidents; save each"),
    "list in an envelope": (json.dumps({"result": {"records": RECORDS, "deleted": [{"b": 1}]}}), "records: result.records, deleted; save each"),
    "keyed list": (json.dumps({"data": RECORDS, "others": {"x": {"b": 1}, "y": {"b": 2}}}), "records: data, others; save each"),
    "a record before the list": (json.dumps({"a": RECORDS[0], "data": RECORDS[1:]}), "records in data, and beside these a, with the same values"),
    "records beside the list": (json.dumps({"data": RECORDS[2:], "a": RECORDS[0], "b": {**RECORDS[1], "x": 1}}), "and beside these a, with the same"),
    "unlike records in an object": (
        json.dumps({"data": RECORDS, "others": {"x": RECORDS[0], "y": dict([*RECORDS[1].items()][1:])}}), "beside these others.x, others.y, with",
    ),
    "one keyed record": (json.dumps({"result": {"data": RECORDS, "more": {"x": {**RECORDS[0], "id": 8}}}}), "records in result.data, and beside these more.x"),
    "list of rows": (json.dumps({"data": [["a"], [1]], "columns": [["a", "b"]]}), "records: data, columns; save each"),
    "list on a later page": (json.dumps([{"data": RECORDS}, {"data": [], "incidents": [{"b": 1}]}]), "records: data, incidents; save each"),
    "list beside features": (json.dumps({"type": "FeatureCollection", "features": FEATURES, "incidents": [{"b": 1}]}), "records: features, incidents; save each"),
    "another page": (json.dumps([{"data": RECORDS}, {"records": RECORDS}]), "several lists of records: data, records; save each"),
    "a page without a list": (json.dumps([{"data": RECORDS}, {"a": 1}]), "records in 'data', which the object that ends in line 1 lacks"),
    "a record after a page": (f"{json.dumps({'data': RECORDS})}\n{json.dumps(RECORDS[0])}", "in 'data', which the object that ends in line 2 lacks"),
    "a page after a record": (f"{json.dumps(RECORDS[0])}\n{json.dumps({'data': RECORDS[1:]})}", "record 2, in line 2, has records in 'data', and the first is a record"),
    "features after one": (f"{json.dumps(FEATURES[0])}\n{json.dumps({'type': 'FeatureCollection', 'features': FEATURES})}", "record 2, in line 2, has records in 'features'"),
    "errors": (json.dumps({"data": RECORDS, "errors": [{"message": "timeout"}]}), "reports errors beside its records, in 'errors': .*timeout"),
    "deep": ("[" * 100_000, "is nested too deeply|is not complete"), "latin": ('[{"a": "\xe9"}]', "line 1 has the byte 0xe9, which is not UTF-8"),
    "columns of pandas by names": (json.dumps(TAGGED), r'by columns, as `to_json\(\)` of pandas writes it; .*orient="records"'),
    "values of pandas": ('[["x", 1], ["y", 2]]', r'its first row, which should have the names of its columns, has x, 1; .*orient="records"'),
    "case": ('[{"best": 1, "Best": 2}]', r"has columns of the same name: best \(column 1\) and Best \(column 2\)"),
    "dots": (json.dumps([{**RECORDS[0], "a": {"b": 1}, "a.b": 2}]), "record 1, in line 1, has two values called 'a.b'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_json_is_refused_by_its_place(name: str, tmp_path: Path) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(LoadRefused, match=rf"^a.json: .*({reason}).*; nothing was written$"):
        taken(text.encode("latin-1") if name == "latin" else text, tmp_path)


@pytest.mark.nightly
def test_a_record_that_is_too_large_is_refused_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match="record 2, in line 1, is larger than"):
        taken(json.dumps([RECORDS[0], RECORDS[1] | {"source_article": "x" * (3 << 20)}]), tmp_path)
    with pytest.raises(LoadRefused, match="has a value of more than 16 MB, which begins in line 1; save the file as a list of records"):
        taken(json.dumps([RECORDS[0], RECORDS[1] | {"source_article": "x" * (40 << 20)}]), tmp_path)


PART: dict[str, Any] = {
    "next": {"next": "https://example.org/2"}, "ucdp": {"TotalPages": 3, "NextPageUrl": "https://example.org/2"}, "last of three": {"TotalPages": 3, "NextPageUrl": ""},
    "total": {"total_count": "12"}, "links": {"links": [{"rel": "self", "href": "a"}, {"rel": "next", "href": "b"}]}, "ogc": {"numberMatched": 9},
    "nested": {"meta": {"pagination": {"next_page": 2}}}, "more": {"has_more": True}, "cursor": {"next_cursor": "abc"}, "arcgis": {"properties": {"exceededTransferLimit": True}},
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "last": {"next": None, "count": 3, "total": 3},
    "ucdp": {"TotalPages": 1, "NextPageUrl": ""},
    "none": {"has_more": False, "links": {"self": "a"}},
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("page", PART)
def test_a_page_that_says_that_there_are_more_is_a_part(tmp_path: Path, page: str) -> None:
    found = taken(json.dumps({**PART[page], "data": RECORDS}), tmp_path)
    assert found.file.read == 3
    assert "only a part of what its publisher has" in found.file.warnings[-1]
    with pytest.raises(LoadRefused, match=r"--replace s: a[.]json is only a part .* would be removed; give the files of all pages"):
        refuse_parts(found.intake, "s")


BESIDE = {
    "fields": [{"id": "best", "type": "int"}, {"id": "id", "type": "int"}], "links": [{"rel": "self", "href": "a"}], "metadata": {"columns": [{"name": "best"}]},
    "query": {"filters": {"a": {"b": 1}, "c": {"b": 2}}}, "tags": ["a", "b"], "others": [], "errors": [], "schema": {"fields": [{"name": "best"}]}, "filename": "",
    "totals": RECORDS[0], "filters": {"country": "SYR", "year": 2024},
}  # fmt: skip


def test_what_describes_records_is_no_second_list_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**BESIDE, "data": RECORDS}), "utf-8")
    assert len(opened(tmp_path / "a.json").records) == len(RECORDS)


@pytest.mark.parametrize("page", WHOLE)
def test_other_pages_are_the_whole(tmp_path: Path, page: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**WHOLE[page], "data": RECORDS}), "utf-8")
    assert not together([opened(tmp_path / "a.json").file.pages]).missing


BOTH = [{"next": "a", "data": RECORDS[:2]}, {"next": None, "data": RECORDS[2:]}]


@pytest.mark.nightly
def test_pages_in_one_file_are_no_part(tmp_path: Path) -> None:
    found = taken(json.dumps(BOTH), tmp_path)
    assert not found.intake.missing and not found.file.warnings
    refuse_parts(found.intake, "s")


def test_pages_in_one_file_or_several_are_the_whole(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(BOTH), "utf-8")
    found = opened(tmp_path / "a.json")
    assert len(found.records) == len(RECORDS) and not together([found.file.pages]).missing
    first, last = Pages(1, 2, "next", 0, 2), Pages(1, 1, "", 0, 2)
    assert first.missing == last.missing == "1 of 2 pages"
    assert not together([first, last]).missing


CRS = {
    "urn:ogc:def:crs:OGC:1.3:CRS84": True,
    "EPSG:4326": True,
    "urn:ogc:def:crs:EPSG::4326": True,
    "urn:ogc:def:crs:EPSG::3857": False,
    "EPSG:32637": False,
}


@pytest.mark.parametrize("name", CRS)
def test_coordinates_in_another_system_are_refused(tmp_path: Path, name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    for text in (
        json.dumps({"crs": crs, "type": "FeatureCollection", "features": FEATURES}),
        json.dumps({"features": FEATURES, "type": "FeatureCollection", "crs": crs}),
    ):
        (tmp_path / "a.json").write_text(text, "utf-8")
        if CRS[name]:
            assert len(opened(tmp_path / "a.json").records) == 3
        else:
            with pytest.raises(LoadRefused, match=f"has its coordinates in {name}, which are no degrees"):
                opened(tmp_path / "a.json")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("place", [["A", "C"], ["B"], {"en": "A"}])
def test_a_list_is_no_name(place: object, tmp_path: Path) -> None:
    cell = json.dumps(place) if isinstance(place, dict) else place  # An object of its own would be columns.
    records = [{"#date": "2024-03-01", "#loc+name": cell, "#affected+killed": 3}]
    (tmp_path / "a.json").write_text(json.dumps(records), "utf-8")
    found = claims(tmp_path / "a.json", tmp_path)
    (event,) = found["event"]
    assert not found["location"] and found.intake.flags == {"not_kept": 1}
    assert json.loads(json.loads(event["original"])["#loc+name"]) == place and "[" not in event["name"]
