"""Nothing about the machine affects what files become: not its time zone, its language, its encoding or the seed of Python's hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ..support import claims_of_files
from ..support.ged_rows import geojson, rows, table
from ..support.mapped_claims import claims
from ..support.properties import NIGHTLY, cases
from .test_values import HXL

ROOT = Path(__file__).parents[2]
MACHINES = {
    "east, in C": {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "west, in Turkish": {"TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    more = {"ged.csv": table(rows(6)), "ged.geojson": geojson(rows(6))} if NIGHTLY else {}
    for name, text in {
        **more, "hxl.csv": HXL + "1,2024-03-01T23:30:00,Şırnak,5,İHA,,37.5,42.4\n2,2024-03-02,Midyat,NA,,,,\n",
    }.items():  # fmt: skip
        (folder / name).write_text(text, "utf-8")
    instant, texts = (
        "timestamptz '2024-03-01 22:00:00-02'",
        "'IND' as iso3, 'Conflict' as displacement_type, 'total' as qualifier, '' as event_name",
    )
    columns = f"1.0::double as id, {texts}, 4.0::double as figure, {instant} as displacement_start_date, {instant} as displacement_end_date"
    duckdb.sql(f"copy (select {columns}) to '{folder / 'zoned.parquet'}' (format parquet)")
    return sorted(folder.iterdir())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["ucdp-ged.csv", "hxl.csv", "t4p-gaza.json", "own-figures.csv", "own-events.csv"])
def test_files_become_the_same_claims_whether_these_are_kept_in_tables_or_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = ROOT / "tests/install/files" / name
    (kept := tmp_path / "kept").mkdir()
    (computed := tmp_path / "computed").mkdir()
    format = path.stem if path.stem.startswith("own-") else ""  # Some of these tables of ours have columns of several.
    in_table = claims(path, kept, asked=format)
    monkeypatch.setattr("api.sql.duckdb.merge_files.MAX_RECORDS_IN_TABLES", 0)
    in_view = claims(path, computed, asked=format)
    assert (in_view.tables, in_view.intake) == (in_table.tables, in_table.intake)
    assert any(in_view.tables.values())


def _claims(folder: Path, files: list[Path], machine: dict[str, str]) -> str:
    """In a process of its own: DuckDB and Python read the zone and the language once."""
    arguments = [sys.executable, "-m", "tests.support.claims_of_files", str(folder), *map(str, files)]
    return subprocess.run(arguments, cwd=ROOT, env={**os.environ, **machine}, capture_output=True, check=True).stdout.decode("utf-8")


@pytest.mark.parametrize("machine", cases(MACHINES, ["west, in Turkish"]))
def test_files_become_the_same_claims_on_every_machine(
    tmp_path: Path, files: list[Path], machine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The claims are compared with those of this process, on the machine of the tests."""
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    claims_of_files.main(tmp_path / "here", files)
    here = capsys.readouterr().out
    assert _claims(tmp_path / "there", files, MACHINES[machine]) == here
    assert "Şırnak" in here and "time_of_day" in here
    assert "2024-03-02,2024-03-02" in here.partition("zoned.parquet")[2]  # 22:00 two hours west of Greenwich is the next day in UTC.
