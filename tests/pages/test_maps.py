"""Maps: what is known of a place is drawn as an area, never as a point that nobody stated; what has no shape is listed."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from api.pages import assets
from api.pages.map_drawings import Texts, picture
from api.pages.map_links import ATLAS
from api.pages.map_marks import labels, names
from api.pages.map_places import Placed, placed
from api.pages.map_views import BOXES, marks, view
from api.pages.map_words import conditions
from api.pages.static_files import FOLDER
from api.pictures.shapes import Atlas, _name, clipped, drawn, unbroken
from schema.codelists.place_areas import BY_KIND, BY_PRECISION, DISC_KM, area_of
from schema.codelists.vocabularies import LOCATION_KIND, PLACE_PRECISION
from schema.kinds import KINDS

from ..conftest import Instance

with_shapes = pytest.mark.skipif(not assets.installed(), reason="run `make assets`")
TEXTS = Texts("9 events on a map", "Country: Syria", "Conflict Facts, revision 3. Source: Paper (CC0-1.0).", ("event", "events"))
ALEPPO, RAQQA = (36.2, 37.16), (35.95, 39.01)


def row(id: str | None, precision: str | None, at: tuple[float, float] | None = ALEPPO, records: int = 1, **more: Any) -> list[Any]:
    return [
        id,
        more.get("name", id),
        more.get("kind", "settlement"),
        more.get("country", "SYR"),
        *(at or (None, None)),
        precision,
        records,
        more.get("disputed", 0),
    ]


def shown(*rows: list[Any]) -> Placed:
    return placed({"rows": rows, "sources": {}})


def words_of(svg: str) -> str:
    return unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))


def test_every_code_has_its_area() -> None:
    assert {*BY_PRECISION} == {*PLACE_PRECISION.codes} and {*BY_KIND} == {*LOCATION_KIND.codes}


@pytest.mark.parametrize(
    ("precision", "kind", "area"),
    [
        ("1", "settlement", "point"), ("2", "settlement", "disc"), ("3", "settlement", "district"), ("4", "settlement", "province"), ("5", "settlement", "region"),
        ("6", "settlement", "country"), ("7", "settlement", "waters"), (None, "settlement", "place"), (None, "country", "country"), ("1", "country", "country"),
        ("1", "admin1", "province"), ("6", "admin2", "country"), ("1", "area", "point"), (None, "area", "region"), (None, None, "place"),
    ],
)  # fmt: skip
def test_a_place_is_never_more_precise_than_what_is_stated(precision: str | None, kind: str | None, area: str) -> None:
    assert area_of(precision, kind) == area


@pytest.mark.parametrize("precision", ["3", "4", "5", "6", "7"])
def test_only_an_exact_place_is_a_point(precision: str) -> None:
    found = shown(row("aleppo", precision, name="Aleppo"))
    drawn = picture(found, TEXTS, "og", "folder")
    assert not found.drawn and "<circle" not in drawn.svg
    assert "Not as points, since no more is known:" in words_of(drawn.svg)
    assert drawn.shapes["tinted"] == (["760"] if precision == "6" else [])


def test_a_disc_is_true_to_scale() -> None:
    found = shown(row("aleppo", "2"), row("raqqa", "1", RAQQA))
    at = view(found, 700, 400)
    (disc,) = (mark for mark in marks(found, at, 20, 12) if mark.radius)
    x, y = at.pixel(*ALEPPO)
    north = at.pixel(ALEPPO[0] + DISC_KM / 111.2, ALEPPO[1])
    assert (disc.x, disc.y) == (x, y) and abs(y - north[1] - disc.radius) < 0.02 * disc.radius


def test_places_without_coordinates_or_country_are_listed() -> None:
    found = shown(row("aleppo", "1", None), row(None, None, None, 2, country=None), row(None, None, None, 4, kind=None))
    assert {(place.area, place.records) for place in found.places} == {("no point", 1), ("unknown", 2), ("country", 4)}
    text = words_of(picture(found, TEXTS, "og", "folder").svg)
    assert "aleppo, coordinates unknown: 1" in text and "place unknown: 2" in text and "Syria, country: 4" in text


def test_places_that_are_close_are_one_number_and_no_record_is_lost() -> None:
    rows = [row(f"p{n}", "1" if n % 2 else "2", (36 + n % 50 / 1000, 37 + n / 1000), records=n + 1) for n in range(300)]
    found = shown(*rows, row("far", "1", (34.0, 40.0)))
    at = view(found, 700, 400)
    drawn = marks(found, at, 25, 12)
    assert sum(mark.records for mark in drawn) == found.records == 300 * 301 // 2 + 1
    assert len(drawn) < 60 and all(0 <= mark.x <= 700 and 0 <= mark.y <= 400 for mark in drawn)


def test_a_map_may_cross_the_180th_meridian() -> None:
    found = shown(row("suva", "1", (-18.1, 178.4), country=None), row("apia", "1", (-13.8, -171.8), country=None))
    at = view(found, 700, 400)
    assert at.degrees < 60 and all(0 <= at.pixel(*place)[0] <= 700 for place in ((-18.1, 178.4), (-13.8, -171.8)))
    assert "242" in at.countries and "760" not in at.countries


def test_the_whole_world_is_shown_once() -> None:
    found = shown(*(row(code, "6", None, country=code) for code in ("RUS", "USA", "CHL", "NZL")))
    assert view(found, 700, 400).degrees <= 360.0001 and len(found.tinted) == 4 and {*found.tinted} <= {*BOXES}


def test_a_picture_says_what_is_disputed_whose_borders_and_from_whom() -> None:
    found = shown(row("aleppo", "1", disputed=1), row("raqqa", None, RAQQA, 3))
    for size in ("og", "card", "square"):
        text = words_of(picture(found, TEXTS, size, "folder").svg)
        for part in (
            "Disputed: the places of 1 event.",
            "Natural Earth",
            "nothing about their status",
            "count events, not people",
            "revision 3",
            "Paper (CC0-1.0)",
        ):
            assert part in text, size
    assert picture(found, TEXTS, "og", "folder").sentence.startswith(
        "9 events on a map; 1 event at an exact place; 3 events at a named place"
    )


def test_shapes_are_cut_to_the_map_and_go_on_beyond_the_180th_meridian() -> None:
    assert clipped([(-5, -5), (15, -5), (15, 15), (-5, 15)], (0, 0, 10, 10)) and not clipped([(20, 20), (30, 20), (30, 30)], (0, 0, 10, 10))
    assert {*clipped([(-5, -5), (15, -5), (15, 15), (-5, 15)], (0, 0, 10, 10))} == {(0, 0), (10, 0), (10, 10), (0, 10)}
    assert unbroken([(179, 0), (-179, 0), (-179, 1), (179, 1), (179, 0)]) == [(179, 0), (181, 0), (181, 1), (179, 1), (179, 0)]


PLACES = """
source: {id: paper, title: Paper, kind: article, publisher: The Paper, license: CC0-1.0}
claims:
  locations:
    - {id: syria, name: Syria, kind: country, country: SYR, latitude: 35.0, longitude: 38.0}
    - {id: aleppo, name: Aleppo, kind: settlement, country: SYR, part_of: syria, latitude: 36.2, longitude: 37.16}
    - {id: raqqa, name: Raqqa, kind: settlement, country: SYR, part_of: syria, latitude: 35.95, longitude: 39.01}
  events:
    - {id: e1, name: One, kind: battle, country: SYR, location: aleppo, place_precision: 1, started_on: 2024-11-27}
    - {id: e2, name: Two, kind: battle, country: SYR, location: aleppo, place_precision: 2, started_on: 2024-11-28}
    - {id: e3, name: Three, kind: battle, location: aleppo, place_precision: 3, started_on: 2024-11-29}
    - {id: e4, name: Four, kind: battle, country: SYR, location: syria, started_on: 2024-11-30}
    - {id: e5, name: Five, kind: battle, country: SYR, started_on: 2024-12-01}
  figures:
    - {id: f1, event: e1, measure: killed, unit: people, best: 3}
    - {id: f2, event: e1, location: raqqa, measure: injured, unit: people, best: 3}
    - {id: f3, event: e5, measure: killed, unit: people, best: 4}
