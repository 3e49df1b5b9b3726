"""What the types of Parquet become, and which messages they get."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from api.errors import LoadRefused
from api.intake import open as opening

from ..support.mapped_claims import Claims, claims

# By the SQL of a value, its text in `original`.
KEPT = {
    "14.000::decimal(9, 3)": "14", "time '13:45:00'": "13:45:00", "'a'::enum('a', 'b')": "a", "['a', 'b | c']": '["a","b | c"]', "[1, 2]": "[1,2]",
    "{'a': 1, 'b': 'x'}": '{"a":1,"b":"x"}', "map {'k': 1.5}": '{"k":1.5}', "[date '2024-03-01']": '["2024-03-01"]', "true": "true", "0.1::float": "0.1",
    "18446744073709551615::ubigint": "18446744073709551615", "'abc'::blob": "abc", "timestamptz '2024-03-01 00:00+09'": "2024-02-29T15:00:00Z",
}  # fmt: skip
REFUSED = {"interval '3 days'": "has durations in its column", "'\\xff'::blob": "has bytes in its column .* that are not UTF-8"}
# By the SQL of a date, the day that it is; none if the record is rejected.
DAYS = {
    "date '2024-03-01'": "2024-03-01", "timestamp '2024-03-01 00:00'": "2024-03-01", "timestamp_ns '2024-03-01 13:00:00.123456789'": "2024-03-01",
    "timestamptz '2024-03-01 00:00+00'": "2024-03-01", "2024": "2024-01-01", "timestamptz '2024-03-01 00:00+09'": None, "time '13:45:00'": None,
    "date 'infinity'": None, "date '0001-01-01 (BC)'": None,
}  # fmt: skip


def taken(folder: Path, columns: str) -> Claims:
    duckdb.sql(f"copy (select {columns}) to '{folder}/a.parquet' (format parquet)")
    return claims(folder / "a.parquet", folder, "s")


def test_every_type_stays_in_original(tmp_path: Path) -> None:
    columns = ", ".join(f'{value} as "#x+v{n}"' for n, value in enumerate(KEPT))
    (event,) = taken(tmp_path, f"""date '2024-03-01' as "#date", 5 as "#affected+killed", {columns}""")["event"]
    kept = json.loads(event["original"])
    assert {value: kept[f"#x+v{n}"] for n, value in enumerate(KEPT)} == KEPT


@pytest.mark.parametrize("value", REFUSED)
def test_a_type_without_a_meaning_is_refused_by_its_column(value: str, tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match=REFUSED[value]):
        taken(tmp_path, f"""date '2024-03-01' as "#date", 5 as "#affected+killed", {value} as "#x+v" """)


def test_a_date_of_any_type_is_a_day_or_rejected(tmp_path: Path) -> None:
    for value, day in DAYS.items():
        found = taken(tmp_path, f"""{value} as "#date", 5 as "#affected+killed" """)
        assert ([event["started_on"] for event in found["event"]], found.file.rejected) == ([day] * bool(day), int(day is None)), value


def test_large_groups_of_rows_are_divided_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = """unnest(range(3000)) as "#event+id", date '2024-03-01' as "#date", 5 as "#affected+killed" """
    plain = taken(tmp_path, columns)
    monkeypatch.setattr(opening, "MAX_ROW_GROUP", 1)
    assert taken(tmp_path, columns).tables == plain.tables and plain.file.read == 3000
