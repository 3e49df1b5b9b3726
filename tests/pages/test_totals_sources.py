"""Whose claims a card of totals says its numbers are, and the last day of its running totals: those of the figures that totals rest on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from api.loading.collections import load
from api.pages.totals_cards import TotalsCards
from api.pages.totals_sources import MOST
from api.query.nodes import At, ContributingRecords, OneParty, Query
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.small_world import document
from .test_cards import card


def event(id: str, country: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "name": f"Event {id}", "kind": "battle", "country": country, "started_on": "2024-01-01", **fields}


def killed(id: str, event: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "event": event, "measure": "killed", "population": "all", "unit": "people", "basis": "flow", **fields}


def running(id: str, event: str, end: str, **fields: Any) -> dict[str, Any]:
    return killed(id, event, **{"basis": "cumulative", "period_end": end, **fields})


async def test_a_card_reads_its_party_and_its_day_from_the_figures_that_are_added(instance: Instance) -> None:
    ministry = {
        "events": [
            event("war", "SDN"), event("war-battle", "SDN", part_of="war"),
            event("low", "COD"), event("low-part", "COD", part_of="low"),
            event("one", "TCD"), event("two", "TCD"),
            event("later", "MLI", ended_on="2024-03-01"),
        ],
        "figures": [
            running("a-100", "war", "2024-05-01", best=100),
            running("low-100", "low", "2024-05-01", best=100),
            killed("one-100", "one", best=100), killed("two-5", "two", best=5),
            killed("later-7", "later", basis="cumulative", best=7),
        ],
    }  # fmt: skip
    observatory = {
        "events": [event(f"other-{n}", "TCD") for n in range(55)],
        "figures": [
            running("b-100", "war-battle", "2024-06-01", best=100),  # May be of other people, and is not added.
            running("part-80", "low-part", "2024-05-01", low=80, quantifier="at_least"),  # Its bound is used.
            *(killed(f"other-{n}-1", f"other-{n}", best=1, origin="extrapolated", period_end="2024-07-01") for n in range(55)),
        ],
    }
    instance.write("a/ministry.yaml", document("ministry", ministry, publisher="Ministry A"))
    instance.write("b/observatory.yaml", document("observatory", observatory, publisher="Observatory B"))
    await instance.hear((await load(KINDS, instance.url, instance.folder)).revision)
    for where in ("event.country=SDN", "event.within=war", "event.country=SDN&by=measure,country"):
        text = await card(instance, f"/embed/totals?measure=killed&{where}")
        assert "1 May 2024" in text and "June" not in text and "according to Ministry A" in text, text
    assert "according to" not in await card(instance, "/embed/totals?measure=killed&event.country=COD")
    assert "according to Ministry A" in await card(instance, "/embed/totals?measure=killed&event.country=TCD")
    assert "according to Ministry A" in await card(instance, "/embed/timeline?measure=killed&event.country=TCD")
    assert "running total up to 1 March 2024" in await card(instance, "/embed/totals?measure=killed&event.country=MLI")


async def test_a_card_of_many_figures_names_the_party_of_all_of_them(instance: Instance) -> None:
    events = [event(f"e{n}", "NER") for n in range(60)] + [event(f"m{n}", "BEN") for n in range(60)]
    figures = [killed(f"{one['id']}-1", one["id"], best=1) for one in events]
    instance.write("a/ministry.yaml", document("ministry", {"events": events, "figures": figures}, publisher="Ministry A"))
    # Of one among many, the published number is that of somebody else; it is neither the first nor the latest.
    other = {"events": [event("e-other", "BEN")], "figures": [killed("other-1", "e-other", best=1, period_end="2023-12-31")]}
    instance.write("b/other.yaml", document("other", other, publisher="Observatory B"))
    revision = (await load(KINDS, instance.url, instance.folder)).revision
    await instance.hear(revision)
    store = instance.app.state.store
    for moment in (At(), At(revision=revision)):
        for country, one in (("NER", {"id": "e0-1"}), ("BEN", {"id": None})):
            node, _ = TotalsCards(KINDS, store).reader.totals([("event.country", country)])
            told = [
                json.loads((await store.answer(Query((replace(node, parts=(OneParty("party", most),)),), moment))).roots[0] or "")
                for most in (61, 3)
            ]
            assert told == [{"party": one}, {"party": None}]
    for at in ("", f"&revision={revision}"):
        text = await card(instance, f"/embed/totals?measure=killed&event.country=NER{at}")
        assert "60 people" in text and "according to Ministry A" in text, text
        text = await card(instance, f"/embed/totals?measure=killed&event.country=BEN{at}")
        assert "61 people" in text and "according to" not in text, text


@pytest.mark.parametrize("keys", ["", "place", "actor,month"])
async def test_the_figures_behind_totals_are_those_that_they_add(invented: Instance, aleppo: Instance, keys: str) -> None:
    for instance in (invented, aleppo):
        store = instance.app.state.store
        for where in ([], [("population", "civilians")], [("since", "2013-01-01"), ("until", "2019-06-30")]):
            node, _ = TotalsCards(KINDS, store).reader.totals([*where, *([("by", keys)] if keys else [])])
            parts = ContributingRecords("figures", MOST, 1000)
            nodes = node, type(node)(node.key, node.kind, (parts,), node.by, node.where, node.since, node.until)
            for at in (At(), At(revision=1)):
                totals, behind = [json.loads((await store.answer(Query((one,), at))).roots[0]) for one in nodes]
                records = behind["figures"]["records"]
                assert behind["figures"]["count"] == len(records)
                if keys != "place":  # There, a figure is in the rows of all places around it.
                    assert sum(record["added"] for record in records) == sum(row["figures"] for row in totals["data"])


async def test_figures_are_not_compared_row_by_row(aleppo: Instance) -> None:
    """The planner expects few pairs of them: by nested loops, those of a year of a war took minutes, and its card and its chart failed."""
    node, _ = TotalsCards(KINDS, aleppo.app.state.store).reader.totals([("measure", "killed"), ("country", "SYR"), ("by", "month")])
    behind = type(node)(node.key, node.kind, (ContributingRecords("figures", MOST, 1),), node.by, node.where)
    statement = aleppo.app.state.store.compile(Query((behind,))).statement
    assert not statement.nested_loops and not statement.generic_plan


async def test_too_many_figures_are_not_compared_to_name_their_source(aleppo: Instance) -> None:
    store = aleppo.app.state.store
    node, _ = TotalsCards(KINDS, store).reader.totals([])
    node = type(node)(node.key, node.kind, (ContributingRecords("figures", 3, 1),))
    assert json.loads((await store.answer(Query((node,)))).roots[0]) == {"figures": None}
