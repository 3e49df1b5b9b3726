"""GDAL and OWSLib read every feature of a collection of more than 3,000 through OGC API - Features."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Databases, Instance, running_server, source

PLACES = 3_100


@pytest.fixture(scope="module")
def places(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with more places than three of the largest pages have; each twentieth has no coordinates."""
    for reader in ("pyogrio", "owslib"):  # Before the load, which takes long.
        pytest.importorskip(reader, reason="run `make clients`")
    name = asyncio.run(databases.fresh())
    folder: Path = tmp_path_factory.mktemp("places")
    instance = Instance(databases, name, folder)
    instance.write("paper.yaml", source())
    rows = (f"place-{n},paper,Place {n},settlement,SYR,{'' if n % 20 == 0 else f'{30 + n / 1000},{35 + n / 1000}'}" for n in range(PLACES))
    lines = [row + "," * (6 - row.count(",")) for row in rows]
    instance.write("locations.csv", "\n".join(["id,source,name,kind,country,latitude,longitude", *lines]))
    asyncio.run(instance.load())
    with running_server(databases, name) as (base, _):
        yield base


def test_gdal_reads_every_feature(places: str) -> None:
    pyogrio = pytest.importorskip("pyogrio", reason="run `make clients`")
    assert "OAPIF" in pyogrio.list_drivers()
    layers = {name for name, _ in pyogrio.list_layers(f"OAPIF:{places}/ogc")}
    assert {"events", "locations", "figures"} <= layers
    found = pyogrio.read_dataframe(f"OAPIF:{places}/ogc", layer="locations")
    assert (len(found), found["name"].nunique()) == (PLACES, PLACES)
    assert int(found.geometry.isna().sum()) == PLACES // 20
    few = pyogrio.read_dataframe(f"OAPIF:{places}/ogc", layer="locations", bbox=(35.0, 30.0, 35.5, 30.5))
    assert 0 < len(few) <= 501


def test_owslib_reads_every_feature(places: str) -> None:
    features = pytest.importorskip("owslib.ogcapi.features", reason="run `make clients`")
    api = features.Features(f"{places}/ogc")
    assert api.conformance()["conformsTo"]
    assert {"events", "locations"} <= set(api.feature_collections())
    page, found = api.collection_items("locations", limit=1000), set[str]()
    while True:
        found |= {feature["id"] for feature in page["features"]}
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        page = api.collection_items("locations", limit=1000, after=following[0].partition("after=")[2])
    assert len(found) == PLACES == page["numberMatched"]
