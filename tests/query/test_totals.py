"""Totals, rule by rule: which figures are added, which never are, and with which reason; by GraphQL, REST and snapshots alike."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from alembic import command

from api.loading.verify import verify
from api.postgres import migrate
from api.query.nodes import At, Query
from api.rest.totals import TotalsReader
from api.settings import Settings
from schema.kinds import KINDS
from schema.model.errors import BadDeclaration
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import LEFT_OUT_REASON, TOTALS_COLUMN, TOTALS_KEY

from ..conftest import Instance, source
from ..support.expected_totals import as_listed, facts, totals

FIGURE = KINDS["figure"]
Figures = list[dict[str, Any]]
WORLD = """claims:
  locations:
    - {id: syria, name: Syria, kind: country}
    - {id: aleppo, name: Aleppo, kind: admin1, part_of: syria}
    - {id: city, name: Aleppo city, kind: settlement, part_of: aleppo}
    - {id: idlib, name: Idlib, kind: admin1, part_of: syria}
  actors:
    - {id: opposition, name: Opposition, kind: coalition}
    - {id: brigade, name: A brigade, kind: rebel_group, part_of: opposition}
    - {id: army, name: Army, kind: state_forces}
  events:
    - {id: war, name: War, kind: war, country: SYR, started_on: 2024-01-01, ended_on: 2024-12-31, date_precision: 5}
    - {id: battle, name: Battle, kind: battle, country: SYR, location: aleppo, started_on: 2024-11-27, ended_on: 2024-11-29, part_of: war, date_precision: 1}
    - {id: shelling, name: Shelling, kind: shelling, country: SYR, location: city, started_on: 2024-11-28, ended_on: 2024-11-28, part_of: battle, date_precision: 1}
    - {id: raid, name: Raid, kind: battle, country: SYR, location: idlib, started_on: 2024-12-02, ended_on: 2024-12-02, part_of: war, date_precision: 2}
    - {id: clash, name: Clash, kind: battle, country: IRQ, started_on: 2025-01-01, ended_on: 2025-01-01, date_precision: 1}
    - {id: undated, name: Undated, kind: battle}
  figures:
"""
KILLED = {"measure": "killed", "unit": "people", "basis": "flow"}


async def told(instance: Instance, *figures: dict[str, Any], **parameters: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The rows of totals over figures, by default of people killed in the battle, and the number of figures left out by reason."""
    lines = [json.dumps({"id": f"f{number}", "event": "battle", **KILLED, **one}) for number, one in enumerate(figures)]
    rows = [{name: cell for name, cell in json.loads(line).items() if cell is not None} for line in lines]
    await instance.load(paper=source() + WORLD + "".join(f"    - {json.dumps(row)}\n" for row in rows))
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    answer = await instance.get(f"/v1/figures/totals?{query}")
    await same_by_hand(instance, parameters.get("by", ""))
    return answer["data"], {one["reason"]: one["figures"] for one in answer["left_out"]}


async def same_by_hand(instance: Instance, by: str) -> None:
    keys = tuple(by.split(",")) if by else ()
    answer = await instance.get(f"/v1/figures/totals?by={by}")
    rows, left_out = totals(await facts(instance), keys)
    assert (as_listed(answer["data"]), answer["left_out"]) == (as_listed(rows), left_out)


def ranges(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["low"], row["best"], row["high"]) for row in rows]


# The range


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ({"best": 5}, (5, 5, 5)),
        ({"low": 3, "best": 5, "high": 9}, (3, 5, 9)),
        ({"low": 3}, (3, None, None)),
        ({"high": 9}, (0, None, 9)),
        ({"low": 3, "quantifier": "more_than"}, (3, None, None)),
        ({"best": 3, "quantifier": "more_than"}, (3, 3, None)),
        ({"high": 9, "quantifier": "less_than"}, (0, None, 9)),
        ({"best": 9, "quantifier": "less_than"}, (0, 9, 9)),
        ({"low": 3, "quantifier": "at_least"}, (3, None, None)),
        ({"high": 9, "quantifier": "at_most"}, (0, None, 9)),
        ({"best": 0}, (0, 0, 0)),
        ({"low": 12.5, "high": 13.25}, (12.5, None, 13.25)),
    ],
)
async def test_a_figure_keeps_its_range(instance: Instance, number: dict[str, Any], expected: tuple[Any, ...]) -> None:
    rows, left_out = await told(instance, number)
    assert (ranges(rows), left_out) == ([expected], {})


