"""Makes files shaped like UCDP GED, of any size: `python -m bench.ged --events 418000 --out FILE`."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .ged_cells import LISTED, Episode, deaths, sources
from .ged_words import NEAR, TELLERS, one_of
from .ged_world import (
    COUNTRIES,
    REGIONS,
    Country,
    Dyad,
    Place,
    dyads,
    place,
    wide_place,
)

# The release's own order, from 17.1 to 26.1; and that of the older layout of single countries, as HDX has it.
LAYOUTS = {
    49: "id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name dyad_dset_id dyad_new_id "
        "dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b number_of_sources source_article source_office "
        "source_date source_headline source_original where_prec where_coordinates where_description adm_1 adm_2 latitude longitude geom_wkt "
        "priogrid_gid country country_id region event_clarity date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown "
        "best high low gwnoa gwnob",
    42: "id year active_year type_of_violence conflict_new_id conflict_name dyad_new_id dyad_name side_a_new_id gwnoa side_a side_b_new_id "
        "gwnob side_b number_of_sources source_article source_office source_date source_headline source_original where_prec where_coordinates "
        "adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id region event_clarity date_prec date_start date_end deaths_a "
        "deaths_b deaths_civilians deaths_unknown low best high",
}  # fmt: skip
OLD = 0.29  # Events from before articles were listed.
ABROAD = 2e-5  # Events whose coordinates lie in another country than the one that is named.
PLACES = 120_000 / 418_000  # Distinct places for each event.
WIDE = 0.085  # Events known only by their province or country.
FIRST, LAST = dt.date(1989, 1, 1), dt.date(2025, 12, 31)

Row = dict[str, object]


@dataclass(frozen=True)
class Plan:
    """What file is wanted. Shares are of all rows."""

    events: int = 418_000
    seed: int = 42
    changed: float = 0.0  # Rows whose deaths differ from those of the same plan without it.
    newlines: float = 0.2  # Rows with a line break in a quoted cell.
    duplicates: float = 0.0  # Rows that stand twice.
    first_id: int = 0  # Ids of events, actors, dyads and conflicts are above it.


def rows(plan: Plan) -> Iterator[Row]:
    """Every row, in the same order for the same plan; no more is kept than an episode."""
    rng, changes = Random(plan.seed), Random(f"{plan.seed} changes")
    world, known = dyads(plan.seed, plan.first_id), dict.fromkeys(COUNTRIES, 0)
    step = next(n for n in itertools.count(plan.events * 5 // 13 + 1) if math.gcd(n, plan.events) == 1)
    missing, episode = round(PLACES * plan.events), None
    for n in range(plan.events):
        if episode is None or not episode.left:
            episode = _episode(rng, world)
        episode.left -= 1
        country = episode.country
        if rng.random() < WIDE:
            where = wide_place(country, int(rng.random() * (REGIONS + 1.5)))
        elif not known[country] or rng.random() * (plan.events - n) * (1 - WIDE) < missing:
            where, known[country], missing = place(country, known[country]), known[country] + 1, missing - 1
        else:
            where = place(country, int(known[country] * rng.random() ** 1.5))
        row = _row(rng, plan, episode, where, plan.first_id + 1 + n * step % plan.events)
        if changes.random() < plan.changed:
            row.update({name: int(str(row[name])) + 3 for name in ("deaths_civilians", "best", "high", "low")})
        again = rng.random() < plan.duplicates
        for _ in range(2 if again else 1):
            yield dict(row)


def _episode(rng: Random, world: dict[Country, list[Dyad]]) -> Episode:
    country = COUNTRIES[int(len(COUNTRIES) * rng.random() ** 1.6)]
    known = world[country]
    old, share = (LISTED - FIRST).days, rng.random()
    day = int(old * share / OLD) if share < OLD else old + int(((LAST - FIRST).days - old) * rng.random() ** 0.8)
    return Episode(country, known[int(len(known) * rng.random() ** 1.3)], day, 1 + int(rng.random() ** 2 * 9))


def _row(rng: Random, plan: Plan, episode: Episode, where: Place, id: int) -> Row:
    dyad, country = episode.dyad, episode.country
    day = FIRST + dt.timedelta(min((LAST - FIRST).days, episode.day + int(rng.random() * 6)))
    precision = 1 if rng.random() < 0.76 else 2 + int(rng.random() ** 1.5 * 4)
    last = min(LAST, day + dt.timedelta(int(rng.random() * (0, 1, 4, 7, 31, 200)[precision])))
    where_to = _abroad(where, country) if rng.random() < ABROAD else where
    broken = int(rng.random() * 3) if rng.random() < plan.newlines else -1
    near = f"{where.name}{f' ({one_of(rng, NEAR)} {where.adm_2 or where.adm_1})' if rng.random() < 0.3 else ''}"
    original = one_of(rng, TELLERS) if rng.random() < 0.5 or broken == 1 else ""
    return {
        "id": id, "relid": f"{country.iso}-{day.year}-{dyad.violence}-{dyad.id}-{id}", "year": day.year,
        "active_year": rng.random() < 0.87, "code_status": "Clear", "type_of_violence": dyad.violence,
        "conflict_dset_id": dyad.conflict[0], "conflict_new_id": dyad.conflict[0], "conflict_name": dyad.conflict[1],
        "dyad_dset_id": dyad.id, "dyad_new_id": dyad.id, "dyad_name": dyad.name,
        "side_a_dset_id": dyad.a.id, "side_a_new_id": dyad.a.id, "side_a": dyad.a.name,
        "side_b_dset_id": 9999 if dyad.violence == 3 else dyad.b.id, "side_b_new_id": dyad.b.id, "side_b": dyad.b.name,
        **sources(rng, episode, where, day, broken == 2),
        "source_original": f"{original}\n{one_of(rng, TELLERS)}" if broken == 1 else original,
        "where_prec": where.precision, "where_coordinates": where.name,
        "where_description": f"{near}\n{where.adm_1 or country.name}" if broken == 0 else near if rng.random() < 0.97 else "",
        "adm_1": where.adm_1, "adm_2": where.adm_2, "latitude": where_to.latitude, "longitude": where_to.longitude,
        "geom_wkt": f"POINT ({where_to.longitude:.6f} {where_to.latitude:.6f})", "priogrid_gid": where_to.cell,
        "country": country.name, "country_id": country.code, "region": country.region,
        "event_clarity": 1 if rng.random() < 0.89 else 2, "date_prec": precision, "date_start": day, "date_end": last,
        **deaths(rng, dyad.violence),
        "gwnoa": dyad.a.country.code if dyad.a.country else "", "gwnob": "",
    }  # fmt: skip


def _abroad(where: Place, country: Country) -> Place:
    other = COUNTRIES[(COUNTRIES.index(country) + 7) % len(COUNTRIES)]
    far = place(other, 1)
    return Place(where.name, where.adm_1, where.adm_2, far.latitude, far.longitude, where.precision)


def write(plan: Plan, file: Path, layout: int = 49) -> None:
    """A UTF-8 file with a header, like the published one: cells with a comma, a quotation mark or a line break are quoted."""
    columns = LAYOUTS[layout].split()
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for row in rows(plan):
            if layout == 49:
                row.update(date_start=f"{row['date_start']} 00:00:00.000", date_end=f"{row['date_end']} 00:00:00.000")
            else:
                row["active_year"] = 1 if row["active_year"] else 0
            writer.writerow([row[name] for name in columns])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ged", description="Makes a file shaped like UCDP GED.")
    parser.add_argument("--events", type=int, default=Plan.events)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--changed", type=float, default=Plan.changed, help="the share of rows whose deaths differ, and nothing else")
    parser.add_argument("--newlines", type=float, default=Plan.newlines, help="the share of rows with a line break in a cell")
    parser.add_argument("--duplicates", type=float, default=Plan.duplicates, help="the share of rows that stand twice")
    parser.add_argument("--first-id", type=int, default=Plan.first_id, help="ids are above it; 50000000 for a second dataset")
    parser.add_argument("--layout", type=int, choices=LAYOUTS, default=49, help="the number of columns")
    given = parser.parse_args()
    write(Plan(given.events, given.seed, given.changed, given.newlines, given.duplicates, given.first_id), given.out, given.layout)


if __name__ == "__main__":
    main()
