"""Query plans: no query scans a whole table of facts or claims, and each filter has an index or a stated reason."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from api.commands import explain
from api.commands.explain import ExplainedRequest, document, rest_url
from api.sql.answering.plan_mode import MANY_ROWS, PLANNING
from api.sql.answering.statement import Statement
from api.sql.columns import column_list
from bench import dataset
from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.operators import OPERATORS
from schema.storage import columns
from schema.storage.indexes import REASONS_BY_OPERATOR, REASONS_BY_TYPE, leading_columns, reason_without_index, serves
from schema.surfaces.graphql.names import camel

from ..conftest import Databases, Instance
from ..support.invented import value

Plan = dict[str, Any]

SIZE = dataset.Size(events=2_000, actors=1_400, locations=1_700, sources=1_400)
LARGE = {table for kind in KINDS.values() for table in (f"{kind.name}_claim", f"{kind.name}_history", f"{kind.name}_claim_history")}
LARGE |= {"event", "participation", "figure"}
MODES = ("force_custom_plan", "force_generic_plan")
FILTERS = [(kind, one, operator) for kind in KINDS.values() for one in kind.fields.values() for operator in KINDS.operators(one)]
SERVED = [asked for asked in FILTERS if serves(*asked)]
CLAIMS = "{ disputed origins claims { chosen value source { title relays { title } } quotedFrom { title } } }"
RECORD = f"""name startedOn provenance {{ startedOn {CLAIMS} country {CLAIMS} }}
  location {{ name partOf {{ name }} }} claims {{ nodes {{ chosenFor source {{ title }} }} }}
  participations {{ nodes {{ role actor {{ name partOf {{ name }} }} }} totalCount }}
  figures(first: 5) {{ nodes {{ best actor {{ name }} provenance {{ best {CLAIMS} }} }} pageInfo {{ hasNextPage endCursor }} }}
  parts {{ nodes {{ name }} }}"""
NEWEST = "orderBy: [{startedOn: DESC}]"
LATEST = f'where: {{country: {{eq: SYR}}, startedOn: {{gte: "1990-01-01", lte: "2020-12-31"}}}}, {NEWEST}'
LISTED = f"{{ nodes {{ {RECORD} }} pageInfo {{ hasNextPage }} }}"
CORPUS: dict[str, ExplainedRequest] = {
    "one record with all that hangs on it": document(f'{{ event(id: "e7") {{ {RECORD} }} }}'),
    "one record by REST": rest_url("/v1/events/e7"),
    "a list": document(f"{{ events(first: 20) {LISTED} }}"),
    "the newest": document(f"{{ events(first: 20, {NEWEST}) {LISTED} }}"),
    "a country in a span of time": document(f"{{ events(first: 20, {LATEST}) {LISTED} }}"),
    "how many in a country": document("{ events(where: {country: {eq: SYR}}) { totalCount } }"),
    "the largest of a measure": document("{ figures(first: 20, where: {measure: {eq: KILLED}}, orderBy: [{best: DESC}]) { nodes { best } } }"),
    "above a number": document("{ figures(where: {measure: {eq: KILLED}, best: {gte: 195}}) { nodes { best } totalCount } }"),
    "figures of an event": document('{ figures(where: {event: {eq: "e7"}}) { nodes { best } totalCount } }'),
    "figures of events": document('{ figures(where: {event: {oneOf: ["e7", "e8"]}}) { nodes { best } totalCount } }'),
    "figures of what happened there then": document(
        '{ figures(where: {event: {match: {country: {eq: SYR}, startedOn: {gte: "2000-01-01", lte: "2000-03-01"}}}}) { nodes { best } totalCount } }'
    ),
    "what happened within a place": document('{ events(where: {location: {within: "l77"}}) { nodes { name } totalCount } }'),
    "what happened in a named place": document('{ events(where: {location: {match: {name: {contains: "Place 77"}}}}) { nodes { name } } }'),
    "what happened on a map": rest_url("/v1/events?location.latitude.gte=10&location.latitude.lte=10.5&location.longitude.gte=3&limit=20"),
    "by another's number": document('{ events(where: {ucdpId: {oneOf: ["7", "8"]}}) { nodes { name } totalCount } }'),
    "by one or the other": document('{ events(where: {or: [{ucdpId: {eq: "7"}}, {location: {eq: "l7"}}]}) { nodes { name } totalCount } }'),
    "part of what an actor did": document('{ actor(id: "a7") { name participations { nodes { event { name } } totalCount } figures { totalCount } } }'),
    "what a place saw": document(f'{{ location(id: "l70") {{ events(first: 5, {NEWEST}) {LISTED} figures {{ nodes {{ best }} }} }} }}'),
    "a search": document('{ events(search: "event 777") { nodes { name } totalCount } }'),
    "a name that contains": document('{ events(where: {name: {contains: "nt 777 a"}}) { nodes { name } totalCount } }'),
    "who repeats a source": document('{ sources(where: {relays: {has: "s7"}}) { nodes { title } totalCount } }'),
    "an address": document('{ sources(where: {url: {eq: "https://example.org/7"}}) { nodes { title } totalCount } }'),
    "a list by REST": rest_url("/v1/events?country=SYR&started_on.gte=2000-01-01&order=-started_on&limit=20"),
    "a list by REST with proof": rest_url("/v1/events?country=SYR&order=-started_on&provenance=*&limit=20"),
    "a record of the past": document(f'{{ snapshot(revision: 1) {{ event(id: "e7") {{ {RECORD} }} }} }}'),
    "a list of the past": document(f"{{ snapshot(revision: 1) {{ events(first: 20, {LATEST}) {LISTED} }} }}"),
    "a list of a time": document(f'{{ snapshot(asOf: "2026-01-01") {{ events(first: 20, {LATEST}) {LISTED} }} }}'),
    "a search in the past": document('{ snapshot(revision: 1) { events(search: "777") { nodes { name } totalCount } } }'),
    "figures of an event of the past": document('{ snapshot(revision: 1) { figures(where: {event: {eq: "e7"}}) { nodes { best } totalCount } } }'),
    "what a place saw in the past": document(f'{{ snapshot(revision: 1) {{ location(id: "l70") {{ events(first: 5, {NEWEST}) {LISTED} }} }} }}'),
    "one record of the past by REST": rest_url("/v1/events/e7?revision=1"),
    "a list of the past by REST with proof": rest_url("/v1/events?country=SYR&order=-started_on&provenance=*&limit=20&revision=1"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def crowded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """As many records that a walk through a table costs, a fifth of each table superseded."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("crowded"))
    await dataset.fill(made.url, SIZE)
    connection = await asyncpg.connect(made.url)
    tables = {kind.name: columns.live_names(kind) for kind in KINDS.values()} | {
        f"{kind.name}_claim": [*columns.claim_names(kind), columns.DIGEST.name] for kind in KINDS.values()
    }
    for table, names in tables.items():
        listed = column_list(["key", *names])
        await connection.execute(
            f"insert into {table}_history ({listed}, removed_in, reason) "
            f"select {listed}, 2, 'source_revised' from {table} where key % 5 = 2 and added_in = 1"
        )
        await connection.execute(f"update {table} set added_in = 2 where key % 5 = 2")
    await connection.execute("vacuum analyze")
    await connection.close()
    async with made.app.router.lifespan_context(made.app), made.client:
        yield made