async def test_ranges_are_added_and_a_sum_is_open_above_if_any_figure_is(instance: Instance) -> None:
    rows, _ = await told(
        instance,
        {"population": "civilians", "low": 20, "quantifier": "more_than"},
        {"population": "combatants", "low": 80, "best": 83, "high": 90},
    )
    assert ranges(rows) == [(100, 83, None)]
    assert (rows[0]["figures"], rows[0]["without_best"]) == (2, 1)


async def test_sums_are_exact(instance: Instance) -> None:
    numbers: Figures = [
        {"event": event, "best": best} for event, best in (("battle", "0.1"), ("raid", "0.2"), ("clash", "123456789012345678.7"))
    ]
    await told(instance, *numbers)
    text = (await instance.client.get("/v1/figures/totals")).text
    assert '"best":123456789012345679,' in text


# What is never added


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"measure": "killed"}, {"measure": "injured"}),
        ({"unit": "people"}, {"unit": "households"}),
        ({"basis": "flow"}, {"basis": "stock"}),
        ({"basis": "flow"}, {"basis": "cumulative"}),
        ({"basis": "stock"}, {"basis": "cumulative"}),
    ],
)
async def test_these_figures_are_never_added_to_each_other(instance: Instance, one: dict[str, Any], other: dict[str, Any]) -> None:
    rows, left_out = await told(instance, {"best": 1, **one}, {"best": 2, **other})
    assert sorted(row["best"] for row in rows) == [1, 2] and left_out == {}
    assert all(row["measure"] and row["unit"] and row["basis"] for row in rows)


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        ({}, "no_number"),
        ({"best": 1, "unit": None}, "unit_unknown"),
        ({"best": 1, "basis": None}, "basis_unknown"),
        ({"best": 350, "measure": "distance", "unit": "kilometres"}, "no_sum"),
        ({"best": 9, "measure": "population"}, "no_sum"),
    ],
)
async def test_a_figure_that_cannot_be_added_is_left_out_and_hides_no_other(
    instance: Instance, figure: dict[str, Any], reason: str
) -> None:
    """A figure that is left out by itself does not push out others that it would contain."""
    rows, left_out = await told(instance, {"event": "war", "population": "all", **figure}, {"population": "civilians", "best": 7})
    assert (ranges(rows), left_out) == ([(7, 7, 7)], {reason: 1})


PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    # A total and its parts, of one event
    "all and civilians": ({"population": "all"}, {"population": "civilians"}, "part_of_total"),
    "nobody said whom, and civilians": ({}, {"population": "civilians"}, "part_of_total"),
    "unknown and civilians": ({"population": "unknown"}, {"population": "civilians"}, "part_of_total"),
    "all and unknown": ({"population": "all"}, {"population": "unknown"}, "part_of_total"),
    "civilians and combatants": ({"population": "civilians"}, {"population": "combatants"}, None),
    "civilians and children, who may be civilians": ({"population": "civilians"}, {"population": "children"}, "part_of_total"),
    "women and children": ({"population": "women"}, {"population": "children"}, None),
    "no actor and one": ({}, {"actor": "army"}, "part_of_total"),
    "two actors": ({"actor": "opposition"}, {"actor": "army"}, None),
    "an actor and its part": ({"actor": "opposition"}, {"actor": "brigade"}, "part_of_total"),
    "the whole event and a place": ({}, {"location": "city"}, "part_of_total"),
    "two places": ({"location": "city"}, {"location": "idlib"}, None),
    "a place and one in it": ({"location": "aleppo"}, {"location": "city"}, "part_of_total"),
    # Time
    "days that follow each other": ({"period_start": "2024-11-27", "period_end": "2024-11-28"}, {"period_start": "2024-11-29", "period_end": "2024-11-29"}, None),
    "days in common": ({"period_start": "2024-11-27", "period_end": "2024-11-29"}, {"period_start": "2024-11-29", "period_end": "2024-11-30"}, "repeated"),
    "an open span": ({"period_start": "2024-11-27"}, {"period_start": "2024-12-29", "period_end": "2024-12-30"}, "repeated"),
    "an event's own days and others": ({}, {"period_start": "2024-12-01", "period_end": "2024-12-02"}, None),
    "a later count of a stock": (
        {"basis": "stock", "period_start": "2024-12-01", "period_end": "2024-12-01"},
        {"basis": "stock", "period_start": "2024-11-01", "period_end": "2024-11-01"}, "superseded",
    ),
    "a later running total": (
        {"basis": "cumulative", "period_start": "2024-11-01", "period_end": "2024-11-30"},
        {"basis": "cumulative", "period_start": "2024-11-01", "period_end": "2024-11-20"}, "superseded",
    ),
    # An event and its parts
    "an event and its part": ({}, {"event": "shelling"}, "part_of_event"),
    "an event and the part of a part": ({"event": "war"}, {"event": "shelling"}, "part_of_event"),
    "a larger event's civilians, and nobody said whom": ({"population": "civilians"}, {"event": "shelling"}, "part_of_event"),
    "a larger event's civilians, and combatants": ({"population": "civilians"}, {"event": "shelling", "population": "combatants"}, None),
    "two parts of an event": ({}, {"event": "raid"}, None),
    "an event and a part on other days": ({"event": "war", "period_start": "2024-01-01", "period_end": "2024-06-30"}, {}, None),
    "an event in one place and a part in another": ({"event": "war", "location": "idlib"}, {"event": "shelling"}, None),
    "an event in a place and a part within": ({"event": "war", "location": "aleppo"}, {"event": "shelling"}, "part_of_event"),
    "a larger event's stock": ({"event": "war", "basis": "stock"}, {"basis": "stock"}, "part_of_event"),
}  # fmt: skip


@pytest.mark.parametrize(("wide", "narrow", "reason"), PAIRS.values(), ids=list(PAIRS))
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
async def test_of_two_overlapping_figures_the_wider_is_added(
    instance: Instance, wide: dict[str, Any], narrow: dict[str, Any], reason: str | None, turned: bool
) -> None:
    pair = [{"best": 100, **wide}, {"best": 1, **narrow}]
    rows, left_out = await told(instance, *(reversed(pair) if turned else pair))
    assert [row["best"] for row in rows] == ([101] if reason is None else [100])
    assert left_out == ({} if reason is None else {reason: 1})


async def test_only_an_added_figure_leaves_others_out(instance: Instance) -> None:
    """The middle one overlaps with both; it is left out, and so leaves nothing out."""
    spans = [("2024-11-01", "2024-11-10"), ("2024-11-10", "2024-11-15"), ("2024-11-15", "2024-11-17")]
    rows, left_out = await told(instance, *({"best": 1, "period_start": start, "period_end": end} for start, end in spans))
    assert (ranges(rows), left_out) == ([(2, 2, 2)], {"repeated": 1})


# What conditions and keys do


async def test_a_part_is_added_if_its_total_is_not_requested(instance: Instance) -> None:
    figures: Figures = [{"best": 100, "event": "war"}, {"best": 7}, {"best": 3, "population": "civilians"}]
    assert (await told(instance, *figures))[1] == {"part_of_event": 2}
    assert ranges((await told(instance, *figures, event="battle"))[0]) == [(7, 7, 7)]
    assert ranges((await told(instance, *figures, population="civilians"))[0]) == [(3, 3, 3)]
    rows, left_out = await told(instance, *figures, since="2024-11-01", until="2024-11-30")
    assert (ranges(rows), left_out) == ([(7, 7, 7)], {"part_of_total": 1})