"""
RIVAL = """
source: {id: rival, title: Rival, kind: article, publisher: The Rival}
claims:
  events:
    - {id: e1, name: One, kind: battle, location: raqqa, place_precision: 1}
"""


async def table(instance: Instance, query: str) -> list[tuple[str, ...]]:
    """The rows of the table of a map, without coordinates."""
    text = (await instance.client.get(f"/map?{query}", headers={"accept": "text/html"})).text
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>', text)
    return sorted(tuple(re.sub("<[^>]*>", "", cell) for cell in cells) for cells in rows)


async def test_maps_count_records_by_place_as_of_any_revision(instance: Instance) -> None:
    await instance.load(paper=PLACES)
    first = [
        ("Aleppo", "exact place", "1", "0"), ("Aleppo", "second-level division (district)", "1", "0"), ("Aleppo", "within about 25 km of a place", "1", "0"),
        ("Syria", "country", "2", "0"),
    ]  # fmt: skip
    assert await table(instance, "of=events") == first
    assert await table(instance, "of=figures") == [
        ("Aleppo", "exact place", "1", "0"),
        ("Raqqa", "a named place, its precision not stated", "1", "0"),
        ("Syria", "country", "1", "0"),
    ]
    assert await table(instance, "of=locations&part_of=syria") == [
        (name, "a named place, its precision not stated", "1", "0") for name in ("Aleppo", "Raqqa")
    ]
    assert await table(instance, "of=events&started_on.gte=2024-12-01") == [("Syria", "country", "1", "0")]
    await instance.load(paper=PLACES, rival=RIVAL)
    assert ("Aleppo", "exact place", "1", "1") in await table(instance, "of=events")
    assert await table(instance, "of=events&revision=1") == first
    assert ("Aleppo", "exact place", "1", "1") in await table(instance, "of=figures"), "the place of its event is disputed"


def test_a_map_without_points_shows_the_countries_of_what_is_listed() -> None:
    assert view(shown(row("aleppo", "4", name="Aleppo")), 700, 400).degrees < 30


@with_shapes
async def test_a_map_is_answered_from_the_cache_and_frozen_at_a_revision(aleppo: Instance) -> None:
    path = "/map.svg?of=events&country=SYR"
    response = await aleppo.client.get(path)
    assert (
        response.status_code == 200
        and response.headers["content-type"] == "image/svg+xml"
        and "sandbox" in response.headers["content-security-policy"]
    )
    assert "<title>30 events on a map" in response.text and ">Syria<" in response.text and "revision 1" in response.text
    hits = aleppo.app.state.response_cache.hits
    assert (await aleppo.client.get(path)).content == response.content and aleppo.app.state.response_cache.hits == hits + 1
    frozen = await aleppo.client.get(f"{path}&revision=1")
    assert "max-age" in frozen.headers["cache-control"]
    unchanged = await aleppo.client.get(f"{path}&revision=1", headers={"if-none-match": frozen.headers["etag"]})
    assert unchanged.status_code == 304
    picture = await aleppo.client.get("/map.png?of=events&country=SYR&size=card")
    assert picture.content.startswith(b"\x89PNG")
    await aleppo.app.state.pictures.close_process(kill=True)
    again = await aleppo.client.get("/map.png?of=events&country=SYR&size=card", headers={"cache-control": "no-cache"})
    assert again.content == picture.content, "another process draws the same bytes"


@with_shapes
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("of=actors", "of: there are no maps of"),
        ("of=events&of=figures", "of: is given 2 times"),
        ("limit=3", "limit: is not a parameter of maps"),
        ("provenance=*", "provenance: is not a parameter of maps"),
        ("country=ATA", "no event meets these conditions"),
        ("coutnry=SYR", "country"),
        ("size=huge", "size: must not be"),
        ("notice=off", "a picture tells no notices"),
    ],
)
async def test_a_map_that_cannot_be_drawn_is_refused(aleppo: Instance, query: str, message: str) -> None:
    response = await aleppo.client.get(f"/map.png?{query}")
    assert response.status_code == 400 and message in response.json()["detail"]


async def test_maps_need_the_shapes(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    files = next(route for route in aleppo.app.routes if getattr(route, "path", "") == "/static").app  # type: ignore[attr-defined]
    monkeypatch.setattr(files, "of", lambda packages: [])
    response = await aleppo.client.get("/map.svg?of=locations&name.contains=a")
    assert response.status_code == 503 and "make assets" in response.json()["detail"]
    page = await aleppo.client.get("/map?of=locations&name.contains=a", headers={"accept": "text/html"})
    assert page.status_code == 200 and "make assets" in page.text and "<table" in page.text


@with_shapes
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("/events/aleppo-offensive-2024", "of=events&id=aleppo-offensive-2024"),
        ("/locations/syria", "of=events&location.within=syria"),
        ("/actors/hayat-tahrir-al-sham", "of=events&participations.some.actor=hayat-tahrir-al-sham"),
        ("/events?country=SYR&limit=5", "of=events&country=SYR"),
    ],
)
async def test_pages_show_a_map_that_leads_to_its_table(aleppo: Instance, page: str, query: str) -> None:
    text = unescape((await aleppo.client.get(page, headers={"accept": "text/html"})).text)
    assert f'<a href="/map?{query}"><img src="/map.svg?{query}"' in text
    table = await aleppo.client.get(f"/map?{query}", headers={"accept": "text/html"})
    assert table.status_code == 200 and '<table class="places">' in table.text


async def test_pages_without_a_place_show_no_map(aleppo: Instance) -> None:
    for page in ("/sources/geonames", "/events?country=ATA", "/actors"):
        assert '<p class="map">' not in (await aleppo.client.get(page, headers={"accept": "text/html"})).text


@with_shapes
@pytest.mark.sampled(1)
@pytest.mark.parametrize("code", ["PSE", "MLT", "XKX"])
def test_a_country_is_tinted_in_all_its_parts_at_any_scale(code: str) -> None:
    """Coarse shapes lack Gaza and small countries: a tint that leaves out a part says that something did not happen there."""
    found = shown(row(None, None, None, country=code), row("far", "1", (-33.0, 151.0), country="AUS"))
    wanted = dict(picture(found, TEXTS, "og", str(FOLDER / "vendor" / ATLAS)).shapes)
    assert wanted["file"] != wanted["whole"]
    tinted = drawn(wanted).partition(wanted["styles"]["tint"])[2].partition("</g>")[0]
    fine = drawn({**wanted, "file": wanted["whole"]}).partition(wanted["styles"]["tint"])[2].partition("</g>")[0]
    assert tinted == fine and tinted.count("M") == {"PSE": 2, "MLT": 2, "XKX": 1}[code]


@with_shapes
@pytest.mark.sampled(1)
@pytest.mark.parametrize("resolution", ["110m", "50m", "10m"])
def test_lines_that_are_read_one_by_one_are_those_of_the_file(resolution: str) -> None:
    file = FOLDER / "vendor" / ATLAS / f"countries-{resolution}.json"
    whole, read = json.loads(file.read_text("utf-8")), Atlas(str(file))
    assert read.geometries == whole["objects"]["countries"]["geometries"] and len(read._lines) == len(whole["arcs"])
    assert [json.loads(f"[[{line}]]") for line in read._lines] == whole["arcs"]


def test_a_file_in_which_other_lists_of_lines_come_last_is_refused(tmp_path: Path) -> None:
    """Its lines would be taken for those of one country."""
    file = tmp_path / "countries.json"
    file.write_text(
        '{"arcs":[[[0,0],[1,1]]],"objects":{"countries":{"geometries":[{"type":"MultiPolygon","arcs":[[[0]]]}]}},"transform":{}}'
    )
    with pytest.raises(ValueError, match="must come last"):
        Atlas(str(file))


@pytest.mark.parametrize("away", [0, 40])
def test_the_name_of_a_country_crosses_no_border(away: int) -> None:
    """The middle of a shape like a C is in its neighbour."""
    wanted = {"width": 300.0, "height": 300.0, "size": 10.0, "taken": []}
    shape = [(10, 10), (290, 10), (290, 90), (100, 90), (100, 210), (290, 210), (290, 290), (10, 290 - away)]
    ((left, top, right, bottom),) = [_box(label) for label in _name("Elsewhere", [(float(x), float(y)) for x, y in shape], wanted)]
    assert right < 100 or bottom < 90 or top > 210
    assert left > 10 and top > 10


def test_the_name_of_a_country_stands_on_no_mark() -> None:
    """It is printed elsewhere or in several lines, and left out rather than half hidden."""
    shape, wanted = [(0.0, 0.0), (300.0, 0.0), (300.0, 300.0), (0.0, 300.0)], {"width": 300.0, "height": 300.0, "size": 20.0}
    names = {
        marks: [*_name("Central African Rep.", shape, {**wanted, "taken": marks})]
        for marks in [(), ((100, 100, 200, 200),), ((150, 0, 170, 300),), ((140, 0, 300, 300), (0, 30, 300, 300))]
    }
    placed = [[(float(x), float(y)) for x, y in re.findall(r'x="([\d.]+)" y="([\d.]+)"', "".join(name))] for name in names.values()]
    assert placed[0] == [(150, 150)] and len(placed[1]) == 1 and not 100 < placed[1][0][1] < 200
    assert len(placed[2]) > 1 and not placed[3]


def _box(label: str) -> tuple[float, float, float, float]:
    x, y = (float(re.search(rf'{name}="([\d.]+)"', label).group(1)) for name in "xy")  # type: ignore[union-attr]
    return x - 25, y - 8, x + 25, y + 2


def test_the_name_of_a_disc_stands_above_it() -> None:
    found = shown(row("aleppo", "2", name="Aleppo"))
    at = view(found, 700, 400)
    (disc,) = marks(found, at, 25, 12)
    (label,) = labels(names([disc], 17, 700), 17)
    assert float(re.search(r' y="([\d.]+)"', label).group(1)) < disc.y - disc.radius  # type: ignore[union-attr]


def test_a_small_map_explains_all_its_marks() -> None:
    rows = [row("aleppo", "1"), row("near", "2"), row("raqqa", None, RAQQA), row("syria", "6"), row("homs", "4")]
    text = words_of(picture(shown(*rows), TEXTS, "card", "folder").svg)
    for part in ("several places", "only the country", "precision not stated"):
        assert part in text


def test_a_condition_on_what_totals_count_is_said_in_words() -> None:
    asked = [("measure", "killed"), ("counted_in.known", "false")]
    assert conditions(KINDS, KINDS["figure"], asked) == "Measure: Killed; only rows that count"
    assert conditions(KINDS, KINDS["figure"], [("country", "CAF")]) == "Country: Central African Republic"


@pytest.mark.parametrize("size", ["card", "og", "square"])
def test_no_line_beside_a_map_goes_beyond_the_picture(size: str) -> None:
    made = picture(shown(*(row(f"place-{n}", "4") for n in range(80))), TEXTS, size, "").svg
    lines = re.findall(r'<text x="([\d.]+)"[^>]*font-size="([\d.]+)"[^>]*>([^<]*more lines[^<]*)<', made)
    width = int(re.findall(r'width="(\d+)"', made)[0])
    assert lines and all(float(left) + len(text) * float(size) * 0.52 <= width for left, size, text in lines), lines


@with_shapes
async def test_a_list_of_any_length_leads_to_its_map(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit, no picture is drawn for everybody who opens the page, but the map is not hidden."""
    monkeypatch.setattr("api.pages.map_links.MAX_MAPPED", 3)
    text = unescape((await aleppo.client.get("/figures?measure=killed", headers={"accept": "text/html"})).text)
    (link,) = re.findall(r'<p class="map"><a href="([^"]*)">Map of \d+ figures', text)
    assert link == "/map?of=figures&measure=killed" and "/map.svg" not in text and "/map.png" not in text
    assert (await aleppo.client.get(link, headers={"accept": "text/html"})).status_code == 200


async def test_a_map_with_a_condition_of_another_kind_says_which_map_has_it(aleppo: Instance) -> None:
    for path in ("/map?measure=killed", "/map.svg?measure=killed", "/map.geojson?measure=killed"):
        refused = (await aleppo.client.get(path)).json()["detail"]
        assert refused.startswith("measure: events have no field") and "a map of figures has it: add `of=figures`" in refused, refused
    assert "a map of" not in (await aleppo.client.get("/map?nonsense=1")).json()["detail"]
