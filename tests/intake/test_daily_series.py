"""Daily series: every number of the files arrives once, in the right series, and each oddity is flagged; expectations by the standard library alone."""

from __future__ import annotations

import csv
import datetime as dt
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import SAMPLES, Instance
from ..support.mapped_claims import claims_and_intake, opened
from ..support.properties import NIGHTLY, cases, examples

here = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}")
Rows = list[dict[str, Any]]

GAZA, DAMAGE, LEBANON = (f"palestine/{one}.json" for one in ("casualties_daily", "infrastructure-damaged", "lebanon_casualties_daily"))
EQUIPMENT, PERSONNEL, PICTURES = (
    "ukraine/russia_losses_equipment.json",
    "ukraine/russia_losses_personnel.json",
    "ukraine/event_abandoned.csv",
)
# Those that other tests read too; the rest is read each night.
SERIES = cases([GAZA, DAMAGE, LEBANON, EQUIPMENT, PERSONNEL], [GAZA, LEBANON, PERSONNEL])
PERIODS = {"killed", "injured", "ext_killed", "ext_injured"}  # The numbers of a period.
# What is no number of ours, and stays in the record alone.
ASIDE = {
    GAZA: {"report_period", "ext_massacres_cum", "massacres_cum", "killed_truce_new", "killed_committee", "killed_recovered", "killed_succumbed"},
    DAMAGE: set[str](), LEBANON: {"report_period", "phase"}, EQUIPMENT: {"day"}, PERSONNEL: {"day"},
}  # fmt: skip