async def test_grouped_by_population_or_actor_figures_do_not_leave_each_other_out(instance: Instance) -> None:
    figures: Figures = [
        {"best": 100, "population": "all"},
        {"best": 60, "population": "civilians"},
        {"best": 5, "population": "civilians", "actor": "army"},
    ]
    assert [row["best"] for row in (await told(instance, *figures))[0]] == [100]
    rows, left_out = await told(instance, *figures, by="population")
    assert [(row["population"], row["best"]) for row in rows] == [("all", 100), ("civilians", 60)] and left_out == {"part_of_total": 1}
    rows, left_out = await told(instance, *figures, by="population,actor")
    assert [row["best"] for row in rows] == [5, 100, 60] and left_out == {}
    assert rows[0]["actor"] == {"id": "army", "name": "Army"} and rows[1]["actor"] is rows[2]["actor"] is None


async def test_totals_by_time_and_country(instance: Instance) -> None:
    figures: Figures = [
        {"best": 1}, {"best": 2, "event": "raid"}, {"best": 4, "event": "clash"}, {"best": 8, "event": "undated"},
        {"best": 16, "event": "undated", "population": "civilians", "period_start": "2024-11-01", "period_end": "2024-12-01", "basis": "stock"},
    ]  # fmt: skip
    rows, _ = await told(instance, *figures, by="month,year,country")
    assert [(row["month"], row["year"], row["country"], row["best"]) for row in rows] == [
        ("2024-11", 2024, "SYR", 1), ("2024-11", 2024, None, 16), ("2024-12", 2024, "SYR", 2), ("2025-01", 2025, "IRQ", 4), (None, None, None, 8),
    ]  # fmt: skip
    rows, left_out = await told(instance, *figures, by="year", since="2024-12-02", until="2025-01-01")
    assert ([(row["year"], row["best"]) for row in rows], left_out) == ([(2024, 2), (2025, 4)], {"date_unknown": 1})


async def test_a_place_includes_the_places_inside_it(instance: Instance) -> None:
    figures: Figures = [
        {"best": 1, "event": "shelling"},
        {"best": 2, "event": "raid"},
        {"best": 4, "event": "clash"},
        {"best": 8, "event": "clash", "location": "city", "basis": "stock"},
    ]
    rows, _ = await told(instance, *figures, by="place")
    flows = [(row["place"] and row["place"]["id"], row["best"]) for row in rows if row["basis"] == "flow"]
    assert flows == [("aleppo", 1), ("city", 1), ("idlib", 2), ("syria", 3), (None, 4)]
    assert [row["place"]["id"] for row in rows if row["basis"] == "stock"] == ["aleppo", "city", "syria"]


async def test_imprecise_dates_are_counted(instance: Instance) -> None:
    figures: Figures = [
        {"best": 1},  # A battle of three days in one month, exactly dated.
        {"best": 1, "event": "raid"},  # Dated to within some days.
        {"best": 1, "event": "undated"},
        {"best": 1, "event": "clash", "period_start": "2024-11-30", "period_end": "2024-12-01"},
        {"best": 1, "event": "clash", "period_start": "2024-12-31", "period_end": "2025-01-01"},
    ]
    assert [row["imprecise_dates"] for row in (await told(instance, *figures))[0]] == [2]
    rows, _ = await told(instance, *figures, by="year")
    assert {row["year"]: row["imprecise_dates"] for row in rows} == {2024: 2, None: 1}
    rows, _ = await told(instance, *figures, by="month")
    assert {row["month"]: row["imprecise_dates"] for row in rows} == {"2024-11": 1, "2024-12": 2, None: 1}


