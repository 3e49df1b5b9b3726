"""Damaged files of UCDP GED: every record is rejected by name, or can be rebuilt exactly; nothing is lost or repaired silently."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.intake.intake import FileIntake
from api.intake.result import Intake
from api.loading.files import LoadOptions, load_files
from api.sql.duckdb import scan
from api.sql.duckdb.mapped_file import MAX_VALUE_LENGTH
from schema.formats.ucdp_ged import COLUMNS
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.ged_rows import Cells, geojson, known_cells, rebuild_rows, row, rows, table, take_in
from ..support.properties import examples
from .test_ucdp_ged import written, zipped

LINE = table([row(4)], header=False)
# How a line is broken, and the message about it.
BROKEN_LINES: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "a short row": (lambda line: line[: line.rindex(",")] + "\n", "missing columns"),
    "a long row": (lambda line: line.rstrip() + ",x\n", "too many columns"),
    "a quotation mark that stays open": (
        lambda line: line.replace("Land: Government", '"Land: Government'),
        "unterminated|missing columns|too many",
    ),
    "a byte of Latin-1": (lambda line: line.replace("Tówn", "T\xf3wn").encode("latin-1"), "not UTF-8"),
}

# The value of a cell, and the message about it.
INVALID_CELLS: dict[str, tuple[Cells, str]] = {
    "an unknown type of violence": ({"type_of_violence": "4"}, "type_of_violence, '4': is not one of 1, 2, 3"),
    "no type of violence": ({"type_of_violence": ""}, "type_of_violence: is missing"),
    "a date that does not exist": ({"date_start": "2016-02-30"}, "date_start, '2016-02-30': must be a date"),
    "a precision between two levels": ({"date_prec": "1.6"}, "date_prec, '1.6': is not on the scale"),
    "a number with a letter": ({"deaths_b": "4k"}, "deaths_b, '4k': must be a number"),
    "a number with more digits than are stored": (
        {"deaths_b": "4.0000000000000000001"},
        "deaths_b, '4.0000000000000000001': must be a number",
    ),
    "no id": ({"id": ""}, "id: is missing"),
    "a side whose number is words": ({"side_b_new_id": "A B"}, "side_b_new_id, 'A B': is no id of this format"),
    "a country whose number is words": ({"country_id": "A B"}, "country_id, 'A B': is no id of this format"),
    "an id that is words": ({"id": "A B"}, "id, 'A B': is no id of this format"),
    "an id with more digits than ours have": ({"id": "9" * 140}, f"id, '{'9' * MAX_VALUE_LENGTH}': must be an id of letters, digits"),
    "a latitude off the globe": ({"latitude": "100.25"}, "latitude, '100.25': must be between"),
}

SOUND = table(rows(3)).encode(), table([row(5), row(6)], header=False).encode()


def take_in_with_rejects(path: Path, folder: Path) -> tuple[Intake, list[dict[str, Any]]]:
    """What a file becomes, and the rejected records as `--reject-to` writes them."""
    (work := folder / "work").mkdir()
    with closing(FileIntake(KINDS, work)) as file_intake:
        file_intake.add_file(path, "ucdp-ged")
        intake = file_intake.finish()
        events = file_intake.write_claims("event").read_text("utf-8")
        assert all(f"ucdp-ged-{n}," in events for n in (1000, 1001, 1002, 1005, 1006))
        file_intake.write_rejects(folder / "rejects.ndjson")
    rejects = [json.loads(line) for line in (folder / "rejects.ndjson").read_text("utf-8").splitlines()]
    assert {reject["file"] for reject in rejects} <= {path.name}
    return intake, rejects


@pytest.mark.sampled(1)
@pytest.mark.parametrize("damage", BROKEN_LINES)
def test_a_broken_line_is_rejected_by_name(tmp_path: Path, damage: str) -> None:
    spoil, message = BROKEN_LINES[damage]
    spoiled = spoil(LINE)
    assert spoiled != LINE
    bad = spoiled if isinstance(spoiled, bytes) else spoiled.encode()
    intake, rejects = take_in_with_rejects(written(tmp_path, SOUND[0] + bad + SOUND[1], "ged.csv"), tmp_path)
    pieces = 2 if "stays open" in damage else 1  # A record of two lines that cannot be split into cells is two rejections.
    assert (intake.sum("read"), intake.sum("rejected"), intake.claims["event"]) == (5 + pieces, pieces, 5)
    assert len(intake.rejections) == len(rejects) == pieces
    assert any(re.search(rf"^ged\.csv, line 8: .*({message})", str(rejection)) for rejection in intake.rejections), intake.rejections
    assert "\n".join(reject["record"] for reject in rejects) + "\n" == bad.decode("utf-8", errors="backslashreplace")
    assert any(re.search(message, json.dumps(reject["reasons"])) for reject in rejects)


def test_an_invalid_cell_is_rejected_by_name(tmp_path: Path) -> None:
    """All in one file: each of its records has one invalid cell."""
    given = [row(4, **{"id": str(2001 + n), **cells}) for n, (cells, _) in enumerate(INVALID_CELLS.values())]
    intake, rejects = take_in_with_rejects(
        written(tmp_path, SOUND[0] + table(given, header=False).encode() + SOUND[1], "ged.csv"), tmp_path
    )
    assert (intake.sum("read"), intake.sum("rejected"), intake.claims["event"]) == (5 + len(given), len(given), 5)
    assert len(intake.rejections) == len(rejects) == len(given)
    by_entry = {reject["entry"]: reject for reject in rejects}
    for number, (cells, (_, message)) in enumerate(zip(given, INVALID_CELLS.values(), strict=True), 4):
        entry = f"id {cells['id']}" if cells["id"] else f"record {number}"
        (rejection,) = (rejection for rejection in intake.rejections if rejection.record == entry)
        assert str(rejection).startswith(f"ged.csv, {entry}, {message}"), rejection
        reject = by_entry[entry]
        assert set(reject["record"]) == set(COLUMNS) and message.rpartition(": ")[2] in reject["reasons"][0]


@pytest.mark.nightly
@pytest.mark.parametrize("damage", ["short", "date"])
async def test_a_load_with_a_rejected_record_writes_nothing_unless_it_is_set_aside(store: Instance, tmp_path: Path, damage: str) -> None:
    bad, message, place = {
        "short": (LINE[: LINE.rindex(",")] + "\n", "missing columns", "line 8"),
        "date": (LINE.replace("2016-01-05", "2016-02-30"), "date_start, '2016-02-30': must be a date", "id 1004"),
    }[damage]
    path = written(tmp_path, SOUND[0] + bad.encode() + SOUND[1], "ged.csv")
    with pytest.raises(LoadRefused, match=rf"ged\.csv, {place}.*{message}") as refused:
        await load_files(KINDS, store.url, [path], LoadOptions(source="ucdp-ged"))
    assert "nothing was written" in str(refused.value) and await store.rows("select from event") == []
    receipt = await load_files(KINDS, store.url, [path], LoadOptions(source="ucdp-ged", reject_to=(rejects := tmp_path / "rejects.ndjson")))
    assert (receipt.intake.sum("read"), receipt.claims["event"]["added"], receipt.intake.sum("rejected")) == (6, 5, 1)
    ids = [event["id"] for event in await store.rows("select id from event order by id")]
    assert ids == [f"ucdp-ged-{n}" for n in (1000, 1001, 1002, 1005, 1006)]
    (line,) = rejects.read_text("utf-8").splitlines()
    reject = json.loads(line)
    assert message.rpartition(": ")[2] in json.dumps(reject["reasons"]) and (
        isinstance(reject["record"], str) or set(reject["record"]) == set(COLUMNS)
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (table(rows()).replace("North", "No\0rth", 1), "line 3 contains a NUL character"),
        (table(rows()).encode("utf-16-le"), "line 1 contains a NUL character"),
        (zipped(table(rows()).replace("North", "No\0rth", 1)), r"file/GEDEvent\.csv: line 3 contains a NUL character"),
        (geojson(rows()).replace('"North"', '"No\\u0000rth"', 1), "contains a NUL character"),
        (table(rows()).encode().replace(b"relid", b"rel\xefd"), "line 1 has the byte 0xef, which is not UTF-8"),
        (table(rows()).replace("deaths_a", "deaths_x"), "to be read as ucdp-ged, it lacks the column deaths_a"),
        (zipped(table(rows()))[:-40], "cannot be unpacked"),
        (geojson(rows())[:-200], "is not complete: the value that begins in line"),
        ("", "is empty"),
        ('"' + "x" * 300_000, "is in no known format|has no header"),
    ],
    ids=["NUL", "UTF-16", "NUL in a zip", "NUL in JSON", "Latin-1 header", "no column", "cut zip", "cut GeoJSON", "empty", "endless cell"],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(LoadRefused, match=message) as refused:
        take_in(written(tmp_path, content))
    assert str(refused.value).startswith("file")


# Any damage at all.

JUNK = st.one_of(
    st.sampled_from(["", " ", "0", "-1", "1.5", "1e3", "NA", "null", "9999", "2016-13-01", '"', '""', ",", ";", "\n", "\r", "\t", "é", "#x", "1753-01-01", "'", "\\", "99999999999999999999"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid file with one damage."""
    given, columns = rows(draw(st.integers(2, 5))), list(COLUMNS)
    kind = draw(st.sampled_from(["cell", "raw", "truncated", "quote", "byte", "dropped", "renamed", "swapped", "repeated"]))
    at, column = draw(st.integers(0, len(given) - 1)), draw(st.sampled_from(columns))
    if kind == "cell":
        given[at][column] = draw(JUNK)
    elif kind == "dropped":
        columns.remove(column)
    elif kind == "swapped":
        given.reverse()
    elif kind == "repeated":
        given.insert(draw(st.integers(0, len(given))), {**given[at], column: draw(st.sampled_from([given[at][column], "7"]))})
    names = {column: draw(st.sampled_from([column.upper(), column[:-1], "id", "record", "x y", ""]))} if kind == "renamed" else {}
    text = table(given, columns, True, **names).encode()
    place = draw(st.integers(0, len(text) - 1))
    if kind == "raw":
        return text[:place] + draw(JUNK).encode() + text[place + 1 :]
    if kind == "truncated":
        return text[:place]
    if kind == "quote":
        return text[:place] + b'"' + text[place:]
    if kind == "byte":
        return text[:place] + bytes([draw(st.integers(0, 255))]) + text[place + 1 :]
    return text


