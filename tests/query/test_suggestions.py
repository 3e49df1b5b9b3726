"""Errors name the equivalent of what other APIs have, and OGC's `bbox` and `datetime` work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from api.store.warnings import may_be_empty
from schema.kinds import KINDS

from ..conftest import Instance, source
from ..support.invented import Cells, collection

INVENTED = collection(KINDS, 40)
NEWER = "application/graphql-response+json"


async def refused(on: Instance, address: str) -> str:
    answer = await on.client.get(address)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize(("asked", "named"), [
    ("/v1/events?page=2", "`after`"), ("/v1/events?offset=100", "`after`"), ("/v1/events?per_page=5", "`limit`"), ("/v1/events?pageSize=5", "`limit`"),
    ("/v1/events?sort=-started_on", "`order`"), ("/v1/events?q=Aleppo", "`search`"), ("/v1/events?include=location", "`fields"),
    ("/v1/events?from=2024-01-01", "`started_on.gte`"), ("/v1/events?to=2024-01-01", "`started_on.lte`"), ("/v1/events?date=2024-01-01", "`datetime`"),
    ("/v1/sources?since=2024-01-01", "`published_on.gte`"), ("/v1/figures?from=2024-01-01", "`period_start.gte`"),
    ("/v1/figures/totals?from=2024-01-01", "`since`"), ("/v1/figures/totals?end_date=2024-01-01", "`until`"),
    ("/v1/figures/totals?limit=3", "have no pages"), ("/v1/figures/totals?sort=-best", "have no pages"),
    ("/v1/sources?bbox=1,2,3,4", "have no place"), ("/v1/sources?datetime=2024-01-01", "`published_on.gte`"),
    ("/v1/events/event-0001?include=location", "`fields"), ("/v1/events.csv?per_page=5", "`limit`"),
])  # fmt: skip
async def test_a_parameter_of_other_apis_is_answered_with_ours(invented: Instance, asked: str, named: str) -> None:
    detail = await refused(invented, asked)
    name = asked.partition("?")[2].partition("=")[0]
    assert detail.startswith(f"{name}: ") and named in detail, detail


async def test_an_argument_is_not_suggested_where_it_does_not_exist(invented: Instance) -> None:
    assert "`search`" not in await refused(invented, "/v1/participations?q=Aleppo")


@pytest.mark.parametrize(("query", "named"), [
    ("{ events(page: 2) { totalCount } }", "`after`"), ("{ events(offset: 2) { totalCount } }", "`after`"), ("{ events(limit: 2) { totalCount } }", "`first`"),
    ("{ events(per_page: 2) { totalCount } }", "`first`"), ("{ events(sort: 2) { totalCount } }", "`orderBy`"), ("{ events(q: \"a\") { totalCount } }", "`search`"),
    ("{ events(from: 2) { totalCount } }", "`where: {startedOn: {gte: …}}`"), ("{ events(to: 2) { totalCount } }", "`where: {startedOn: {lte: …}}`"),
    ("{ events(date: 2) { totalCount } }", "`where: {startedOn: {gte: …, lte: …}}`"), ("{ events(include: 2) { totalCount } }", "select"),
    ("{ events(country: SYR) { totalCount } }", "`where: {country: …}`"),
    ("{ figures { best } }", "`nodes { best }`"), ("{ event(id: \"a\") { figures { low } } }", "`nodes { low }`"),
    ("{ events(where: {country: {eq: \"CAF\"}}) { totalCount } }", "Write codes without quotation marks."),
    ("{ figures(where: {event: {country: {eq: CAF}}}) { totalCount } }", "stand in `match`: `match: {country: …}`"),
    ("{ events(where: {startedOn: {gte: 2005}}) { totalCount } }", "Expected value of type 'Date', but encountered error 'must be text, between quotation marks'; found: 2005"),
    ("{ events(where: {country: {eq: syr}}) { totalCount } }", "Did you mean the enum value 'SYR'"),
    ("{ events(where: {country: {eq: \"SYR\"}}) { totalCount } }", "Did you mean the enum value 'SYR'"),
    ("{ figures(where: {measure: {eq: DEATHS}}) { totalCount } }", "KILLED, INJURED"),
])  # fmt: skip
async def test_graphql_suggests_too(invented: Instance, query: str, named: str) -> None:
    answer = await invented.client.post("/graphql", json={"query": query}, headers={"accept": NEWER})
    assert answer.status_code == 400
    assert any(named in error["message"] for error in answer.json()["errors"]), answer.text


async def test_a_wrong_code_in_a_variable_is_explained_too(invented: Instance) -> None:
    query = "query ($m: Measure!, $c: Country!) { figures(where: {measure: {eq: $m}, event: {match: {country: {eq: $c}}}}) { totalCount } }"
    body = {"query": query, "variables": {"m": "DEATHS", "c": "syr"}}
    answer = await invented.client.post("/graphql", json=body, headers={"accept": NEWER})
    text = answer.text
    assert "KILLED, INJURED" in text and "Did you mean the enum value 'SYR'" in text


@pytest.mark.parametrize(("asked", "named"), [
    ("/v1/figures?measure=deaths", "killed, injured"), ("/v1/figures?measure=kiled", "did you mean killed"), ("/v1/events?country=Syrian", "SYR"),
    ("/v1/participations?role=attacker", "side_a, side_b"),
])  # fmt: skip
async def test_a_wrong_code_lists_the_codes_if_there_are_few(invented: Instance, asked: str, named: str) -> None:
    assert named in await refused(invented, asked)


# bbox and datetime


def ids(kind: str, meets: Any) -> list[str]:
    return [row["id"] for row in INVENTED[KINDS[kind].plural] if meets(row)]


def inside(row: Cells | None, west: float, south: float, east: float, north: float) -> bool:
    if row is None or row.get("latitude") is None or row.get("longitude") is None:
        return False
    latitude, longitude = float(row["latitude"]), float(row["longitude"])
    within = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
    return within and south <= latitude <= north


PLACES = {row["id"]: row for row in INVENTED["locations"]}
EVENTS = {row["id"]: row for row in INVENTED["events"]}


def place_of(figure: Cells) -> Any:
    """The place of a figure or, if it has none of its own, that of its event."""
    return figure.get("location") or EVENTS[str(figure["event"])].get("location")


@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (0, 0, 90, 60), (100, -90, -100, 90), (-10.5, -20, 40, 0)])
async def test_bbox_is_that_of_ogc(invented: Instance, box: tuple[float, float, float, float]) -> None:
    text = ",".join(map(str, box))
    got = await invented.get(f"/v1/locations?bbox={text}&limit=1000&fields=id")
    assert [row["id"] for row in got["data"]] == ids("location", lambda row: inside(row, *box))
    got = await invented.get(f"/v1/events?bbox={text}&limit=1000&fields=id")
    assert [row["id"] for row in got["data"]] == ids("event", lambda row: inside(PLACES.get(row.get("location")), *box))
    got = await invented.get(f"/v1/figures?bbox={text}&limit=1000&fields=id")
    assert [row["id"] for row in got["data"]] == ids("figure", lambda row: inside(PLACES.get(place_of(row)), *box))


def _day(value: Any) -> dt.date | None:
    return value if value is None or isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def overlaps(row: Cells, since: str | None, until: str | None) -> bool:
    start, end = _day(row.get("started_on")), _day(row.get("ended_on"))
    begins = (start or end) is not None and (until is None or start is None or start <= dt.date.fromisoformat(until))
    return begins and (since is None or end is None or end >= dt.date.fromisoformat(since))


@pytest.mark.parametrize(("text", "since", "until"), [
    ("2000-01-01/2015-12-31", "2000-01-01", "2015-12-31"), ("../2010-06-30", None, "2010-06-30"), ("2010-06-30/..", "2010-06-30", None),
    ("2010-06-30/", "2010-06-30", None), ("2012-02-03", "2012-02-03", "2012-02-03"), ("2000-01-01T00:00:00Z/2015-12-31T23:59:59Z", "2000-01-01", "2015-12-31"),
])  # fmt: skip
async def test_datetime_is_that_of_ogc(invented: Instance, text: str, since: str | None, until: str | None) -> None:
    got = await invented.get(f"/v1/events?datetime={text}&limit=1000&fields=id")
    assert [row["id"] for row in got["data"]] == ids("event", lambda row: overlaps(row, since, until))
    assert (await invented.client.get(f"/v1/figures?datetime={text}")).status_code == 200
    assert (await invented.client.get(f"/v1/events.geojson?datetime={text}&bbox=0,0,90,60")).status_code == 200


@pytest.mark.parametrize("asked", [
    "bbox=1,2,3", "bbox=1,2,3,4,5,6", "bbox=a,2,3,4", "bbox=0,60,10,50", "bbox=0,0,190,10", "bbox=", "datetime=../..", "datetime=yesterday",
    "datetime=2024-01-02/2024-01-01", "datetime=", "datetime=2024-01-01/2024-01-02/2024-01-03", "bbox=nan,0,1,1",
])  # fmt: skip
async def test_a_wrong_bbox_or_datetime_is_explained(invented: Instance, asked: str) -> None:
    detail = await refused(invented, f"/v1/events?{asked}")
    assert (detail.startswith(f"{asked.partition('=')[0]}: ") and "such as" in detail) or "leave" in detail, detail


async def test_a_cursor_continues_a_box(invented: Instance) -> None:
    page = await invented.get("/v1/locations?bbox=-180,-90,180,90&limit=3&fields=id")
    following = await invented.get(page["next"])
    everything = await invented.get("/v1/locations?bbox=-180,-90,180,90&fields=id&limit=6")
    assert page["data"] + following["data"] == everything["data"]


# Ids that no record has


@pytest.mark.parametrize(("asked", "named"), [
    ("/v1/figures?event=nowhere", ["event 'nowhere'"]), ("/v1/events?location.within=nowhere", ["location 'nowhere'"]), ("/v1/events?id=nowhere", ["event 'nowhere'"]),
    ("/v1/participations?event.part_of=nowhere&actor.one_of=nobody,no-one", ["a condition names event 'nowhere', which does not exist", "a condition names actor 'nobody' and 'no-one', which do not exist"]),
    ("/v1/events?figures.some.actor=nobody", ["actor 'nobody'"]), ("/v1/figures/totals?event=nowhere", ["event 'nowhere'"]),
    ("/v1/figures?event=nowhere&revision=1", ["event 'nowhere'"]), ("/v1/figures?event=event-0001&revision=0", ["event 'event-0001'"]),
    ("/v1/figures?best.gte=99999999999", []), ("/v1/events?limit=1", []), ("/v1/figures?event=event-0001&best.gte=99999999999", []),
])  # fmt: skip
async def test_an_empty_list_says_which_ids_do_not_exist(invented: Instance, asked: str, named: list[str]) -> None:
    answer = await invented.get(asked)
    warnings = answer.get("warnings", [])
    assert len(warnings) == len(named)
    assert all(part in warning for part, warning in zip(named, warnings, strict=True)), warnings


@pytest.mark.parametrize(("members", "answer", "empty"), [
    (('"data":[]',), '{"data":[{"best":0,"low":0,"url":"x:0","names":[]}],"next":null}', False), (('"data":[]',), '{"data":[],"next":null}', True),
    (('"totalCount":0',), '{"totalCount":0}', True), (('"totalCount":0',), '{"totalCount":10}', False), (('"data":[]',), None, False),
])  # fmt: skip
def test_a_number_of_zero_is_not_an_empty_list(members: tuple[str, ...], answer: str | None, empty: bool) -> None:
    assert may_be_empty(members, [answer]) is empty


async def test_graphql_says_it_too(invented: Instance) -> None:
    query = "query ($id: ID!) { figures(where: {event: {eq: $id}}) { totalCount } snapshot(revision: 0) { events(where: {location: {within: $id}}) { nodes { slug } } } }"
    for id, number in (("nowhere", 2), ("event-0001", 2)):
        answer = (await invented.client.post("/graphql", json={"query": query, "variables": {"id": id}})).json()
        warnings = answer["extensions"].get("warnings", [])
        assert len(warnings) == (number if id == "nowhere" else 1), answer
        assert any(f"location '{id}'" in warning for warning in warnings)
    answer = (await invented.client.post("/graphql", json={"query": "{ figures { totalCount } }"})).json()
    assert "warnings" not in answer["extensions"]


async def test_datetime_is_about_every_day_that_is_known(instance: Instance) -> None:
    """A record of which only the last day is known ended then; it began on an unknown day, but a figure not before its event."""
    events = """
    - {id: war, name: War, kind: war, started_on: 2024-01-01}
    - {id: undated, name: Undated, kind: war}
    - {id: ended, name: Ended, kind: war, ended_on: 2024-03-10}
