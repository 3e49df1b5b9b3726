"""Invented rows of UCDP GED, and the cells of a row as they can be rebuilt from its claims."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal, InvalidOperation
from pathlib import Path

from api.intake.intake import FileIntake
from api.intake.result import Intake
from schema.formats.ucdp_ged import COLUMNS
from schema.kinds import KINDS
from schema.model.claim_table import claim_table

Cells = dict[str, str]
Tables = dict[str, list[Cells]]

# The 42 columns of 2019: no relid, code_status, dset ids nor where_description, and the bounds before the best.
OLDER = (
    *(name for name in COLUMNS[:40] if name not in ("relid", "code_status", "where_description") and "dset" not in name),
    "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "low", "best", "high", "gwnoa", "gwnob",
)  # fmt: skip
RENAMED = {
    "conflict_new_id": "conflict_id", "dyad_new_id": "dyad_id", "side_a_new_id": "side_a_id", "side_b_new_id": "side_b_id",
    "best": "best_est", "low": "low_est", "high": "high_est",
}  # fmt: skip
NUMBERS = {
    *"latitude longitude deaths_a deaths_b deaths_civilians deaths_unknown where_prec date_prec event_clarity".split(),
    *RENAMED,
    *(RENAMED[name] for name in ("best", "low", "high")),
}  # fmt: skip
FIGURES = {
    "side-a": ("deaths_a",), "side-b": ("deaths_b",), "civilians": ("deaths_civilians",), "unknown": ("deaths_unknown",),
    "total": ("low", "best", "high"),
}  # fmt: skip


def row(n: int, **cells: str) -> Cells:
    """An invented event; `n` varies its type of violence, its articles and its place."""
    one_sided, packed = n % 3 == 2, n % 4 != 3
    article = (
        f'"Agency {n}, Desk,2016-02-{n % 28 + 1:02d},Heads; of "{n}" say";"Daily "B","2016-03-01,Other"'
        if packed
        else f'Prose {n}, "A title" 1/2; more'
    )
    cells_of_row = {
        "id": str(1000 + n), "relid": f"LND-2016-{n}", "year": "2016", "active_year": str(n % 2), "code_status": "Check deaths" if n % 2 else "Clear",
        "type_of_violence": str(n % 3 + 1), "conflict_dset_id": "1-10", "conflict_new_id": "300", "conflict_name": "Land: Government",
        "dyad_dset_id": "7", "dyad_new_id": "700", "dyad_name": "Government of Land - Group", "side_a_dset_id": "9", "side_a_new_id": "90",
        "side_a": "Government of Land", "side_b_dset_id": "8", "side_b_new_id": "1" if one_sided else "80",
        "side_b": "Civilians" if one_sided else "Group", "number_of_sources": "2" if packed else "-1", "source_article": article,
        "source_office": f"Agency {n}, Desk", "source_date": "2016-02-01", "source_headline": "Heads", "source_original": "an officer\nand, it says, others",
        "where_prec": str(n % 7 + 1), "where_coordinates": f"Tówn {n % 4}", "where_description": f'near "{n}"', "adm_1": "North", "adm_2": "",
        "latitude": f"{10 + n % 4}.25", "longitude": f"{16 + n % 4}.5", "geom_wkt": "", "priogrid_gid": "",
        "country": "Chad", "country_id": "483", "region": "Africa", "event_clarity": str(n % 2 + 1), "date_prec": "2", "date_start": "2016-01-05",
        "date_end": "2016-01-06", "deaths_a": "0", "deaths_b": str(n), "deaths_civilians": "" if n % 5 == 4 else "3", "deaths_unknown": "0",
        "best": str(n + 3), "high": str(n + 4), "low": str(n), "gwnoa": "483", "gwnob": "",
    }  # fmt: skip
    return {**cells_of_row, **_repeating({**cells_of_row, **cells}), **cells}


def _repeating(row: Cells) -> Cells:
    """The columns that say again what others say."""
    try:
        south, west = (math.floor(2 * float(row[name])) for name in ("latitude", "longitude"))
    except ValueError:
        return {}
    point = f"POINT ({row['longitude']} {row['latitude']})"
    return {"year": row["date_start"][:4], "geom_wkt": point, "priogrid_gid": str((south + 180) * 720 + west + 361)}


def rows(count: int = 12) -> list[Cells]:
    return [row(n) for n in range(count)]


def table(cells: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS, header: bool = True, **names: str) -> str:
    """Rows as CSV; `names` has other names for columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow([names.get(name, name) for name in columns])
    writer.writerows([[row.get(name, "") for name in columns] for row in cells])
    return text.getvalue()