async def planned(instance: Instance, question: ExplainedRequest, *settings: str, options: str = "format json") -> Plan:
    """The plan of the statement that the application answers a question with; planned as it would be, unless the settings say otherwise."""
    statement, _ = await explain.statement(instance.app, question)
    own = PLANNING[statement.generic_plan].replace("set ", "").split("; ")
    async with instance.app.state.store.pool.connection() as connection, connection.transaction():
        for setting in (*own, *settings):
            await connection.execute(f"set local {setting}")
        _, plan = await explain.plan(connection, statement, options)
    return dict(json.loads(plan)[0]["Plan"])


STREAMS = {"Limit", "WindowAgg", "Subquery Scan", "Append", "Merge Append", "Result", "Incremental Sort", "Memoize"}
JOINS = {"Nested Loop", "Hash Join", "Merge Join"}


def scans(plan: Plan, limited: bool = False) -> Iterator[tuple[Plan, bool]]:
    """Every scan of a table, and whether a limit above ends it early."""
    if "Relation Name" in plan:
        yield plan, limited
    kind = plan["Node Type"]
    for part in plan.get("Plans", ()):
        streams = kind in STREAMS or (kind in JOINS and part["Parent Relationship"] == "Outer")
        nested = part["Parent Relationship"] in ("InitPlan", "SubPlan")
        yield from scans(part, not nested and (kind == "Limit" or (limited and streams)))


def whole(plan: Plan) -> list[str]:
    """The large tables of which a plan scans all rows."""
    found = []
    for scan, limited in scans(plan):
        conditioned = "Index Cond" in scan or scan["Node Type"] == "Bitmap Heap Scan"
        if scan["Relation Name"] in LARGE and not conditioned and (scan["Node Type"] == "Seq Scan" or not limited):
            found.append(f"{scan['Node Type']} of {scan['Relation Name']}")
    return found


@pytest.mark.sampled(4)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CORPUS)
async def test_no_query_scans_a_large_table(crowded: Instance, name: str, mode: str) -> None:
    plan = await planned(crowded, CORPUS[name], f"plan_cache_mode = {mode}")
    assert whole(plan) == [], json.dumps(plan, indent=1)