def flat(record: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


@cache
def records(name: str) -> Rows:
    return [dict(flat(one)) for one in json.loads((SAMPLES / name).read_text("utf-8"))]


def numbers(name: str) -> dict[str, list[tuple[str, int]]]:
    """Every number of a file that is a figure: by its name, the day and the value."""
    found = defaultdict(list)
    for record in records(name):
        day = record.get("report_date") or record["date"]
        for key, value in record.items():
            unreported = value == 0 and record.get("report_period") == 0 and key in PERIODS
            if isinstance(value, int) and key not in ASIDE[name] and not unreported:
                found[key].append((day, value))
    return found


def falls(series: dict[str, list[tuple[str, int]]]) -> int:
    return sum(later < earlier for one in series.values() for (_, earlier), (_, later) in pairwise(one))


@cache
def sample(name: str) -> tuple[dict[str, Rows], Any]:
    """The claims by kind that a sample becomes, and its intake; made once for all tests, which only read them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes((SAMPLES / name).read_bytes())
        return claims_and_intake(Path(folder), None, path.name)


@here
@pytest.mark.parametrize("name", SERIES)
def test_every_number_is_one_figure(name: str) -> None:
    """Each value of each day, zeros too, and nothing for what is absent; 79, 15, 2, 8 and 2 sets of names."""
    found, told = sample(name)
    expected = Counter((day, value) for one in numbers(name).values() for day, value in one)
    assert Counter((row["period_end"], int(row["best"] or row["low"])) for row in found["figure"]) == expected
    assert len({row["id"] for row in found["figure"]}) == len(found["figure"]) == expected.total()
    assert not told.problems and told.sum("read") == len(records(name)) and told.sum("repeated") == 0


@here
@pytest.mark.parametrize("name", SERIES)
def test_every_record_is_kept_unchanged_once(name: str) -> None:
    found, _ = sample(name)
    kept = [json.loads(row["original"]) for row in found["figure"] if row["original"]]
    key = next(one for one in ("report_date", "date") if one in kept[0])
    assert sorted(kept, key=lambda one: one[key]) == json.loads((SAMPLES / name).read_text("utf-8"))


@here
@pytest.mark.parametrize("name", SERIES)
def test_each_column_is_a_series_of_its_own(name: str) -> None:
    """A name of the file is told apart by what a figure says; what two names could share would be one series where there are two."""
    found, _ = sample(name)
    parts = ("event", "measure", "population", "actor", "unit", "origin", "basis")
    series = defaultdict(set)
    for row in found["figure"]:
        said = row["id"].split(row["period_end"] + "-")[1]
        if row["basis"]:
            series[tuple(row[one] for one in parts)].add(said)
    assert all(len(names) == 1 for names in series.values()), [one for one in series.items() if len(one[1]) > 1]


def running(name: str) -> dict[str, list[tuple[str, int]]]:
    """The running totals; of Lebanon the ministry's count, by phase."""
    series = {key: one for key, one in numbers(name).items() if name not in (GAZA, LEBANON) or "_cum" in key}
    if name == LEBANON:
        for key in ("killed_cum_reported", "injured_cum_reported"):
            del series[key]
            for phase in (1, 2):
                series[f"{key} {phase}"] = [(one["report_date"], one[key]) for one in records(name) if one["phase"] == phase]
    return series


@here
@pytest.mark.parametrize("name", SERIES)
def test_falling_totals_are_kept_and_flagged(name: str) -> None:
    expected = falls(running(name))
    _, told = sample(name)
    assert told.flags.get("cumulative_falls", 0) == expected
    assert expected == {GAZA: 4, LEBANON: 0}.get(name, expected)


@here
def test_a_period_follows_from_its_hours_and_zero_hours_have_no_period() -> None:
    found, _ = sample(GAZA)
    hours = {one["report_date"]: one["report_period"] for one in records(GAZA)}
    flows = [row for row in found["figure"] if row["id"].endswith(("-killed", "-injured"))]
    assert {hours[row["period_end"]] for row in flows} == {0, 24, 48, 72, 96}
    earlier = {one["report_date"]: one.get("killed_committee", 0) + one.get("killed_recovered", 0) for one in records(GAZA)}
    for row in flows:
        days = hours[row["period_end"]] // 24
        first = dt.date.fromisoformat(row["period_end"]) - dt.timedelta(days - 1)
        of_its_days = days and not (row["measure"] == "killed" and earlier[row["period_end"]])
        assert (row["basis"], row["period_start"]) == (("flow", str(first)) if of_its_days else ("", ""))


@here
def test_the_office_that_reported_is_quoted() -> None:
    found, _ = sample(GAZA)
    said = {one["report_date"]: one["report_source"] for one in records(GAZA)}
    for row in found["figure"]:
        office = {"mohtel": '{"t4p-mohtel"}', "gmotel": '{"t4p-gmotel"}', "missing": ""}[said[row["period_end"]]]
        extrapolated = "-ext_" in row["id"]
        assert (row["origin"], row["quoted_from"]) == (("extrapolated", "") if extrapolated else ("reported", office)), row
    assert {row["id"] for row in found["source"]} == {"t4p-mohtel", "t4p-gmotel"}


@here
def test_a_phase_is_an_event_of_its_own() -> None:
    found, told = sample(LEBANON)
    events = {row["id"]: row for row in found["event"]}
    assert {one: row["part_of"] for one, row in events.items()} == {
        "t4p-lebanon": "", "t4p-lebanon-phase-1": "t4p-lebanon", "t4p-lebanon-phase-2": "t4p-lebanon",
    }  # fmt: skip
    counts = {(row["event"], row["period_end"]): row["best"] for row in found["figure"] if row["id"].endswith("-killed_cum_reported")}
    assert counts["t4p-lebanon-phase-1", "2024-12-04"] == "4047" and counts["t4p-lebanon-phase-2", "2026-03-05"] == "123"
    assert not told.flags


@here
def test_more_than_is_a_lower_bound_and_others_are_approximate() -> None:
    found, _ = sample(PERSONNEL)
    said = {one["date"]: one for one in records(PERSONNEL)}
    losses = [row for row in found["figure"] if row["measure"] == "casualties"]
    assert len(losses) == len(said) and sum(bool(row["low"]) for row in losses) == 6
    for row in losses:
        number, more = str(said[row["period_end"]]["personnel"]), said[row["period_end"]]["personnel*"] == "more"
        assert (row["low"], row["best"], row["quantifier"]) == ((number, "", "more_than") if more else ("", number, "approximately"))
    assert {row["attributed_to"] for row in found["figure"]} == {"General Staff of the Armed Forces of Ukraine"}
    assert sum(row["measure"] == "detained" for row in found["figure"]) == sum("POW" in one for one in said.values())


def test_types_that_were_merged_are_part_of_the_type_that_counts_them_now(tmp_path: Path) -> None:
    """Or the last total of the old series would be added to the first of the new one."""
    counts = {"tank": 1, "APC": 2, "field artillery": 3, "MRL": 4}
    days = [
        {"date": "2022-04-30", "day": 66, **counts, "military auto": 1701, "fuel tank": 76, "mobile SRBM system": 4},
        {"date": "2022-05-01", "day": 67, **counts, "vehicles and fuel tanks": 1796, "cruise missiles": 84},
    ]
    for name, taken in (("a.json", days), ("b.json", days[:1]))[: 2 if NIGHTLY else 1]:
        found, told = taken_days(tmp_path, *taken, name=name)
        parts = {row["id"].removeprefix("russian-losses-"): row["part_of"] for row in found["event"]}
        expected = Counter((day["date"], value) for day in taken for key, value in day.items() if isinstance(value, int) and key != "day")
        assert Counter((row["period_end"], int(row["best"])) for row in found["figure"]) == expected
        assert parts["military-auto"] == parts["fuel-tank"] == "russian-losses-vehicles-and-fuel-tanks"
        assert parts["mobile-srbm-system"] == "russian-losses-cruise-missiles"
        assert parts["vehicles-and-fuel-tanks"] == parts["cruise-missiles"] == "russian-invasion-of-ukraine-2022" and not told.problems


@here
def test_a_lost_vehicle_is_an_event_without_a_date() -> None:
    found, told = sample(PICTURES)
    with (SAMPLES / PICTURES).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found["figure"]) == 2473 and not told.problems
    assert len({row["url"] for row in rows}) == len(found["source"])
    assert Counter(row["actor"] for row in found["figure"]) == Counter(f"armed-forces-of-{row['country'].lower()}" for row in rows)
    assert all(row["started_on"] == row["ended_on"] == "" for row in found["event"] if row["id"].startswith("oryx-"))
    kept = {row["id"].removeprefix("oryx-"): json.loads(row["original"]) for row in found["event"] if row["original"]}
    pictures = {row["id"]: row["url"] for row in found["source"]}
    quoted = {row["id"].removeprefix("oryx-"): pictures[row["quoted_from"].strip('{}"')] for row in found["event"] if row["quoted_from"]}
    for row in rows:
        assert quoted[row["matID"]] == row["url"] and kept[row["matID"]]["date_recorded"] == row["date_recorded"]


