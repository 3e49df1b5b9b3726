"""Real files of the field, by a small mapping into our tables: everything arrives, the odd as well, and can be counted again."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.loading.collections import load
from api.loading.receipts import Receipt
from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import SAMPLES, Databases, Instance
from ..support.evidence import unfolded

pytestmark = [
    pytest.mark.nightly,  # By default, the tests in tests/intake/ that end in _samples.py load the same files through their formats.
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}"),
]

Cells = dict[str, str]
Table = dict[str, dict[str, Any]]  # Rows by id, so that what is met again is written once.
VIOLENCE = {"1": "state_based", "2": "non_state", "3": "one_sided"}
COUNTRIES = {"Myanmar (Burma)": "MMR", "Bangladesh": "BGD"}


def rows(name: str) -> list[Cells]:
    """The records of a sample; a row of HXL tags under the header is none."""
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if not any(cell.startswith("#") for cell in row.values())]


GED, BANGLADESH, IDMC = "ucdp/ged191.csv", "ucdp/conflict_data_BGD.csv", "hxl/ind_idmc_idu_events.csv"


def number(cell: str) -> Decimal:
    return Decimal(cell)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ged(source: str, records: list[Cells]) -> dict[str, Table]:
    """UCDP GED: its articles are sources that each event is quoted from; its deaths are figures."""
    tables: dict[str, Table] = defaultdict(dict)
    tables["sources"][source] = {"title": "UCDP GED", "kind": "dataset", "reliability": "B"}
    for row in records:
        id, article = f"ucdp-ged-{row['id']}", row["source_article"].strip()
        quoted = [f"article-{digest(article)}"] if article else []
        place, country = f"at-{row['latitude']}-{row['longitude']}", COUNTRIES[row["country"]]
        for paper in quoted:
            tables["sources"][paper] = {"title": article, "kind": "article"}
        tables["locations"][place] = {
            "name": row["where_coordinates"], "kind": "area", "country": country, "latitude": row["latitude"], "longitude": row["longitude"],
        }  # fmt: skip
        tables["events"][id] = {
            "name": row["dyad_name"], "kind": "attack_on_civilians" if row["type_of_violence"] == "3" else "battle",
            "violence": VIOLENCE[row["type_of_violence"]], "started_on": row["date_start"], "ended_on": row["date_end"],
            "date_precision": row["date_prec"], "country": country, "location": place, "place_precision": row["where_prec"],
            "place_note": row["where_coordinates"], "clarity": row["event_clarity"], "ucdp_id": row["id"], "note": row["source_original"],
            "quoted_from": quoted,
        }  # fmt: skip
        for side in "ab":
            actor = f"ucdp-actor-{row[f'side_{side}_new_id']}"
            tables["actors"][actor] = {"name": row[f"side_{side}"], "kind": "unknown", "ucdp_id": row[f"side_{side}_new_id"]}
            tables["participations"][f"{id}-{side}"] = {"event": id, "actor": actor, "role": f"side_{side}"}
            if row[f"deaths_{side}"] != "0":
                tables["figures"][f"{id}-{side}"] = killed(id, best=row[f"deaths_{side}"], actor=actor, population="combatants")
        tables["figures"][id] = killed(id, low=row["low"], best=row["best"], high=row["high"], population="all")
        tables["figures"][f"{id}-civilians"] = killed(id, best=row["deaths_civilians"], population="civilians")
    return {plural: {id: {"source": source, **row} for id, row in table.items()} for plural, table in tables.items()}


def killed(event: str, **values: str) -> dict[str, Any]:
    return {"event": event, "measure": "killed", "unit": "people", "basis": "flow", **values}


def idmc(source: str, records: list[Cells]) -> dict[str, Table]:
    """IDMC's updates: several figures for one event, each with its qualifier and its link."""
    tables: dict[str, Table] = defaultdict(dict)
    tables["sources"][source] = {"title": "IDMC Internal Displacement Updates", "kind": "dataset"}
    for row in records:
        event, link, place = f"idmc-{digest(row['event_name'])}", f"link-{digest(row['link'])}", f"at-{row['latitude']}-{row['longitude']}"
        qualifier = {"total": "exact", "approximately": "approximately", "more than": "more_than"}[row["qualifier"]]
        tables["sources"][link] = {"title": row["link"], "kind": "report", "url": row["link"]}
        tables["locations"][place] = {"name": "Centroid", "kind": "area", "latitude": row["latitude"], "longitude": row["longitude"]}
        tables["events"][event] = {
            "name": row["event_name"],
            "kind": "displacement",
            "country": row["iso3"],
            "started_on": row["event_start_date"][:10],
        }
        tables["figures"][f"idmc-{row['id']}"] = {
            "event": event, "measure": "displaced", "location": place, "low" if qualifier == "more_than" else "best": row["figure"],
            "quantifier": qualifier, "unit": "people", "basis": "flow", "quoted_from": [link], "note": row["description"],
            "period_start": row["displacement_start_date"][:10], "period_end": row["displacement_end_date"][:10],
        }  # fmt: skip
    return {plural: {id: {"source": source, **row} for id, row in table.items()} for plural, table in tables.items()}