async def test_disputed_figures_are_counted(instance: Instance) -> None:
    await told(instance, {"best": 5}, {"best": 7, "event": "raid"}, {"best": 9, "event": "clash"})
    for name, rank, best in (("rival", "normal", 6), ("odd", "deprecated", 99)):
        number = 0 if name == "rival" else 1
        claims = f"claims:\n  figures:\n    - {{id: f{number}, best: {best}, unit: people, rank: {rank}}}\n"
        instance.write(f"{name}.yaml", source(name) + claims)
    await instance.load()
    assert (await instance.get("/v1/figures/totals"))["data"][0]["disputed"] == 1
    assert (await instance.get("/v1/figures/f0"))["data"]["provenance"]["best"]["disputed"]
    await same_by_hand(instance, "month")


# The fixtures


async def test_the_offensive_on_aleppo(aleppo: Instance) -> None:
    """The dead on the campus may be among the civilians of the offensive; a distance is no sum; 14,000 is a lower bound."""
    answer = await aleppo.get("/v1/figures/totals?by=month")
    assert [
        (row["month"], row["measure"], row["unit"], row["basis"], row["low"], row["best"], row["high"], row["figures"])
        for row in answer["data"]
    ] == [
        ("2024-11", "area_captured", "square_kilometres", "cumulative", 400, 400, 400, 1),
        ("2024-11", "displaced", "people", "cumulative", 14000, None, None, 1),
        ("2024-11", "killed", "people", "flow", 238, None, None, 3),
        ("2024-11", "settlements_captured", "settlements", "cumulative", 70, 70, 70, 1),
    ]
    assert answer["left_out"] == [{"reason": "no_sum", "figures": 1}, {"reason": "part_of_event", "figures": 1}]
    assert [row["disputed"] for row in answer["data"]] == [0, 1, 0, 0]
    for keys in ("", "month", "place", "actor", "place,actor,population", "country,year,population", "unit"):
        await same_by_hand(aleppo, keys)


COLUMNS = "month year country place { id name } actor { id name } measure population unit basis low best high figures withoutBest disputed impreciseDates"


@pytest.mark.parametrize("by", ["", "month", "place,actor", "country,year,population", "measure,unit"])
@pytest.mark.parametrize("revision", [None, 1])
async def test_graphql_and_rest_and_a_snapshot_give_the_same(aleppo: Instance, by: str, revision: int | None) -> None:
    keys = ", ".join(by.upper().split(",")) if by else ""
    asked = f"totals(by: [{keys}], where: {{measure: {{ne: DISTANCE}}}}) {{ rows {{ {COLUMNS} }} leftOut {{ reason figures }} }}"
    found = await aleppo.graphql(f"{{ snapshot(revision: 1) {{ {asked} }} }}" if revision else f"{{ {asked} }}")
    graphql = (found["snapshot"] if revision else found)["totals"]
    pinned = "&revision=1" if revision else ""
    rest = await aleppo.get(f"/v1/figures/totals?by={by}&measure.ne=distance{pinned}")
    names = {"withoutBest": "without_best", "impreciseDates": "imprecise_dates"}
    rows = [{names.get(name, name): spelt(name, cell) for name, cell in row.items()} for row in graphql["rows"]]
    assert rows == rest["data"] and rest["revision"] == 1
    assert [{"reason": one["reason"].lower(), "figures": one["figures"]} for one in graphql["leftOut"]] == rest["left_out"]


def spelt(name: str, cell: Any) -> Any:
    return cell.lower() if name in ("measure", "population", "unit", "basis") and cell else cell


async def test_an_earlier_revision_has_its_own_totals(instance: Instance) -> None:
    await told(instance, {"best": 5}, {"best": 3, "event": "raid"}, by="month")
    first = await instance.get("/v1/figures/totals?by=month")
    await told(instance, {"best": 6}, by="month")
    assert (await instance.get("/v1/figures/totals?by=month&revision=1")) == first
    assert (await instance.get("/v1/figures/totals?by=month"))["data"][0]["best"] == 6
    found = await instance.graphql("{ totals { rows { best } } snapshot(revision: 1) { totals { rows { best } } } }")
    assert (found["totals"]["rows"], found["snapshot"]["totals"]["rows"]) == ([{"best": 6}], [{"best": 8}])
    empty = await instance.get("/v1/figures/totals?revision=0")
    assert (empty["data"], empty["left_out"]) == ([], [])


