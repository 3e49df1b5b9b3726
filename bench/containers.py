"""Measures reading: one table in every container, the time and the peak memory of each: `python -m bench.containers --megabytes 10 300`.

Each file is read in a process of its own as a load reads it, up to the claims that PostgreSQL would copy. Memory should depend neither on the container nor on the
size of the file.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from api.intake.intake import FileIntake
from schema.kinds import KINDS

RESULTS = Path("build/bench/containers.json")
BYTES_PER_EVENT = 668  # Of CSV, as bench.ged makes it.
MIB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.containers", description="Reads one table in every container.")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[10, 300], help="sizes of the CSV file")
    parser.add_argument("--only", nargs="+", choices=[*WRITERS], default=[*WRITERS])
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)  # What a process of its own does.
    given = parser.parse_args()
    if given.read:
        print(json.dumps(read(given.read)))
        return
    found = [row for size in given.megabytes for row in measured(size, given.only)]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1))
    print("\n".join(lines(found)))


def measured(megabytes: int, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    events = megabytes * 1_000_000 // BYTES_PER_EVENT
    with tempfile.TemporaryDirectory(prefix="conflict-facts-bench-") as folder:
        table = Path(folder) / "table.csv"
        subprocess.run(
            [sys.executable, "-m", "bench.ged", "--events", str(events), "--out", str(table)], check=True, stdout=subprocess.DEVNULL
        )
        for name in names:
            path = Path(folder) / name
            WRITERS[name](table, path)
            done = subprocess.run(
                [sys.executable, "-m", "bench.containers", "--read", str(path)], check=False, capture_output=True, text=True
            )
            result = json.loads(done.stdout) if not done.returncode else {"refused": done.stderr.strip().splitlines()[-1]}
            row = {"container": name, "csv_megabytes": megabytes, "megabytes": round(path.stat().st_size / 1e6), "events": events, **result}
            print(json.dumps(row), flush=True)
            yield row
            path.unlink()


def read(path: Path) -> dict[str, Any]:
    """Read a file as a load does; the seconds it took, the records, and the peak memory of this process in MiB."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        intake = FileIntake(KINDS, Path(folder))
        intake.add_file(path, "bench")
        opened = time.monotonic() - start
        intake.finish()
        for kind in intake.kinds_seen:
            intake.write_claims(kind).unlink()
        records = intake.result.sum("read") - intake.result.sum("rejected")
        intake.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": round(time.monotonic() - start, 1), "seconds_to_records": round(opened, 1), "records": records, "peak_mib": peak}


def lines(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "| container | MB of CSV | MB | seconds | peak MiB | records |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for row in found:
        values = [row.get("refused") or row["seconds"], row.get("peak_mib", ""), row.get("records", "")]
        yield f"| {row['container']} | {row['csv_megabytes']} | {row['megabytes']} | {' | '.join(map(str, values))} |"


def _records(table: Path) -> Iterator[dict[str, Any]]:
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: _value(cell) for name, cell in row.items()}


def _value(cell: str) -> Any:
    return int(cell) if cell.isdecimal() and (cell == "0" or cell[0] != "0") else cell or None


def _json(before: str, by: str, after: str, flat: Callable[[int, dict[str, Any]], str]) -> Callable[[Path, Path], None]:
    def write(table: Path, path: Path) -> None:
        with path.open("w", encoding="utf-8") as text:
            text.write(before)
            for number, record in enumerate(_records(table)):
                text.write((by if number else "") + flat(number, record))
            text.write(after)

    return write


def _plain(_: int, record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _feature(_: int, record: dict[str, Any]) -> str:
    point = {"type": "Point", "coordinates": [float(record["longitude"]), float(record["latitude"])]}
    return json.dumps({"type": "Feature", "properties": record, "geometry": point}, ensure_ascii=False)


def _keyed(number: int, record: dict[str, Any]) -> str:
    return f'"k{number}": {json.dumps(record, ensure_ascii=False)}'


def _delimited(delimiter: str, end: str = "\n") -> Callable[[Path, Path], None]:
    def write(table: Path, path: Path) -> None:
        with table.open(encoding="utf-8", newline="") as rows, path.open("w", encoding="utf-8", newline="") as copy:
            csv.writer(copy, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(csv.reader(rows))

    return write


def _split(table: Path, path: Path) -> None:
    """As `to_json(orient="split")` of pandas writes it."""
    with table.open(encoding="utf-8", newline="") as rows, path.open("w", encoding="utf-8") as text:
        columns, *records = csv.reader(rows)
        text.write(f'{{"columns":{json.dumps(columns)},"index":{json.dumps([*range(len(records))])},"data":[')
        text.write(",".join(json.dumps([*map(_value, row)], ensure_ascii=False) for row in records) + "]}")


def _workbook(table: Path, path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    with table.open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(rows):
            sheet.append([*map(_value, row)])
    book.save(path)


def _parquet(table: Path, path: Path) -> None:
    source = f"read_csv('{table}', all_varchar = true, max_line_size = {4 * MIB}, parallel = false)"
    duckdb.sql(f"copy (from {source}) to '{path}' (format parquet)")


def _gzip(table: Path, path: Path) -> None:
    with table.open("rb") as content, gzip.open(path, "wb", compresslevel=1) as packed:
        shutil.copyfileobj(content, packed, MIB)


def _zip(table: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(table, "table.csv")


WRITERS: dict[str, Callable[[Path, Path], object]] = {
    "csv": shutil.copy, "tsv": _delimited("\t"), "spaces": _delimited(" "), "ends with CR": _delimited(",", "\r"), "gzip": _gzip, "zip": _zip, "parquet": _parquet, "lines": _json("", "\n", "\n", _plain),
    "list": _json("[", ",\n", "]", _plain), "page": _json('{"TotalPages": 1, "Result": [', ", ", "]}", _plain),
    "split": _split, "keyed": _json("{", ",\n", "}", _keyed), "features": _json('{"features": [', ",", '], "type": "FeatureCollection"}', _feature),
    "feature lines": _json("", "\n", "\n", _feature), "workbook": _workbook,
}  # fmt: skip

if __name__ == "__main__":
    main()
