"""Two cells of a row that contradict each other: neither is taken where nothing tells which is right, both are kept, and the row is flagged."""

from __future__ import annotations

import json
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


def test_rows_that_agree_are_not_flagged(tmp_path: Path) -> None:
    assert read(tmp_path, table([row(1)])).intake.flags == {}
    assert read(tmp_path, f"{HXL}Syria,SYR,2024-03-01,2025-01-02,2025,3\nSyria,,2024-03-01,,,3\nSyria,SYR,,,2025,1\n").intake.flags == {}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("cells", "flag", "kind", "fields"),
    [
        ({"year": "1999"}, "contradictory_cells", "event", NO_DAYS),
        ({"year": "1999"}, "contradictory_cells", "figure", ("period_start", "period_end")),
        ({"geom_wkt": "POINT (11.25 17.5)"}, "contradictory_cells", "location", NO_POINT),
        ({"priogrid_gid": "1"}, "contradictory_cells", "location", NO_POINT),
        ({"country": "Sudan"}, "contradictory_cells", "event", NO_COUNTRY),
        ({"country_id": "625"}, "contradictory_cells", "location", ("country", "part_of")),
        ({"date_end": "2016-01-01"}, "started_on_above_ended_on", "event", NO_DAYS),
        ({"date_end": "2016-01-01"}, "period_start_above_period_end", "figure", ("period_start", "period_end")),
        ({"best": "9", "high": "9"}, "contradictory_cells", "figure", ()),
    ],
)
def test_a_row_of_ged_that_contradicts_itself(tmp_path: Path, cells: dict[str, str], flag: str, kind: str, fields: tuple[str, ...]) -> None:
    found = read(tmp_path, table([row(1, **cells)]))
    assert found.intake.flags[flag] and not found.intake.flags.get("not_kept", 0) > 1 and found.intake.problems == 0
    assert found[kind] and all(claim[name] is None for claim in found[kind] for name in fields)
    stated = {**row(1), **cells}
    kept = {name: cell for claim in (*found["location"], *found["event"]) for name, cell in json.loads(claim["original"] or "{}").items()}
    assert all(kept[name] == stated[name] for name in cells if fields)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Iraq,SYR,2024-03-01,,,3", NO_COUNTRY), ("Syria,SYR,2024-03-01,2024-03-02,2023,3", NO_DAYS), ("Syria,SYR,2024-03-05,2024-03-02,,3", NO_DAYS),
    ],
)  # fmt: skip
def test_a_row_with_tags_that_contradicts_itself(tmp_path: Path, line: str, fields: tuple[str, ...]) -> None:
    columns = HXL.strip().split(",")
    entries = "".join(f'  "{tag}": "{tag}"\n' for tag in columns)
    map_format, problems = read_map(KINDS, "m.yaml", f"name: t\ntitle: T\nsource: {{id: s}}\ncolumns:\n{entries}")
    assert map_format, problems
    for asked in ("", map_format):
        found = read(tmp_path, f"{HXL}{line}\n", asked)
        (event,) = found["event"]
        assert sum(found.intake.flags.values()) >= 1 and [event[name] for name in fields] == [None for _ in fields]
        for tag, cell in zip(columns, line.split(","), strict=True):
            if (fields == NO_COUNTRY and tag.startswith("#country")) or (fields == NO_DAYS and cell and tag.startswith("#date")):
                assert json.loads(event["original"])[tag] == cell


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