async def test_places_and_actors_of_rows_have_all_their_fields(aleppo: Instance) -> None:
    question = "{ t: totals(by: [PLACE, ACTOR]) { __typename rows { __typename p: place { name partOf { name } } actor { name kind } } leftOut { __typename } } }"
    found = (await aleppo.graphql(question))["t"]
    assert (found["__typename"], found["leftOut"][0]) == ("Totals", {"__typename": "LeftOut"})
    assert {"__typename": "TotalsRow", "p": {"name": "Aleppo", "partOf": {"name": "Aleppo Governorate"}}, "actor": None} in found["rows"]


# What is refused


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("by=moth", "by: totals cannot be grouped by 'moth'; did you mean month"),
        ("bye=month", "bye: figures have no field 'bye'; did you mean by"),
        ("sinse=2024-01-01", "sinse: figures have no field 'sinse'; did you mean since"),
        ("since=yesterday", "since: must be a date such as 2024-11-27, not 'yesterday'"),
        ("since=2024-02-01&until=2024-01-01", "since, until: the span ends on 2024-01-01, before it begins on 2024-02-01; swap the two"),
        ("limit=5", "limit: figures have no field 'limit'"),
        ("event.cuntry=SYR", "event.cuntry: event has no operator or field 'cuntry'; did you mean country"),
        ("by=month&by=year", "by: is given 2 times; give it once"),
    ],
)
async def test_a_bad_parameter_is_refused_with_the_valid_ones(aleppo: Instance, query: str, detail: str) -> None:
    response = await aleppo.client.get(f"/v1/figures/totals?{query}")
    assert response.status_code == 400 and response.json()["detail"].startswith(detail), response.text


async def test_graphql_refuses_a_bad_argument(aleppo: Instance) -> None:
    for query in ("{ totals(by: [MOTH]) { rows { low } } }", '{ totals(since: "2024-02-01", until: "2024-01-01") { rows { low } } }'):
        answer = (await aleppo.client.post("/graphql", json={"query": query})).json()
        assert answer["errors"] and "data" not in answer