# Searches, which are always planned for their values: whether an index of trigrams helps depends on the word.
SEARCHES = {
    "a search of figures": document('{ figures(search: "777") { nodes { best } totalCount } }'),
    "a search for a place": document('{ events(search: "place-77 event") { nodes { name } } }'),
    "a search of figures in the past": document('{ snapshot(revision: 1) { figures(search: "777") { nodes { best } } } }'),
    "a search of all kinds": document('{ search(text: "777") { nodes { __typename } } }'),
    "a search of all kinds by REST": rest_url("/v1/search?text=place-77+777"),
    "a search for an id": document('{ search(text: "e777") { nodes { __typename } } }'),
}  # fmt: skip


@pytest.mark.parametrize("name", SEARCHES)
async def test_no_search_scans_a_large_table(crowded: Instance, name: str) -> None:
    plan = await planned(crowded, SEARCHES[name])
    assert whole(plan) == [], json.dumps(plan, indent=1)


# The best plan of these depends on their values: planned without them, each reads most of a table.
VALUED = {
    "a day": '{ events(first: 20, where: {startedOn: {gte: "2010-01-01", lte: "2010-01-02"}}) { nodes { name } } }',
    "the last year": '{ events(first: 20, where: {startedOn: {gte: "2023-06-01"}}) { nodes { name } } }',
    "a country without events": "{ events(first: 20, where: {country: {eq: FRA}}) { nodes { name } } }",
    "a word in every name": f'{{ events(first: 20, search: "place", {NEWEST}) {{ nodes {{ name }} }} }}',
    "a text in every name": '{ events(first: 20, where: {name: {contains: "place"}}) { nodes { name } } }',
    "what lately happened in a country": """{ figures(first: 20, where: {event: {match: {
      startedOn: {gte: "2023-10-01"}, location: {match: {country: {eq: SYR}}}}}}) { nodes { best } } }""",
}


@pytest.mark.parametrize("name", VALUED)
async def test_a_list_is_planned_for_its_values(crowded: Instance, name: str) -> None:
    plan = await planned(crowded, document(VALUED[name]), options="analyze, format json")
    read = [scan["Actual Loops"] * (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) for scan, _ in scans(plan)]
    assert sum(read) < 1500, json.dumps(plan, indent=1)


TOTALS = "/v1/figures/totals?by=month&measure=killed&event.country=SYR&since=2001-01-01&until=2005-12-31"


@pytest.mark.parametrize("revision", ["", "&revision=1"])
async def test_a_total_of_a_country_reads_its_sums_by_an_index(crowded: Instance, revision: str) -> None:
    plan = await planned(crowded, rest_url(TOTALS + revision))
    walks = [scan["Node Type"] for scan, _ in scans(plan) if scan["Relation Name"] == "figure_sum" and "Index Cond" not in scan]
    assert [*walks] in ([], ["Bitmap Heap Scan"] * len(walks)), json.dumps(plan, indent=1)


async def test_no_comparison_is_planned_where_nothing_overlaps(crowded: Instance) -> None:
    plan = await planned(crowded, rest_url(TOTALS), options="analyze, format json")
    (compare,) = (part for part in parts(plan) if part.get("Function Name") == "compare_records")
    assert compare["Actual Loops"] == 0
    assert len([*parts(plan)]) < 100  # The statement that compares has several hundred.


@pytest.mark.parametrize("revision", ["", "&revision=1"])
async def test_a_check_of_a_country_reads_nothing_large_again_for_each_event_or_revision(crowded: Instance, revision: str) -> None:
    asked = rest_url(f"/v1/check-claim?measure=killed&value=4000&country=SYR{revision}")
    plan = await planned(crowded, asked, *MANY_ROWS.replace("set local ", "").split("; "), options="analyze, format json")
    read = [
        (scan["Relation Name"], scan["Actual Loops"], scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0))
        for scan, _ in scans(plan)
    ]
    assert [(table, loops, rows) for table, loops, rows in read if loops > 1 and rows > 100] == []


