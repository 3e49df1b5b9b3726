"""Lists below a record, chosen by `fields`, are filtered, ordered and limited by parameters of their own."""

from __future__ import annotations

from typing import Any

import pytest

from schema.kinds import KINDS

from ..conftest import Instance
from ..support.invented import Cells, collection

INVENTED = collection(KINDS, 40)


def figures_of(id: str, meets: Any = lambda figure: True) -> list[Cells]:
    return [figure for figure in INVENTED["figures"] if figure["event"] == id and meets(figure)]


MANY = max((row["id"] for row in INVENTED["events"]), key=lambda id: len(figures_of(id)))
MEASURE = figures_of(MANY)[0]["measure"]


async def nested(on: Instance, asked: str, name: str = "figures") -> dict[str, Any]:
    answer = await on.client.get(f"/v1/events?limit=100&fields=*,figures.best,figures.event,figures.measure&{asked}")
    assert answer.status_code == 200, answer.text
    return {row["id"]: row[name] for row in answer.json()["data"]}


async def test_a_nested_list_is_filtered_and_the_list_is_not(invented: Instance) -> None:
    found = await nested(invented, f"figures.where.measure={MEASURE}")
    assert len(found) == len(INVENTED["events"])
    for id, page in found.items():
        assert [one["id"] for one in page["data"]] == [one["id"] for one in figures_of(id, lambda one: one["measure"] == MEASURE)]
    both = await nested(invented, f"figures.some.measure={MEASURE}&figures.where.measure={MEASURE}")
    assert all(page["data"] for page in both.values()) and len(both) < len(found)


async def test_a_nested_list_is_limited_and_goes_on(invented: Instance) -> None:
    page = (await nested(invented, f"figures.limit=1&figures.order=-best&figures.where.measure.one_of={MEASURE},killed"))[MANY]
    expected = figures_of(MANY, lambda one: one["measure"] in (MEASURE, "killed"))
    found = [one["id"] for one in page["data"]]
    while page["next"]:
        page = await invented.get(page["next"])
        assert len(page["data"]) == 1
        found += [one["id"] for one in page["data"]]
    assert sorted(found) == sorted(one["id"] for one in expected) and len(found) == len(expected)


async def test_one_plan_serves_other_values(invented: Instance) -> None:
    for limit in (1, 2, 1):
        for measure in (MEASURE, "injured"):
            page = (await nested(invented, f"figures.limit={limit}&figures.where.measure={measure}"))[MANY]
            expected = figures_of(MANY, lambda one, measure=measure: one["measure"] == measure)
            assert [one["id"] for one in page["data"]] == [one["id"] for one in expected][:limit]
            assert page["next"] is None or f"measure={measure}&limit={limit}&" in page["next"]


async def test_lists_of_one_record_and_behind_references_too(invented: Instance) -> None:
    one = await invented.get(f"/v1/events/{MANY}?provenance=none&fields=figures.best&figures.limit=1&figures.where.country.known=true")
    assert len(one["data"]["figures"]["data"]) <= 1
    row = (await invented.get("/v1/figures?fields=event.figures.best&event.figures.limit=1&limit=3"))["data"][0]
    assert len(row["event"]["figures"]["data"]) == 1
    deep = await invented.get("/v1/locations?fields=events.figures.best&events.figures.limit=1&events.limit=2&limit=100")
    events = [event for place in deep["data"] for event in place["events"]["data"]]
    assert (
        events
        and all(len(event["figures"]["data"]) <= 1 for event in events)
        and all(len(place["events"]["data"]) <= 2 for place in deep["data"])
    )
    lines = (await invented.client.get("/v1/events.ndjson?fields=figures.best&figures.limit=1")).text.splitlines()
    assert len(lines) == len(INVENTED["events"])


@pytest.mark.parametrize(("asked", "message"), [
    ("figures.limit=5", "add `figures` to `fields`, as in `fields=*,figures`"), ("fields=figures.best&figures.limit=0", "figures.limit: must be between"),
    ("fields=figures.best&figures.limit=x", "whole number"), ("fields=figures.best&figures.order=nonsense", "figures.order: figures cannot be ordered by"),
    ("fields=figures.best&figures.where.mesure=killed", "did you mean measure"), ("fields=figures.best&figures.where=killed", "figures.where: add a field"),
    ("fields=figures.best&figures.limit=1&figures.limit=2", "is given 2 times"), ("fields=figures.best&figures.where.measure=", "is empty"),
    ("fields=figures.best&figures.measure=killed", "figures.where.measure"), ("fields=*&participations.where.role=target", "add `participations` to `fields`"),
])  # fmt: skip
async def test_what_is_wrong_is_explained(invented: Instance, asked: str, message: str) -> None:
    answer = await invented.client.get(f"/v1/events?{asked}")
    assert answer.status_code == 400 and message in answer.json()["detail"], answer.text


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx", "geojson"])
async def test_tables_have_no_lists_below_a_record(invented: Instance, suffix: str) -> None:
    for asked in ("figures.limit=5", "figures.where.measure=killed&fields=name"):
        answer = await invented.client.get(f"/v1/events.{suffix}?{asked}")
        assert answer.status_code == 400 and "this format has no lists" in answer.json()["detail"], answer.text


async def test_a_list_is_added_to_the_fields_as_the_error_says(invented: Instance) -> None:
    assert (await invented.client.get("/v1/events?fields=*,figures&figures.limit=5")).status_code == 200


async def test_a_page_that_is_too_large_is_refused_in_the_terms_of_rest(invented: Instance) -> None:
    answer = await invented.client.get("/v1/events?limit=1000&fields=*,figures.*")
    assert answer.status_code == 400
    detail = answer.json()["detail"]
    nested_limit, limit = (detail.split(f"`{name}=")[1].split("`")[0] for name in ("figures.limit", "limit"))
    for smaller in (f"limit=1000&figures.limit={nested_limit}", f"limit={limit}"):
        assert (await invented.client.get(f"/v1/events?fields=*,figures.*&{smaller}")).status_code == 200, detail