async def test_too_many_rows_are_an_error(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.sql.answering.totals.MAX_TOTALS", 2)
    figures: Figures = [{"best": 1}, {"best": 2, "event": "raid"}, {"best": 3, "event": "clash"}]
    lines = "".join(f"    - {json.dumps({'id': f'f{n}', 'event': 'battle', **KILLED, **one})}\n" for n, one in enumerate(figures))
    await instance.load(paper=source() + WORLD + lines)
    assert len((await instance.get("/v1/figures/totals?by=year"))["data"]) == 2
    refused = await instance.client.get("/v1/figures/totals?by=month")
    assert (refused.status_code, refused.json()["code"]) == (400, "too-much")
    assert "group by fewer keys" in refused.json()["detail"]
    found = await instance.graphql("{ totals(by: [MONTH]) { leftOut { reason } } }")
    assert found["totals"] == {"leftOut": []}


async def test_the_cost_of_totals_is_that_of_their_largest_answer(aleppo: Instance) -> None:
    eleven = " ".join(f"t{number}: totals {{ rows {{ low }} }}" for number in range(11))
    answer = (await aleppo.client.post("/graphql", json={"query": f"{{ {eleven} }}"})).json()
    assert answer["errors"][0]["extensions"]["code"] == "too-much"
    assert Settings().max_cost == 100_000
    await aleppo.graphql("{ " + " ".join(f"t{number}: totals {{ rows {{ low }} }}" for number in range(10)) + " }")


async def test_totals_honour_conditional_requests(aleppo: Instance) -> None:
    first = await aleppo.client.get("/v1/figures/totals?by=month")
    again = await aleppo.client.get("/v1/figures/totals?by=month", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    pinned = await aleppo.client.get("/v1/figures/totals?revision=1")
    assert pinned.headers["cache-control"] == "public, max-age=86400"
    assert (await aleppo.client.get("/v1/figures/totals?revision=99")).status_code == 404


# The rollup


async def test_a_migration_fills_the_rollup_from_loaded_figures(store: Instance) -> None:
    await store.load(paper=source() + WORLD + f"    - {json.dumps({'id': 'f', 'event': 'battle', 'best': 5, **KILLED})}\n")
    before = await store.rows("select * from figure_total")
    previous = (await store.rows("select version_num from alembic_version"))[0][0]
    await asyncio.to_thread(command.downgrade, migrate._config(store.url), PREVIOUS)
    await asyncio.to_thread(migrate.migrate, store.url)
    assert await store.rows("select * from figure_total") == before and len(before) == 1
    assert (await store.rows("select version_num from alembic_version"))[0][0] == previous
    async for proof in verify(KINDS, store.url):
        assert proof.contradictions == [], proof.name


PREVIOUS = "0005"


@pytest.mark.parametrize(
    "change", ["update figure_total set low = low + 1", "delete from figure_total", "insert into figure_overlap values (1, true, true)"]
)
async def test_verify_finds_a_wrong_rollup(store: Instance, change: str) -> None:
    await store.load(paper=source() + WORLD + f"    - {json.dumps({'id': 'f', 'event': 'battle', 'best': 5, **KILLED})}\n")
    assert not [proof.name async for proof in verify(KINDS, store.url) if proof.contradictions]
    await store.rows(change)
    assert len([proof.name async for proof in verify(KINDS, store.url) if proof.contradictions]) == 1


async def test_queries_that_the_rollup_can_answer_read_it(instance: Instance) -> None:
    """An emptied rollup changes the answers of queries that read it, and of no others."""
    await told(instance, {"best": 5})
    await instance.rows("delete from figure_total")
    reader, store = TotalsReader(KINDS, FIGURE), instance.app.state.store
    asked = {
        "by=month": True, "by=country,population&event.country=SYR&measure=killed": True, "since=2024-11-01&until=2024-11-30": True,
        "population=civilians": True, "by=population&population.ne=all": True,
        "by=place": False, "by=actor": False, "population.ne=all": False, "actor.known=false": False, "since=2024-11-02": False, "event=battle": False,
    }  # fmt: skip
    for query, rolled in asked.items():
        node, _ = reader.totals([tuple(pair.split("=")) for pair in query.split("&")])  # type: ignore[misc]  # pairs by their making
        known = [json.loads((await store.answer(Query((one,), At()))).roots[0])["data"] for one in (node, replace(node, derived=False))]
        assert (known[0] == []) == (rolled or known[1] == []), query


# The declaration


def test_every_reason_is_tested_and_documented() -> None:
    assert set(LEFT_OUT_REASON.codes) == {reason for _, _, reason in PAIRS.values() if reason} | {
        "no_number", "no_sum", "unit_unknown", "basis_unknown", "date_unknown",
    }  # fmt: skip
    for vocabulary in (LEFT_OUT_REASON, TOTALS_KEY, TOTALS_COLUMN):
        assert all(one.definition.endswith(".") for one in vocabulary.codes.values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"low": "lowest"}, "lowest is not one of its fields"),
        ({"event": "measure"}, "measure does not refer to an event"),
        ({"event_start": "began"}, "began is not a field of event"),
        ({"flow": "flows"}, "flows is not a code of basis"),
        ({"disjoint_populations": (("civilians", "soldiers"),)}, "soldiers is not a code of population"),
        ({"low": "measure"}, "low, best and high must be exact decimals"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(change: dict[str, Any], told: str) -> None:
    assert FIGURE.totals is not None
    wrong = Kind("figure", "figures", "A number.", *FIGURE.fields.values(), totals=replace(FIGURE.totals, **change))
    others = [kind for kind in KINDS.values() if kind is not FIGURE]
    with pytest.raises(BadDeclaration, match=told):
        Kinds([*(Kind(k.name, k.plural, k.description, *k.fields.values(), root=k.root) for k in others), wrong])