def geojson(cells: Iterable[Mapping[str, str]]) -> str:
    """Rows as UCDP's map service returns them: numbers as numbers, dates with a time, coordinates only in the geometry."""
    features = []
    for row in cells:
        properties: dict[str, object] = {name: row[name] for name in COLUMNS if name not in ("latitude", "longitude", "geom_wkt")}
        for name in ("id", "year", "type_of_violence", "best", "deaths_b", "country_id"):
            properties[name] = int(row[name])
        properties |= {"date_start": f"{row['date_start']}T00:00:00", "active_year": row["active_year"] == "1", "gwnob": None}
        point = {"type": "Point", "coordinates": [float(row["longitude"]), float(row["latitude"])]}
        features.append({"type": "Feature", "properties": properties, "geometry": point})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)


def take_in(*paths: Path, format_name: str = "") -> tuple[Intake, Tables]:
    """Take in files without PostgreSQL: the intake, and the claims by kind as PostgreSQL would copy them."""
    with tempfile.TemporaryDirectory() as folder, closing(FileIntake(KINDS, Path(folder))) as file_intake:
        for path in paths:
            file_intake.add_file(path, "ucdp-ged", format_name)
        intake = file_intake.finish()
        return intake, {kind: _claims(kind, file_intake.write_claims(kind)) for kind in file_intake.kinds_seen}


def _claims(kind: str, path: Path) -> list[Cells]:
    limit = csv.field_size_limit(1 << 24)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return sorted((dict(zip(claim_table(KINDS[kind]), cells, strict=True)) for cells in csv.reader(file)), key=str)
    finally:
        csv.field_size_limit(limit)  # It is one for the whole process, and other tests are about it.


def rebuild_rows(tables: Tables, columns: Iterable[str]) -> dict[str, Cells]:
    """The known cells of every row, by its id, rebuilt from claims: the values of fields, and the rest from `original`."""
    by_id = {kind: {claim["id"]: claim for claim in claims} for kind, claims in tables.items()}
    older_names = {older: name for name, older in RENAMED.items() if older in columns}
    return {event["ucdp_id"]: _rebuild_row(event, by_id, older_names) for event in tables["event"]}


def _rebuild_row(event: Cells, by_id: dict[str, dict[str, Cells]], older_names: Mapping[str, str]) -> Cells:
    place = by_id["location"].get(event["location"], {})
    cells = {
        "id": event["ucdp_id"], "date_start": event["started_on"], "date_end": event["ended_on"], "date_prec": event["date_precision"],
        "where_prec": event["place_precision"], "where_description": event["place_note"], "event_clarity": event["clarity"],
        "latitude": place.get("latitude", ""), "longitude": place.get("longitude", ""),
    }  # fmt: skip
    for ending, names in FIGURES.items():
        figure = by_id["figure"].get(f"{event['id']}-{ending}", {})
        cells |= {name: figure.get("best" if len(names) == 1 else name, "") for name in names}
    cells = {next((older for older, newer in older_names.items() if newer == name), name): cell for name, cell in cells.items()}
    return known_cells({**cells, **json.loads(place.get("original") or "{}"), **json.loads(event["original"] or "{}")})


def known_cells(cells: Mapping[str, str]) -> Cells:
    """The cells of a row that are not empty; numbers in their shortest form."""
    return {name: _shortest(name, cell.strip()) for name, cell in cells.items() if cell.strip()}


def _shortest(name: str, cell: str) -> str:
    try:
        return format(Decimal(cell).normalize(), "f") if name in NUMBERS else cell
    except InvalidOperation:
        return cell
