"""What was compiled for a question serves whoever asks it with other values, and nobody whom it does not fit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from api.costs.cost import Cost, CostTree
from api.query import conditions
from api.query.bindings import Values
from api.query.nodes import Query
from api.settings import Settings
from api.sql.answering.statement import Statement
from api.store import plans
from schema.model.kinds import Kinds
from schema.model.types import Type

from ..conftest import COLLECTIONS, Databases, Instance, source


@pytest_asyncio.fixture(scope="module")
async def forgetful(databases: Databases, collections_template: str) -> AsyncIterator[Instance]:
    """The fixtures, with an application that keeps plans but no answers."""
    name = await databases.fresh(collections_template)
    made = Instance(databases, name, COLLECTIONS, settings=Settings(kept_megabytes=0, rate_limit=0))
    async with made.app.router.lifespan_context(made.app), made.client:
        await made.get("/v1/revisions")
        yield made


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Every question that is compiled from now on."""
    found: list[Query] = []
    statement = plans.statement  # type: ignore[attr-defined]  # it is what the module calls, wherever it is from

    def seen(kinds: Kinds, query: Query, current: int | None, size: int) -> Statement:
        found.append(query)
        return statement(kinds, query, current, size)

    monkeypatch.setattr(plans, "statement", seen)
    return found


DOCUMENT = """query($first: Int, $country: Country = SYR, $ids: [ID!] = ["aleppo-offensive-2024"], $named: Boolean = true) {
  events(first: $first, where: {country: {eq: $country}, id: {oneOf: $ids}}) { nodes { id: slug name @include(if: $named) } } }"""
IDS = ["aleppo-offensive-2024", "nobody", "nothing"]
# What is asked first, what then, and whether the second is compiled anew.
VARIABLES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "the same": ({"country": "SYR"}, {"country": "SYR"}, False),
    "another value": ({"country": "SYR", "first": 3}, {"country": "IRQ", "first": 3}, False),
    "another size": ({"country": "SYR", "first": 3}, {"country": "SYR", "first": 7}, False),
    "a longer list": ({"ids": IDS[:1], "first": 4}, {"ids": IDS, "first": 4}, False),
    "other fields": ({"country": "SYR", "named": True, "first": 5}, {"country": "SYR", "named": False, "first": 5}, True),
}


@pytest.mark.parametrize(("first", "then", "anew"), VARIABLES.values(), ids=VARIABLES)
async def test_a_document_is_compiled_once_for_all_values(
    forgetful: Instance, compiled: list[Query], first: dict[str, Any], then: dict[str, Any], anew: bool
) -> None:
    text = f"{DOCUMENT} # {anew} {first} {then}"
    await forgetful.graphql(text, **first)
    assert len(compiled) == 1
    got = await forgetful.graphql(text, **then)
    assert len(compiled) == 1 + anew
    assert got == await forgetful.graphql(f"{text} again", **then)
    await forgetful.graphql(text, **first)
    assert len(compiled) == 2 + anew


ADDRESSES = {
    "another country": ("country=SYR&limit=3", "country=IRQ&limit=3", False),
    "another size": ("country=SYR&limit=4", "country=SYR&limit=5", False),
    "another day": ("started_on.gte=2024-01-01", "started_on.gte=2025-01-01", False),
    "other fields": ("fields=name", "fields=name,kind", True),
    "another order": ("order=name", "order=-name", True),
    "another parameter": ("country=SYR&limit=6", "kind=battle&limit=6", True),
}


@pytest.mark.parametrize(("first", "then", "anew"), ADDRESSES.values(), ids=ADDRESSES)
async def test_a_url_is_compiled_once_for_all_values(forgetful: Instance, compiled: list[Query], first: str, then: str, anew: bool) -> None:
    forgetful.app.state.store.plans.cache.clear()
    await forgetful.get(f"/v1/events?{first}")
    await forgetful.get(f"/v1/events?{then}")
    assert len(compiled) == 1 + anew
    await forgetful.get(f"/v1/events?{first}")
    assert len(compiled) == 1 + anew


async def test_a_cached_plan_refuses_a_page_size_above_the_limit(forgetful: Instance) -> None:
    for first, right in ((3, True), (1001, False), (0, False), (4, True)):
        answer = (await forgetful.client.post("/graphql", json={"query": DOCUMENT, "variables": {"first": first}})).json()
        assert ("data" in answer) == right, first