def as_ndjson(folder: Path, tables: dict[str, Table]) -> None:
    folder.mkdir()
    for plural, table in tables.items():
        filled = ({"id": id, **{name: value for name, value in row.items() if value != ""}} for id, row in table.items())
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in filled)
        (folder / f"{plural}.ndjson.gz").write_bytes(gzip.compress(text.encode()))


def as_csv(folder: Path, tables: dict[str, Table]) -> None:
    folder.mkdir()
    for plural, table in tables.items():
        names = list(dict.fromkeys(name for row in table.values() for name in row))
        with (folder / f"{plural}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, ["id", *names])
            writer.writeheader()
            for id, row in table.items():
                writer.writerow(
                    {"id": id, **{name: " | ".join(value) if isinstance(value, list) else value for name, value in row.items()}}
                )


class Samples:
    def __init__(self, instance: Instance, receipt: Receipt) -> None:
        self.instance, self.receipt = instance, receipt

    async def every(self, plural: str, **conditions: str) -> list[dict[str, Any]]:
        """All records, as the whole file that REST streams; numbers to the last digit."""
        response = await self.instance.client.get(f"/v1/{plural}.ndjson", params=conditions)
        return [json.loads(line, parse_float=Decimal) for line in response.raise_for_status().text.splitlines()]


@pytest_asyncio.fixture(scope="module")
async def samples(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Samples]:
    folder = tmp_path_factory.mktemp("samples")
    as_ndjson(folder / "ged", ged("ucdp-ged-19-1", rows(GED)))
    as_csv(folder / "bangladesh", ged("ucdp-ged-hdx-bgd", rows(BANGLADESH)))
    as_csv(folder / "idmc", idmc("idmc-idu-ind", rows(IDMC)))
    instance = Instance(databases, await databases.fresh(), folder)
    async with instance.app.router.lifespan_context(instance.app), instance.client:
        yield Samples(instance, await load(KINDS, instance.url, folder))


def total(records: list[Cells], column: str) -> Decimal:
    return sum((number(row[column]) for row in records), Decimal(0))


async def test_every_record_arrives_once(samples: Samples) -> None:
    ged_rows, bangladesh, displaced = rows(GED), rows(BANGLADESH), rows(IDMC)
    both = {row["id"] for row in ged_rows} | {row["id"] for row in bangladesh}
    counts = {plural: len(await samples.every(plural)) for plural in KINDS.by_plural}
    assert len(ged_rows) == 3194 and len(bangladesh) == 601 and len(displaced) == 113
    assert counts["events"] == len(both) + len({row["event_name"] for row in displaced})
    assert counts["participations"] == 2 * len(both)
    assert counts["actors"] == len({row[f"side_{side}_new_id"] for row in ged_rows + bangladesh for side in "ab"})
    assert counts["locations"] == len({(row["latitude"], row["longitude"]) for row in ged_rows + bangladesh + displaced})
    articles = {row["source_article"].strip() for row in ged_rows + bangladesh} - {""}
    assert counts["sources"] == 3 + len(articles) + len({row["link"] for row in displaced})
    deaths = sum(row[f"deaths_{side}"] != "0" for row in {row["id"]: row for row in bangladesh + ged_rows}.values() for side in "ab")
    assert counts["figures"] == 2 * len(both) + deaths + len(displaced)
    assert samples.receipt.claims["event"]["added"] == len(ged_rows) + len(bangladesh) + len({row["event_name"] for row in displaced})


async def test_totals_equal_those_of_the_files(samples: Samples) -> None:
    by_event = {event["id"]: event for event in await samples.every("events")}
    figures = await samples.every("figures", measure="killed")
    for country in ("MMR", "BGD"):
        here = [row for row in rows(GED) if COUNTRIES[row["country"]] == country]
        for population, columns in (("all", {"low": "low", "best": "best", "high": "high"}), ("civilians", {"best": "deaths_civilians"})):
            found = [one for one in figures if one["population"] == population and by_event[one["event"]["id"]]["country"] == country]
            for field, column in columns.items():
                assert sum(Decimal(one[field]) for one in found) == total(here, column), (country, population, field)
    losses = [one for one in figures if one["population"] == "combatants"]
    assert sum(Decimal(one["best"]) for one in losses) == total(rows(GED), "deaths_a") + total(rows(GED), "deaths_b")
    displaced = await samples.every("figures", measure="displaced")
    assert sum(Decimal(one["best"] or one["low"]) for one in displaced) == total(rows(IDMC), "figure")
    assert sum(one["quantifier"] == "more_than" and one["best"] is None for one in displaced) == 3


async def test_every_value_equals_that_of_the_file(samples: Samples) -> None:
    events = {event["id"]: event for event in await samples.every("events")}
    places = {place["id"]: place for place in await samples.every("locations")}
    for row in rows(GED):
        event = events[f"ucdp-ged-{row['id']}"]
        place = places[event["location"]["id"]]
        assert (event["started_on"], event["ended_on"], str(event["date_precision"])) == (
            row["date_start"],
            row["date_end"],
            row["date_prec"],
        )
        assert (event["name"], event["ucdp_id"], event["violence"]) == (
            row["dyad_name"].strip(),
            row["id"],
            VIOLENCE[row["type_of_violence"]],
        )
        assert (str(event["place_precision"]), str(event["clarity"])) == (row["where_prec"], row["event_clarity"])
        assert (place["latitude"], place["longitude"]) == (number(row["latitude"]), number(row["longitude"]))
    sources = {source["id"]: source for source in await samples.every("sources")}
    for row in rows(GED):
        article = row["source_article"].strip()
        if article:
            assert sources[f"article-{digest(article)}"]["title"] == article


async def test_odd_values_are_kept_and_reported(samples: Samples) -> None:
    def odd(records: list[Cells]) -> Iterator[tuple[str, str]]:
        for row in records:
            for low, high in (("low", "best"), ("best", "high")):
                if number(row[low]) > number(row[high]):
                    yield row["id"], low

    expected = [*odd(rows(GED)), *odd(rows(BANGLADESH))]
    assert len(list(odd(rows(GED)))) == 6
    assert len(samples.receipt.flag_messages) == len(expected)
    assert sorted(line.split(", ")[1].split(":")[0] for line in samples.receipt.flag_messages) == sorted(low for _, low in expected)
    assert all("kept as the source has it" in line for line in samples.receipt.flag_messages)
    figures = {one["id"]: one for one in await samples.every("figures")}
    for row in rows(GED):
        figure = figures[f"ucdp-ged-{row['id']}"]
        assert [figure[name] for name in ("low", "best", "high")] == [int(row[name]) for name in ("low", "best", "high")]


async def test_two_datasets_that_agree_are_two_claims_and_no_dispute(samples: Samples) -> None:
    bangladesh = {row["id"]: row for row in rows(BANGLADESH)}
    both = [row for row in rows(GED) if row["id"] in bangladesh]
    assert len(both) == 601
    row = both[0]
    (proof,) = [unfolded((await samples.instance.get(f"/v1/figures/ucdp-ged-{row['id']}"))["data"])["best"]]
    assert sorted(claim["source"] for claim in proof["claims"]) == ["ucdp-ged-19-1", "ucdp-ged-hdx-bgd"]
    assert proof["disputed"] is (row["best"] != bangladesh[row["id"]]["best"]) is False


async def test_loading_the_same_again_makes_no_revision_and_verify_passes(samples: Samples) -> None:
    again = await load(KINDS, samples.instance.url, samples.instance.folder)
    assert again.revision is None
    assert {kind: counts["unchanged"] for kind, counts in again.claims.items()} == {
        kind: counts["added"] for kind, counts in samples.receipt.claims.items()
    }
    assert [proof.name async for proof in verify(KINDS, samples.instance.url) if proof.contradictions] == []
