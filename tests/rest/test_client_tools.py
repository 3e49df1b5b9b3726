"""Programs that read files by address do so, where `make clients` has installed them: polars, pandas, GDAL by fiona and pyogrio, Frictionless, and a validator of CSV on the Web."""

from __future__ import annotations

import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

FIGURES, EVENTS = 98, 49
# Before a server is started for them.
pytestmark = pytest.mark.skipif(find_spec("frictionless") is None, reason="run `make clients`")


def tool(name: str) -> Any:
    """A package that only `make clients` installs. Skips the test if it is not there."""
    return pytest.importorskip(name, reason="run `make clients`")


@pytest.mark.parametrize("address", ["/v1/figures.csv", "/v1/figures.ndjson", "/v1/figures.parquet"])
def test_polars_reads_an_address(server: str, address: str) -> None:
    polars: Any = tool("polars")
    scan = {"csv": polars.scan_csv, "ndjson": polars.scan_ndjson, "parquet": polars.scan_parquet}[address.rpartition(".")[2]]
    assert scan(server + address).select("id").collect().height == FIGURES


def test_pandas_reads_an_address(server: str) -> None:
    pandas: Any = tool("pandas")
    assert len(pandas.read_csv(f"{server}/v1/figures.csv")) == FIGURES


def test_fiona_reads_an_address(server: str) -> None:
    fiona: Any = tool("fiona")
    assert len(fiona.open(f"{server}/v1/events.geojson")) == EVENTS


def test_pyogrio_reads_an_address(server: str) -> None:
    pyogrio: Any = tool("pyogrio")
    assert len(pyogrio.read_dataframe(f"/vsicurl/{server}/v1/events.geojson")) == EVENTS


def test_a_map_of_numbers_has_columns_and_says_what_totals_add(server: str) -> None:
    pyogrio: Any = tool("pyogrio")
    figures = pyogrio.read_dataframe(f"/vsicurl/{server}/v1/figures.geojson")
    assert len(figures) == FIGURES and figures.geometry.notna().any()
    assert {"measure", "low", "best", "high", "counted_in", "attribution", "event.name", "event.location.name"} <= {*figures.columns}


def test_geopandas_reads_geoparquet(server: str, tmp_path: Path) -> None:
    geopandas: Any = tool("geopandas")
    file = tmp_path / "events.parquet"
    file.write_bytes(urllib.request.urlopen(f"{server}/v1/events.parquet").read())
    assert geopandas.read_parquet(file).crs.to_authority() == ("OGC", "CRS84")


def test_a_data_package_is_valid(server: str) -> None:
    frictionless: Any = tool("frictionless")
    assert frictionless.validate(f"{server}/v1/figures.datapackage.json?provenance=*").valid


def test_csv_on_the_web_is_valid(server: str) -> None:
    csvw: Any = tool("csvw")
    table = csvw.CSVW(f"{server}/v1/figures.csv", validate=True)
    assert table.is_valid and not table.warnings
