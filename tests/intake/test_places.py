"""A message names a place as the readers of the file count: by line or row in tables, by record in JSON and Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from api.errors import LoadRefused

from ..support.mapped_claims import claims

HALF = [{"Place": "#loc+name", "Dead": "#affected+killed", "Day": "day"}, {"Place": "X", "Dead": 3, "Day": "2024-01-01"}]
BARE = [{"a": "loc+name", "b": "affected+killed"}, {"a": "X", "b": 3}]


def document(value: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "a").write_text(json.dumps(value), "utf-8")
        return folder / "a"

    return write


def parquet(columns: dict[str, list[Any]]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        values = ", ".join(f'unnest({cells}) as "{name}"' for name, cells in columns.items())
        duckdb.sql(f"copy (select {values}) to '{folder / 'a'}' (format parquet)")  # What a test makes.
        return folder / "a"

    return write


def workbook(rows: list[list[Any]]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        book, packed = openpyxl.Workbook(), io.BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(packed)
        (folder / "a").write_bytes(packed.getvalue())
        return folder / "a"

    return write


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "objects": (document(HALF), "record 1 has HXL tags and cells that are not tags: 'day'; correct or empty them"),
    "keys": (document([{"#loc+name": "X", "#affected+killed": 3, "#day+13": 4}]), r"the list of its keys has HXL tags and keys that are not tags: '#day\+13'; rename"),
    "rows": (document([["Place", "Dead"], ["#loc+name", "#affected+killed", "day"]]), "row 2 has HXL tags and cells that are not tags: 'day'"),
    "objects without signs": (document(BARE), "record 1 looks like HXL tags without their number sign"),
    "keys without signs": (document([{"loc+name": "X", "affected+killed": 3}]), "the list of its keys looks like HXL tags without"),
    "unknown keys": (document([{"town": "X", "n": 3}]), "is in no known format .*; its keys are town, n"),
    "unknown key of texts": (document([{"text": "one two three four five six seven"}] * 5), "is in no known format .*; its keys are text"),
    "Parquet": (parquet({"a": ["#loc+name", "X"], "b": ["#affected+killed", "3"], "c": ["day", "4"]}), "record 1 has HXL tags and cells that are not tags: 'day'"),
    "Parquet without signs": (parquet({"a": ["loc+name", "X"], "b": ["affected+killed", "3"]}), "record 1 looks like HXL tags without"),
    "columns of Parquet": (parquet({"#loc+name": ["X"], "#affected+killed": [3], "#day+13": [4]}), "the list of its columns has HXL tags and columns that are not tags"),
    "unknown columns of Parquet": (parquet({"town": ["X"], "n": [3]}), "is in no known format .*; its columns are town, n"),
    "workbook": (workbook([[], ["Figures"], [], ["loc+name", "affected+killed"]]), "row 4 looks like HXL tags without their number sign"),
}  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_the_place_as_the_container_has_it(name: str, tmp_path: Path) -> None:
    write, message = REFUSED[name]
    with pytest.raises(LoadRefused, match=rf"^a: {message}.*; nothing was written$"):
        claims(write(tmp_path), tmp_path)


TAGS, ROWS = ["#event+name", "#affected+killed"], [["a\nb", n] for n in range(40)]


@pytest.mark.parametrize(
    ("write", "place"),
    [
        pytest.param(document([TAGS, *ROWS, ["z", 2, 3]]), "row 42", marks=pytest.mark.nightly),
        (workbook([[], TAGS, [], *ROWS, ["z", 2, 3]]), "row 44"),
    ],
)
def test_a_row_with_too_many_cells_has_its_number(write: Callable[[Path], Path], place: str, tmp_path: Path) -> None:
    found = claims(write(tmp_path), tmp_path)
    assert [one.record for one in found.intake.rejections] == [place] and len(found["event"]) == 40


def test_a_record_that_is_no_object_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"#event": "a"}\n\n{"#event": "b"}\n[1]\n', "utf-8")
    with pytest.raises(LoadRefused, match=r"^a.json: record 3, in line 4, is not an object, as the first is: \[1\]"):
        claims(tmp_path / "a.json", tmp_path)


def test_a_format_that_is_asked_for_is_looked_for_among_records(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match="has no HXL tags, neither among its keys nor in one of the first 25 records"):
        claims(document([{"a": 1}])(tmp_path), tmp_path, asked="hxl")
