"""Spellings of numbers, dates, degrees, codes and empty cells, from the file through a load to what REST serves; see tests/support/spellings.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.loading.files import LoadOptions, load_files
from schema.kinds import KINDS
from schema.model.types import DATE, LATITUDE, NUMBER

from ..conftest import Instance
from ..support.csv_files import write_csv
from ..support.spellings import GOOD

SPELLED = dict(GOOD)
# Of numbers, those that people can have.
COUNTS = {text: value for text, value in SPELLED[NUMBER].items() if value.isdecimal() and len(value) < 16}
EMPTY = ["", "NA", "n/a", "NaN", "null", "-", "\\N"]
TAGS = ["#event+name", "#date", "#geo+lat", "#geo+lon", "#country+code", "#affected+killed"]
HEADER = ["Name", "Day", "Latitude", "Longitude", "Country", "Dead"]


async def test_a_value_is_served_as_it_was_meant_however_it_is_spelled(instance: Instance, tmp_path: Path) -> None:
    dates, degrees, counts = SPELLED[DATE], SPELLED[LATITUDE], COUNTS | dict.fromkeys(EMPTY, "")
    longest = max(map(len, (dates, degrees, counts)))
    rows, expected = [], {}
    for number in range(longest):
        (day, is_day), (degree, is_degree), (count, is_count) = ([*one.items()][number % len(one)] for one in (dates, degrees, counts))
        rows.append([name := f"event {number}", day, degree, f"{number}.50", ["NAM", "nam", " Nam "][number % 3], count])
        expected[name] = (is_day, float(is_degree), number + 0.5, "NAM", is_count and int(is_count))
    write_csv(tmp_path / "a.csv", [HEADER, TAGS, *rows])
    receipt = await load_files(KINDS, instance.url, [tmp_path / "a.csv"], LoadOptions(source="my-list"))
    await instance.hear(receipt.revision)
    assert receipt.intake.problems == 0
    assert await served(instance) == expected


async def served(instance: Instance) -> dict[str, tuple[Any, ...]]:
    """What REST serves of each event: its day, its point, its country and the number of dead."""
    get = instance.client.get
    events, places, figures = [(await get(f"/v1/{plural}?limit=100")).json()["data"] for plural in ("events", "locations", "figures")]
    point, dead = {one["id"]: one for one in places}, {one["event"]["id"]: one["best"] for one in figures}
    return {
        one["name"]: (one["started_on"], point[one["location"]["id"]]["latitude"], point[one["location"]["id"]]["longitude"], one["country"], dead.get(one["id"], ""))
        for one in events
    }  # fmt: skip
