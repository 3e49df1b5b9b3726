"""OGC API - Features: what clients of the standard rely on, and that a walk through the pages has every record once."""

from __future__ import annotations

import re

import httpx2
import pytest

from ..conftest import Instance


async def test_a_client_finds_everything_from_the_landing_page(client: httpx2.AsyncClient) -> None:
    """Requirements 2 to 15: the links, the conformance classes, the collections and an OpenAPI document that has their paths."""
    landing = (await client.get("/ogc")).json()
    links = {link["rel"]: link for link in landing["links"]}
    assert {"self", "service-desc", "service-doc", "conformance", "data"} == links.keys()
    answers = [await client.get(link["href"]) for link in links.values() if link["href"].startswith("http://test/")]
    assert [answer.status_code for answer in answers] == [200] * len(links)
    api = await client.get(links["service-desc"]["href"])
    assert api.headers["content-type"] == links["service-desc"]["type"]
    assert api.json()["openapi"].startswith("3.0.")
    assert [name.rpartition("/")[2] for name in (await client.get("/ogc/conformance")).json()["conformsTo"]] == ["core", "geojson", "oas30"]
    collections = (await client.get(links["data"]["href"])).json()["collections"]
    assert {"events", "locations"} <= {one["id"] for one in collections}
    for one in collections:
        assert one == (await client.get(f"/ogc/collections/{one['id']}")).json()
        assert f"/collections/{one['id']}/items" in api.json()["paths"]
        assert "items" in {link["rel"] for link in one["links"]}


@pytest.mark.parametrize("collection", ["events", "locations", "figures"])
async def test_pages_have_every_record_once_and_its_place(aleppo: Instance, collection: str) -> None:
    """The geometry is that of the GeoJSON file; the last page has no next one, and the numbers are right on each."""
    whole = {one["id"]: one["geometry"] for one in (await aleppo.get(f"/v1/{collection}.geojson"))["features"]}
    found: dict[str, object] = {}
    url = f"/ogc/collections/{collection}/items?limit=7"
    while url:
        response = await aleppo.client.get(url)
        page = response.json()
        assert response.headers["content-type"] == "application/geo+json"
        assert (page["numberMatched"], page["numberReturned"]) == (len(whole), len(page["features"]))
        assert not found.keys() & {one["id"] for one in page["features"]}
        found |= {one["id"]: one["geometry"] for one in page["features"]}
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == whole
    id = next(iter(whole))
    feature = await aleppo.get(f"/ogc/collections/{collection}/items/{id}")
    assert (feature["id"], feature["geometry"], {link["rel"] for link in feature["links"]}) == (id, whole[id], {"self", "collection"})


async def test_boxes_and_spans_choose_the_features_of_lists(aleppo: Instance) -> None:
    for parameters in ("bbox=36,35,38,37", "datetime=2024-11-27/..", "bbox=36,35,38,37&datetime=2024-11-29", "country=MMR"):
        listed = await aleppo.get(f"/v1/events?limit=1000&{parameters}")
        page = await aleppo.get(f"/ogc/collections/events/items?limit=5000&{parameters}")
        assert [one["id"] for one in page["features"]] == [one["id"] for one in listed["data"]] != []
    heights = await aleppo.get("/ogc/collections/events/items?bbox=36,35,0,38,37,100&datetime=../..")
    assert heights["numberMatched"] == (await aleppo.get("/ogc/collections/events/items?bbox=36,35,38,37"))["numberMatched"]


async def test_boxes_across_the_antimeridian_and_open_spans_are_read(aleppo: Instance) -> None:
    """A box whose first longitude is the greater one goes around the other side; half of a span may be open, or empty."""

    async def found(parameters: str) -> list[str]:
        return [one["id"] for one in (await aleppo.get(f"/ogc/collections/events/items?limit=1000&{parameters}"))["features"]]

    everywhere, inside, around = [await found(f"bbox={box}") for box in ("-180,-90,180,90", "36,-90,40,90", "40,-90,36,90")]
    assert sorted(inside + around) == sorted(everywhere) and inside and around
    assert await found("datetime=../2024-01-01") == await found("datetime=/2024-01-01") != []
    assert await found("datetime=2024-01-01/..") == await found("datetime=2024-01-01/") != []


async def test_links_keep_the_parameters_and_a_head_has_no_body(aleppo: Instance) -> None:
    asked = "/ogc/collections/events/items?country=SYR&limit=2&datetime=2024-11-01/.."
    links = {link["rel"]: link["href"] for link in (await aleppo.get(asked))["links"]}
    for rel in ("self", "next"):
        assert {"country": "SYR", "limit": "2", "datetime": "2024-11-01/.."}.items() <= dict(httpx2.URL(links[rel]).params).items()
    head = await aleppo.client.head(asked)
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "application/geo+json")


async def test_a_number_that_may_have_decimals_shows_some(aleppo: Instance) -> None:
    """GDAL takes the types of columns from the first twenty features: after 400 it reads 2.75 as 2, after 400.0 it does not."""
    text = (await aleppo.client.get("/ogc/collections/figures/items?limit=1000")).text
    numbers = re.findall(r'"(?:low|best|high)":(-?[0-9.]+)', text)
    assert numbers and all("." in number for number in numbers), numbers
    first = (await aleppo.get("/ogc/collections/figures/items?limit=1"))["features"][0]
    assert (await aleppo.get(f"/v1/figures/{first['id']}?provenance=none"))["data"]["low"] == first["properties"]["low"]


async def test_a_filter_that_gdal_would_not_apply_is_refused(aleppo: Instance) -> None:
    """For `ended_on >= '2024-11-29'` or any other column of dates, GDAL asks for the same span, and takes what it gets for the answer."""
    for sent in ("2024-11-29T/..", "../2024-11-29T", "2024-11-29T"):
        response = await aleppo.client.get(f"/ogc/collections/events/items?datetime={sent}")
        assert response.status_code == 400 and "/v1/events.geojson?started_on.gte=" in response.json()["detail"]
    assert (await aleppo.get("/ogc/collections/events/items?datetime=2024-11-29/.."))["numberMatched"] > 0


async def test_what_is_wrong_is_refused(client: httpx2.AsyncClient) -> None:
    """Requirements 8 and 9: unknown parameters and invalid values are errors; so is a collection or a feature that does not exist."""
    refused = {
        "/ogc?nonsense=1": 400, "/ogc/collections/events/items?nonsense=1": 400, "/ogc/collections/events/items?limit=0": 400,
        "/ogc/collections/events/items?bbox=1,2,3": 400, "/ogc/collections/events/items?fields=name": 400, "/ogc/collections/events/items?f=gml": 400,
        "/ogc/collections/events/items?bbox=1,2,3,4,5": 400, "/ogc/collections/events/items?bbox=36,37,38,35": 400,
        "/ogc/collections/events/items?bbox=3_6,35,38,3_7": 400, "/ogc/collections/events/items?bbox=%D9%A3,35,38,37": 400,  # Python alone reads these.
        "/ogc/collections/events/items?bbox=nan,35,38,37": 400, "/ogc/collections/events/items?datetime=2024-W49-1": 400,
        "/ogc/collections/events/items?limit=1&limit=2": 400,
        "/ogc/collections/events/items?bbox=1,2,3,4&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326": 400, "/ogc/collections/events/items?datetime=2024-13": 400,
        "/ogc/collections/actors/items": 404, "/ogc/collections/none": 404, "/ogc/collections/events/items/nothing": 404,
    }  # fmt: skip
    found = {address: (await client.get(address)).status_code for address in refused}
    assert found == refused