@pytest.mark.nightly
@here
async def test_the_daily_series_load_and_the_same_again_changes_nothing(store: Instance) -> None:
    for name in (LEBANON, DAMAGE, PERSONNEL) if NIGHTLY else (LEBANON,):
        receipt = await load_files(KINDS, store.url, [SAMPLES / name], LoadOptions())
        assert (receipt.added, receipt.changed) == (len(records(name)), 0)
        again = await load_files(KINDS, store.url, [SAMPLES / name], LoadOptions())
        assert again.revision is None and again.unchanged == len(records(name))
    async for proof in verify(KINDS, store.url):
        assert not proof.contradictions, proof.name
    ((best, root),) = await store.rows(
        "select f.best, s.id from figure f join figure_claim c on c.record = f.key join source o on o.key = any(c.quoted_from) join source s on s.key = o.root "
        "where f.id = 't4p-lebanon-2023-11-14-killed_cum_reported'"
    )
    assert (best, root) == (Decimal(77), "t4p-moph-lb")  # OCHA relays what the ministry counted.


DAY = {"report_date": "2024-01-02", "report_source": "mohtel", "report_period": 24, "killed": 0, "ext_killed_cum": 5, "ext_injured_cum": 7}


def taken_days(folder: Path, *days: dict[str, Any], name: str = "a.json") -> tuple[dict[str, Rows], Any]:
    (folder / name).write_text(json.dumps(days), "utf-8")
    return claims_and_intake(folder, None, name)


# Days of invented reports; all are in one file.
REPORTED = [
    {**DAY, "report_period": 0, "injured": 0, "ext_killed": 0},
    {**DAY, "report_date": "2024-01-03", "report_period": 0, "killed": 4},
    {**DAY, "report_date": "2024-01-04", "killed": 786, "injured": 9, "killed_committee": 720},
    {**DAY, "report_date": "2024-01-05", "killed": 20, "killed_recovered": 18, "killed_committee": 0},
    {**DAY, "report_date": "2024-01-06", "killed": 20, "killed_recovered": 0},
]
ZERO, NULL, ABSENT = ({**DAY, "report_date": f"2024-02-0{day}"} for day in (1, 2, 3))
NULL["killed"] = None
del ABSENT["killed"]
REPEATED = {**DAY, "report_date": "2024-03-01"}
DIFFERING = {**DAY, "report_date": "2024-03-02", "ext_killed_cum": None}


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Rows], Any]:
    days = [*REPORTED, ZERO, NULL, ABSENT, REPEATED, REPEATED, DIFFERING, {**DIFFERING, "killed": 3}]
    return taken_days(tmp_path_factory.mktemp("days"), *days)


def kept(found: dict[str, Rows], month: str) -> dict[str, dict[str, Any]]:
    """The records of a month as they are kept, by their day."""
    records = [json.loads(row["original"]) for row in found["figure"] if row["original"]]
    return {one["report_date"]: one for one in records if one["report_date"].startswith(month)}


def test_nothing_reported_is_no_zero_and_deaths_of_earlier_days_are_not_of_the_day(invented: tuple[dict[str, Rows], Any]) -> None:
    found, _ = invented
    january = [row for row in found["figure"] if row["period_end"].startswith("2024-01")]
    flows = {(row["period_end"][-2:], row["measure"]): (row["best"], row["basis"]) for row in january if "_cum" not in row["id"]}
    assert flows == {
        ("03", "killed"): ("4", ""), ("04", "killed"): ("786", ""), ("04", "injured"): ("9", "flow"), ("05", "killed"): ("20", ""),
        ("06", "killed"): ("20", "flow"),
    }  # fmt: skip
    assert [*kept(found, "2024-01").values()] == REPORTED