def parts(plan: Plan) -> Iterator[Plan]:
    """A plan with all that are below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from parts(part)


def test_a_scan_of_a_large_table_is_detected() -> None:
    scan = {"Node Type": "Seq Scan", "Relation Name": "event", "Parent Relationship": "Outer"}
    walk = {"Node Type": "Index Scan", "Relation Name": "event", "Parent Relationship": "Outer", "Filter": "(kind = $1)"}
    assert whole({"Node Type": "Limit", "Plans": [scan]}) == ["Seq Scan of event"]
    assert whole({"Node Type": "Aggregate", "Plans": [walk]}) == ["Index Scan of event"]
    assert whole({"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Parent Relationship": "Outer", "Plans": [walk]}]})
    assert not whole({"Node Type": "Limit", "Plans": [{"Node Type": "WindowAgg", "Parent Relationship": "Outer", "Plans": [walk]}]})


DEEP = {
    "by id": ("events", ""),
    "of a country, the newest first": ("events", f"where: {{country: {{eq: SYR}}}}, {NEWEST}"),
    "the newest first": ("events", NEWEST),
    "the largest of a measure first": ("figures", "where: {measure: {eq: KILLED}}, orderBy: [{best: DESC}]"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("direction", ["first: $size, after: $cursor", "last: $size, before: $cursor"], ids=["forward", "backward"])
async def test_a_page_deep_in_a_list_reads_no_more_than_the_first(crowded: Instance, name: str, mode: str, direction: str) -> None:
    plural, arguments = DEEP[name]
    beginning = f"{{ {plural}(first: 800, {arguments}) {{ pageInfo {{ endCursor }} }} }}"
    cursor = (await crowded.graphql(beginning))[plural]["pageInfo"]["endCursor"]
    page = f"{plural}({direction}, {arguments}) {{ nodes {{ id: slug }} pageInfo {{ startCursor }} }}"
    question = document(f"query($size: Int, $cursor: String) {{ {page} }}", {"size": 20, "cursor": cursor})
    plan = await planned(crowded, question, f"plan_cache_mode = {mode}", options="analyze, format json")
    read = [scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan, _ in scans(plan) if scan["Relation Name"] in LARGE]
    assert sum(read) < 100, json.dumps(plan, indent=1)


async def test_a_query_that_follows_an_index_has_one_plan_for_all_values(crowded: Instance) -> None:
    text = f"query($country: Country) {{ events(first: 3, where: {{country: {{eq: $country}}}}, {NEWEST}) {{ nodes {{ name }} }} }}"
    for country in ("SYR", "AFG", "IRQ"):
        await crowded.graphql(text, country=country)
    counts = """select sum(generic_plans)::int, sum(custom_plans)::int from pg_prepared_statements
      where statement like '%country = $1%limit 3%' and statement not like '%prepared%'"""
    database = crowded.app.state.store.pool
    assert tuple(await database.answer(Statement(counts, (), generic_plan=True))) == (3, 0)


def test_every_filter_has_an_index_or_a_stated_reason() -> None:
    neither = [
        f"{kind.name}.{one.name}.{operator}"
        for kind, one, operator in FILTERS
        if not serves(kind, one, operator) and not reason_without_index(one, operator)
    ]
    assert neither == [], "give the fields an index, or their types a reason in schema/storage/indexes.py"


def test_every_filter_without_an_index_has_a_reason_and_every_index_serves_a_filter() -> None:
    unserved = [(one, operator) for kind, one, operator in FILTERS if not serves(kind, one, operator)]
    assert {operator for _, operator in unserved} >= set(REASONS_BY_OPERATOR)
    assert {one.type.name for one, operator in unserved if operator not in REASONS_BY_OPERATOR} <= set(REASONS_BY_TYPE)
    for kind in KINDS.values():
        assert all(serves(kind, None, operator) for operator in ("eq", "one_of"))
        for name, sort in leading_columns(kind):
            assert name == "id" or any(serves(kind, kind.fields[name], operator) for operator in KINDS.operators(kind.fields[name])), (
                name,
                sort,
            )


def condition(one: Field, operator: str) -> Any:
    """What is given to an operator, as GraphQL takes it."""
    if operator == "match":
        return {"id": {"eq": "none"}}
    given = "none" if one.type.ref else value(random.Random(7), one, [])
    if isinstance(given, list):
        given = given[0]
    if one.type.vocabulary and not one.type.levels:
        given = given.upper()
    return [given] if OPERATORS[operator].many else given


@pytest.mark.parametrize(("kind", "one", "operator"), SERVED, ids=[f"{kind.name}.{one.name}.{operator}" for kind, one, operator in SERVED])
async def test_an_index_can_serve_the_filter_that_it_is_for(crowded: Instance, kind: Kind, one: Field, operator: str) -> None:
    """Whether it pays depends on the data; here every other way is closed."""
    text = f"query($where: {kind.graphql}Where) {{ snapshot(revision: 1) {{ {camel(kind.plural)}(where: $where) {{ totalCount }} }} }}"
    question = document(text, {"where": {camel(one.name): {camel(operator): condition(one, operator)}}})
    closed = [f"enable_{way} = off" for way in ("seqscan", "hashjoin", "mergejoin")]
    plan = await planned(crowded, question, "plan_cache_mode = force_generic_plan", *closed)
    tables = {kind.name, f"{kind.name}_history"}
    found = [scan for scan, _ in scans(plan) if scan["Relation Name"] in tables]
    assert {scan["Relation Name"] for scan in found} == tables
    assert all("Index Cond" in scan or scan["Node Type"] == "Bitmap Heap Scan" for scan in found), json.dumps(plan, indent=1)
