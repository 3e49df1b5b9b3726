"""Two cells of a row that contradict each other: neither is taken where nothing tells which is right, both are kept, and the row is flagged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from schema.formats import FORMATS
from schema.formats.maps import read_map
from schema.kinds import KINDS

from ..support.ged_rows import row, table
from ..support.mapped_claims import Claims, claims

HXL = "#country+name,#country+code,#date+start,#date+end,#date+year,#affected+killed\n"
NO_DAYS, NO_COUNTRY, NO_POINT = ("started_on", "ended_on"), ("country",), ("latitude", "longitude")


def read(folder: Path, text: str, asked: Any = "") -> Claims:
    (folder / "a.csv").write_text(text, "utf-8")
    (work := folder / "work").mkdir(exist_ok=True)
    return claims(folder / "a.csv", work, "s", asked)


AGREEING_LINES = [
    "Syria,SYR,2024-03-02,2025-01-02,2024,3",
    "Syria,SYR,2024-03-01,2025-01-02,2025,3",
    "Syria,,2024-03-01,,,3",
    "Syria,SYR,,,2025,1",
]
# The cells of a row of GED, its flag, and the kind and the fields of which nothing is taken.
ROWS: list[tuple[dict[str, str], str, str, tuple[str, ...]]] = [
    ({"year": "1999"}, "contradictory_cells", "event", NO_DAYS),
    ({"year": "1998"}, "contradictory_cells", "figure", ("period_start", "period_end")),
    ({"geom_wkt": "POINT (11.25 17.5)"}, "contradictory_cells", "location", NO_POINT),
    ({"priogrid_gid": "1"}, "contradictory_cells", "location", NO_POINT),
    ({"priogrid_gid": "1e30"}, "contradictory_cells", "location", NO_POINT),
    ({"country": "Sudan"}, "contradictory_cells", "event", NO_COUNTRY),
    ({"country_id": "625"}, "contradictory_cells", "location", ("country", "part_of")),
    ({"date_end": "2016-01-01"}, "started_on_above_ended_on", "event", NO_DAYS),
    ({"date_end": "2016-01-02"}, "period_start_above_period_end", "figure", ("period_start", "period_end")),
    ({"best": "9", "high": "9"}, "contradictory_cells", "figure", ()),
    ({}, "", "event", ()),
]


@pytest.fixture(scope="module")
def ged(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """One file for all rows, each with an id and a place of its own."""
    rows = [row(1, **{"id": str(n), "where_coordinates": f"Place {n}", **cells}) for n, (cells, *_) in enumerate(ROWS, 1)]
    found = read(tmp_path_factory.mktemp("ged"), table(rows))
    assert found.intake.problems == 0 and found.file.read == len(ROWS)
    return found


def flags_of(found: Claims, record: int) -> set[str]:
    told = [message for message in found.intake.flag_messages if re.match(rf"a.csv, record {record}[,:]", message)]
    return {message.rpartition("(")[2].rstrip(")") for message in told}


@pytest.mark.parametrize("number", range(1, len(ROWS) + 1))
def test_a_row_of_ged_that_contradicts_itself(ged: Claims, number: int) -> None:
    cells, flag, kind, fields = ROWS[number - 1]
    (event,) = (one for one in ged["event"] if one["id"] == f"ucdp-ged-{number}")
    place = ged.by_id("location")[str(event["location"])]
    claims_of = {"event": [event], "figure": [one for one in ged["figure"] if one["event"] == event["id"]], "location": [place]}
    assert (flag in flags_of(ged, number)) == bool(cells) and (cells or not flags_of(ged, number))
    assert sum("not_kept" in message for message in ged.intake.flag_messages if f"record {number}," in message) <= 1
    assert claims_of[kind] and all(claim[name] is None for claim in claims_of[kind] for name in fields)
    kept = {name: cell for claim in (place, event) for name, cell in json.loads(claim["original"] or "{}").items()}
    assert all(kept[name] == {**row(1), **cells}[name] for name in cells if fields)


LINES = {
    "Iraq,SYR,2024-03-01,,,3": NO_COUNTRY, "Syria,SYR,2024-03-01,2024-03-02,2023,3": NO_DAYS, "Syria,SYR,2024-03-05,2024-03-02,,3": NO_DAYS,
    **dict.fromkeys(AGREEING_LINES, ()),
}  # fmt: skip


@pytest.mark.parametrize("by_map", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_a_row_with_tags_that_contradicts_itself(tmp_path: Path, by_map: bool) -> None:
    columns = HXL.strip().split(",")
    entries = "".join(f'  "{tag}": "{tag}"\n' for tag in columns)
    map_format, problems = read_map(KINDS, "m.yaml", f"name: t\ntitle: T\nsource: {{id: s}}\ncolumns:\n{entries}")
    assert map_format, problems
    found = read(tmp_path, HXL + "".join(f"{line}\n" for line in LINES), map_format if by_map else "")
    events = {event["locator"]: event for event in found["event"]}
    for number, (line, fields) in enumerate(LINES.items(), 1):
        cells = dict(zip(columns, line.split(","), strict=True))
        kept = [
            tag
            for tag in columns
            if fields and ((fields == NO_COUNTRY and "country" in tag) or (fields == NO_DAYS and cells[tag] and "date" in tag))
        ]
        event = events[f"record {number}"]
        assert bool(flags_of(found, number)) == bool(fields), line
        assert [event[name] for name in fields] == [None for _ in fields], line
        assert [json.loads(str(event["original"]))[tag] for tag in kept] == [cells[tag] for tag in kept], line


def test_a_first_day_after_the_last_one_rejects_a_row_of_our_own(tmp_path: Path) -> None:
    found = read(
        tmp_path, "id,source,name,kind,started_on,ended_on\ne,s,N,other,2024-03-05,2024-03-01\nf,s,N,other,2024-03-05,2024-03-05\n"
    )
    assert [claim["id"] for claim in found["event"]] == ["f"]
    assert "started_on, '2024-03-05': the last day is before the first; correct one of them" in str([*map(str, found.intake.rejections)])


def test_agreements_name_fields_that_there_are() -> None:
    for format in FORMATS:
        for agreement in format.agreements_for(["#country+name", "#country+code", "#date", "#date+year"]):
            assert all(name in KINDS[kind].fields for kind, name in (field.split(".") for field in agreement.fields)), format.name