async def test_the_plan_cache_is_bounded(forgetful: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = forgetful.app.state.store.plans.cache
    kept.clear()
    monkeypatch.setattr(kept, "_Cache__maxsize", 20_000)
    for number in range(60):
        await forgetful.graphql(f"{{ a{number}: events(first: 1) {{ nodes {{ id: slug name kind }} }} }}")
    size = sum(len(one.statement.text) for found in kept.values() for one in found)
    assert 1 < len(kept) < 60 and size <= 20_000


async def test_the_plans_of_one_document_are_bounded(forgetful: Instance) -> None:
    kept = forgetful.app.state.store.plans.cache
    kept.clear()
    names = [f"$v{n}: Boolean!" for n in range(4)]
    fields = [f"f{n}: name @include(if: $v{n})" for n in range(4)]
    text = f"query({', '.join(names)}) {{ events {{ nodes {{ id {' '.join(fields)} }} }} }}"
    for number in range(16):
        chosen = {f"v{n}": bool(number >> n & 1) for n in range(4)}
        node = (await forgetful.graphql(text, **chosen))["events"]["nodes"][0]
        assert set(node) == {"id"} | {f"f{n}" for n in range(4) if chosen[f"v{n}"]}
    assert [len(one) for one in kept.values()] == [plans.MAX_PLANS_PER_KEY]


def actors(number: int) -> str:
    return source() + f"claims:\n  actors:\n    - {{id: a, name: Name {number}, kind: state}}\n"


async def test_a_plan_for_the_newest_revision_is_not_used_after_a_load(instance: Instance) -> None:
    text = "{ snapshot(revision: 1) { actors { nodes { name } } } }"
    for number in (1, 2, 3):
        await instance.load(paper=actors(number))
        await instance.get("/v1/actors")
        for _ in range(2):
            assert (await instance.graphql(text))["snapshot"]["actors"]["nodes"] == [{"name": "Name 1"}]


async def test_a_plan_run_after_a_load_answers_its_own_revision(instance: Instance) -> None:
    """Between compiling and running a request may wait, and another may be told of the next revision meanwhile."""
    await instance.load(paper=actors(1))
    await instance.get("/v1/actors")
    store = instance.app.state.store
    await instance.get("/v1/actors?revision=1&fields=name")
    plan = next(
        one for found in store.plans.cache.values() for one in found if any(revision.is_current for revision in one.requested_revisions)
    )
    values = {("revision", 0): "1", ("fields", 1): "name"}
    await instance.load(paper=actors(2))
    await instance.get("/v1/actors")
    assert store.current_revision == 2
    assert "Name 1" in (await store.run(plan, values)).roots[0]


async def test_a_statement_says_what_it_answers_in_names_of_ours(forgetful: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    statement = plans.statement  # type: ignore[attr-defined]  # as above

    def seen(*arguments: Any) -> Statement:
        texts.append((made := statement(*arguments)).text)
        return made

    monkeypatch.setattr(plans, "statement", seen)
    await forgetful.graphql(
        'query secret { secret: events(first: 3) { nodes { id } } actor(id: "secret") { id } b: events(first: 4) { nodes { id } } }'
    )
    await forgetful.get("/v1/figures/totals?by=country")
    assert [text.partition("*/")[0] for text in texts] == [
        "/* conflict-facts: Page of events, RecordNode of actors ", "/* conflict-facts: TotalsNode of figures ",
    ]  # fmt: skip


async def test_a_request_is_priced_and_its_values_are_read_once_whatever_runs_beside_it(
    forgetful: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced, read = Counter[str](), Counter[str]()
    cost, parse = CostTree.cost, conditions.parse_argument

    def counted_cost(tree: CostTree, values: Values | None = None, sizes: Mapping[int, int] | None = None) -> Cost:
        priced.update([str(values)])
        return cost(tree, values, sizes)

    def counted_parse(type: Type, value: object, name: str) -> object:
        read.update([str(value)])
        return parse(type, value, name)

    days = [f"2024-11-{day}" for day in range(10, 26)]
    document = "query($day: Date) { events(where: {startedOn: {gte: $day}}) { nodes { id } } }"
    await forgetful.graphql(document, day="2024-11-09")
    monkeypatch.setattr(CostTree, "cost", counted_cost)
    monkeypatch.setattr(conditions, "parse_argument", counted_parse)
    await asyncio.gather(*(forgetful.graphql(document, day=day) for day in days))
    assert len(priced) == len(days) and set(priced.values()) == {1}
    assert read == Counter(days)