@pytest.mark.nightly
@examples(default=2, nightly=300)
@given(damaged())
def test_damage_is_rejected_by_name_or_represented_exactly(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Every record of the file is rejected, or can be rebuilt to the letter from its claims."""
    path = written(tmp_path_factory.mktemp("damaged"), content)
    try:
        intake, tables = take_in(path)
    except LoadRefused as refusal:
        assert str(refusal).startswith(path.name)
        return
    columns = list(intake.files[0].columns)
    read, rejected, repeated = (intake.sum(name) for name in ("read", "rejected", "repeated"))
    events = tables.get("event", [])
    assert read == rejected + repeated + len(events) and bool(rejected) == bool(intake.problems)
    records = read_plainly(content, columns)
    assert read == len(records) or intake.problems
    expected = [known_cells(dict(zip(columns, cells, strict=False))) for cells in records if len(cells) == len(columns)]
    for cells in rebuild_rows(tables, columns).values() if events else ():
        assert cells in expected


def read_plainly(content: bytes, columns: list[str]) -> list[list[str]]:
    """The records as Python's csv reads them, without the header."""
    text = content.decode("utf-8-sig", errors="replace")
    lines = [cells for cells in csv.reader(io.StringIO(text, newline="")) if cells]
    has_header = [name.lower() for name in scan.distinct_names([cell.strip() for cell in lines[0]])] == [name.lower() for name in columns]
    return lines[1:] if has_header else lines