def test_absent_null_and_zero_differ(invented: tuple[dict[str, Rows], Any]) -> None:
    found, _ = invented
    february = [row for row in found["figure"] if row["period_end"].startswith("2024-02")]
    assert [(row["period_end"], row["best"]) for row in february if row["id"].endswith("-killed")] == [("2024-02-01", "0")]
    assert [("killed" in one, one.get("killed")) for _, one in sorted(kept(found, "2024-02").items())] == [
        (True, 0),
        (True, None),
        (False, None),
    ]


def test_a_repeated_day_is_taken_once_and_of_those_that_differ_none_is(invented: tuple[dict[str, Rows], Any]) -> None:
    found, told = invented
    assert told.sum("repeated") == 1 and told.flags["repeated"] == 1 and [*kept(found, "2024-03")] == ["2024-03-01"]
    assert told.sum("rejected") == 2 and "only one of them can be right" in told.rejections[0].reason


# The cells of a day, and the columns that its rejections name.
INVALID_DAYS: list[tuple[dict[str, Any], set[str]]] = [
    ({"report_date": "2024/01/02"}, {"report_date"}), ({"report_date": None}, {"report_date"}), ({"report_source": "hearsay"}, {"report_source"}),
    ({"report_period": 36}, {"report_period"}), ({"report_period": -24}, {"report_period"}), ({"killed": "many"}, {"killed"}),
    ({"killed": [1]}, {"killed"}), ({"killed": 10**30}, {"killed"}), ({"killed": None, "ext_killed_cum": None, "ext_injured_cum": None}, {""}),
]  # fmt: skip


def test_an_invalid_day_is_rejected_by_name(tmp_path: Path) -> None:
    """All in one file, each of them another day."""
    days = [{**DAY, "report_date": f"2024-02-{n:02}", **cells} for n, (cells, _) in enumerate(INVALID_DAYS, 1)]
    _, intake = taken_days(tmp_path, DAY, *days)
    assert (intake.sum("read"), intake.sum("rejected")) == (len(days) + 1, len(days))
    entries = {rejection.record for rejection in intake.rejections}
    assert len(entries) == len(days)
    for number, (day, (_, fields)) in enumerate(zip(days, INVALID_DAYS, strict=True), 2):
        names = {f"record {number}", f"report_date {day['report_date']}"}
        assert {one.field for one in intake.rejections if one.record in names} == fields, (day, intake.rejections)


@pytest.mark.nightly
def test_the_same_days_make_the_same_claims_in_every_container(tmp_path: Path) -> None:
    days = [DAY, {**DAY, "report_date": "2024-01-03", "killed": 4, "report_period": 48}]
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(one) + "\n" for one in days), "utf-8")
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(DAY))
        writer.writeheader()
        writer.writerows(days)

    def plain(found: dict[str, Rows]) -> dict[str, Rows]:
        return {kind: [{**row, "original": ""} for row in rows] for kind, rows in found.items()}

    found, of_csv = taken_days(tmp_path, *days)[0], claims_and_intake(tmp_path, None, "a.csv")[0]
    assert plain(found) == plain(of_csv)
    lines, whole = opened(tmp_path / "a.ndjson"), opened(tmp_path / "a.json")
    assert (lines.file.format, lines.file.columns, lines.records) == (whole.file.format, whole.file.columns, whole.records)


SOUND = json.dumps([DAY, {**DAY, "report_date": "2024-01-03", "ext_killed_cum": 4, "injured": 12}]).encode()


@pytest.mark.nightly
@examples(default=2, nightly=300)
@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=2), st.integers(0, 3))
def test_a_damaged_file_is_refused_or_reported_and_never_repaired(
    tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, cut: int
) -> None:
    damaged = SOUND[:at] + put + SOUND[at + cut :]
    (folder := tmp_path_factory.mktemp("damaged")).joinpath("a.json").write_bytes(damaged)
    try:
        found, told = claims_and_intake(folder, None, "a.json")
    except LoadRefused:
        return
    if told.problems:
        return
    read = {one["report_date"].strip(): one for one in json.loads(damaged.decode("utf-8"))}
    for row in found["figure"]:
        day, name = row["id"].removeprefix("t4p-gaza-")[:10], row["id"][20:]
        assert Decimal(row["best"]) == Decimal(str(read[day][name]).strip()), damaged
    kept = [json.loads(row["original"]) for row in found["figure"] if row["original"]]
    assert sorted(map(str, kept)) == sorted(str(one) for one in read.values())