"""
    days = {
        "end": "war, period_end: 2024-03-10", "start": "war, period_start: 2024-03-10", "both": "war, period_start: 2024-03-10, period_end: 2024-03-20",
        "none": "war", "early": "war, period_end: 2023-06-01", "undated-end": "undated, period_end: 2024-03-10", "undated-none": "undated",
    }  # fmt: skip
    figures = "".join(f"    - {{id: {id}, event: {text}, measure: killed, unit: people, best: 3}}\n" for id, text in days.items())
    await instance.load(paper=source("paper") + f"claims:\n  events:{events}  figures:\n{figures}")
    expected = {
        "2000-01-01/..": "both early end none start undated-end", "2024-03-11/..": "both none start", "../2023-05-31": "undated-end",
        "../1990-01-01": "undated-end", "../2023-06-01": "early undated-end", "../2024-03-01": "early end none undated-end",
        "2024-03-10": "both end none start undated-end", "2024-03-15": "both none start", "2024-02-01/2024-02-02": "end none undated-end",
        "2023-06-01": "early undated-end", "2024-03-15/2024-03-16": "both none start",
    }  # fmt: skip
    for text, ids in expected.items():
        found = (await instance.get(f"/v1/figures?datetime={text}&fields=id&limit=100"))["data"]
        assert " ".join(sorted(row["id"] for row in found)) == ids, text
    for text, ids in {"2024-03-10": "ended war", "2024-03-11": "war", "../2023-01-01": "ended", "2024-03-09/..": "ended war"}.items():
        found = (await instance.get(f"/v1/events?datetime={text}&fields=id"))["data"]
        assert " ".join(sorted(row["id"] for row in found)) == ids, text
