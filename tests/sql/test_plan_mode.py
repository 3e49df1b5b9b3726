"""Which pages have one best plan whatever their values, and so are planned once."""

from __future__ import annotations

import pytest

from api.commands import explain
from api.commands.explain import ExplainedRequest, document, rest_url
from api.query.nodes import Condition, TotalsNode, Where
from api.sql.answering.left_out_in_list import own_reasons
from api.sql.answering.scope import Scope
from api.sql.answering.totals_parts import TotalsSql
from schema.kinds import KINDS

from ..conftest import Instance

NEWEST = "orderBy: [{startedOn: DESC}]"
# By REST, the address; by GraphQL, what `events` is given.
ADDRESSES = {
    "/v1/events": True,
    "/v1/events?limit=5&fields=name": True,
    "/v1/events?order=-started_on": True,
    "/v1/events?order=started_on": False,  # The index goes from the newest.
    "/v1/events?order=-started_on,-country": False,
    "/v1/events?order=-id": False,  # The order of an index by the id is the other.
    "/v1/events?country=SYR&order=-started_on": True,
    "/v1/events?country=SYR": False,  # What is of the country is not in the order of ids.
    "/v1/events?country=SYR&order=-started_on&started_on.gte=2024-01-01": True,
    "/v1/events?country=SYR&order=-started_on&started_on.gte=2024-01-01&started_on.lt=2025-01-01": True,
    "/v1/events?order=-started_on&started_on.gte=2024-01-01": True,
    "/v1/events?started_on.gte=2024-01-01": False,
    "/v1/events?country=SYR&order=-started_on&ended_on.gte=2024-01-01": False,
    "/v1/events?country=SYR&kind=battle&order=-started_on": False,
    "/v1/events?kind=battle&order=-started_on": False,
    "/v1/events?country.one_of=SYR,IRQ&order=-started_on": False,
    "/v1/events?id.one_of=a,b&order=-started_on": True,  # All of them are named.
    "/v1/events?country.known=true&order=-started_on": False,
    "/v1/events?location.country=SYR&order=-started_on": False,
    "/v1/events?search=aleppo": False,
    "/v1/events?search=aleppo&order=-started_on": False,
    "/v1/events?name.contains=a": False,
    "/v1/events/aleppo-offensive-2024": True,
    "/v1/events?revision=1&order=-started_on": True,
    "/v1/events?country=SYR&provenance=*": True,  # Only the query for its keys is planned for the values.
    "/v1/events?search=aleppo&provenance=name": True,
    "/v1/events?country=SYR&provenance=*&revision=1": True,  # The newest revision.
    "/v1/actors": True,
    "/v1/actors?order=name": False,
    "/v1/figures/totals": False,
    "/v1/figures/totals?by=month,population&event.country=SYR&since=2024-01-01&measure=killed": True,
    "/v1/figures/totals?event=a&population=civilians": True,
    "/v1/figures/totals?event.country=SYR&revision=1": True,
    "/v1/figures/totals?event.country.one_of=SYR,IRQ": False,
    "/v1/figures/totals?event.country=SYR&by=actor": False,  # Its name is joined.
    "/v1/figures/totals?event.country=SYR&event.violence=state_based": False,
    "/v1/figures/totals?event.country=SYR&best.gte=5": False,  # Some parts of a total may meet the condition, and others not.
}
DOCUMENTS = {
    "{ events(where: {country: {eq: SYR}}) { nodes { location { claims { nodes { id } } } } } }": True,
    "{ events(where: {country: {eq: SYR}}) { nodes { id claims { nodes { id } } } totalCount } }": False,
    '{ event(id: "a") { name figures(first: 2) { nodes { low } totalCount } } }': True,
    "{ events { nodes { id } } }": True,
    f"{{ events({NEWEST}) {{ nodes {{ id }} }} }}": True,
    f"{{ events(where: {{country: {{eq: SYR}}}}, {NEWEST}) {{ nodes {{ id }} }} }}": True,
    f"{{ events(where: {{or: [{{country: {{eq: SYR}}}}]}}, {NEWEST}) {{ nodes {{ id }} }} }}": False,
    f"{{ events(where: {{not: {{country: {{eq: SYR}}}}}}, {NEWEST}) {{ nodes {{ id }} }} }}": False,
    '{ events(where: {id: {eq: "a"}}) { nodes { id } } }': False,
    "{ revision { id } revisions { nodes { id } } }": True,
    '{ events { nodes { id } } actors(search: "a") { nodes { id } } }': False,
    "{ totals(where: {event: {match: {country: {eq: SYR}}}}, by: [MONTH]) { rows { month best } leftOut { figures } } }": True,
    "{ totals(where: {or: [{event: {match: {country: {eq: SYR}}}}]}) { rows { best } } }": False,
    "{ snapshot(revision: 1) { events { nodes { id } } } }": True,
    '{ snapshot(revision: 1) { events(search: "a") { nodes { id } } } }': False,
}
QUESTIONS: dict[str, tuple[ExplainedRequest, bool]] = {
    **{one: (rest_url(one), steady) for one, steady in ADDRESSES.items()},
    **{one: (document(one), steady) for one, steady in DOCUMENTS.items()},
}


@pytest.mark.parametrize(("question", "steady"), QUESTIONS.values(), ids=QUESTIONS)
async def test_only_queries_that_follow_an_index_use_a_generic_plan(aleppo: Instance, question: ExplainedRequest, steady: bool) -> None:
    statement, _ = await explain.statement(aleppo.app, question)
    assert statement.generic_plan is steady


# Conditions of every type of value, none of which an index has together with the order.
CONDITIONS = (
    "events?country=SYR",
    "events?country.one_of=SYR,PSE&kind.one_of=battle,offensive&limit=3",
    "events?started_on.gte=2000-01-01&started_on.lt=2024-07-01&order=-ended_on",
    "events?name.contains=a'b",
    "events?search=aleppo&order=-started_on",
    "events?search=syria,%20%22the%22&limit=2",
    "events?country.known=true&location.latitude.gte=33.25&limit=4",
    "events?date_precision.lte=2&order=name",
    "figures?event.country=SYR&best.gte=10.5&order=-best",
    "figures?measure=displaced&order=low",
    "sources?redistributable=true&order=-published_on&limit=5",
    "sources?url.contains=%2F%5C%25&limit=5",
    "locations?latitude.gte=-12.5&longitude.lte=44.4&order=-name&limit=6",
    "actors?name.contains=%D8%AD&limit=3",
)


@pytest.mark.parametrize("address", CONDITIONS)
async def test_a_list_with_provenance_has_the_records_of_the_list_without(aleppo: Instance, address: str) -> None:
    with_claims, without = [await aleppo.get(f"/v1/{address}&provenance={one}") for one in ("*", "none")]
    plain = [{name: value for name, value in record.items() if name not in ("provenance", "claims")} for record in with_claims["data"]]
    assert plain == without["data"]
    assert (with_claims["next"] is None) is (without["next"] is None)


@pytest.mark.parametrize("part", ["first: 2", "last: 2", "first: 2, orderBy: [{endedOn: DESC}]", "last: 3, orderBy: [{name: ASC}]"])
async def test_a_page_with_claims_is_the_page_without(aleppo: Instance, part: str) -> None:
    page = "{{ events({}, where: {{country: {{known: true}}}}) {{ nodes {{ id{} }} edges {{ cursor }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"
    with_claims, without = [(await aleppo.graphql(page.format(part, claims)))["events"] for claims in (" claims { nodes { id } }", "")]
    for node in with_claims["nodes"]:
        assert node.pop("claims")["nodes"]
    assert with_claims == without


def test_why_totals_leave_records_of_a_list_out_is_found_without_comparing_all_with_all() -> None:
    """Of a country with 9,240 figures, a join of parts with what contains them took 12 seconds: the planner expects one of each."""
    kind = KINDS["figure"]
    conditions = Where("all", (Condition(kind.fields["measure"], "eq", "killed"),))
    text = own_reasons(Scope(KINDS, graphql=False, current=1), kind, conditions)
    assert "over (partition by hub)" in text and " join stored_" not in text


def steps_of_totals(*conditions: Condition) -> str:
    node = TotalsNode("", KINDS["figure"], (), by=("measure",), where=Where("all", conditions))
    return ", ".join(TotalsSql(Scope(KINDS, graphql=False, current=1), node).parts())


def test_totals_of_a_part_of_what_overlaps_read_the_sums_and_their_events_once() -> None:
    """At the size of UCDP GED, the five readings of both took six seconds, four of them to read the events."""
    figure, event = KINDS["figure"].fields, KINDS["event"].fields
    violence = Condition(figure["event"], "match", Where("all", (Condition(event["violence"], "eq", "state_based"),)))
    text = steps_of_totals(violence, Condition(figure["best"], "gte", 5))
    assert text.count("violence =") == 2, "in the step that reads the sums, and in one for all others"
    assert text.count("from figure_sum t ") == 3, (
        "those that can be added; and by indexes those that are left out by themselves, and those to compare"
    )


def test_totals_look_the_linked_records_of_a_named_one_up_by_its_index() -> None:
    """With both, PostgreSQL takes the name for the condition of a join, and compares each row with everything that was looked up."""
    figure, event = KINDS["figure"].fields, KINDS["event"].fields
    violence = Condition(figure["event"], "match", Where("all", (Condition(event["violence"], "eq", "state_based"),)))
    assert "in (select key from event_" not in steps_of_totals(violence, Condition(figure["event"], "eq", "daily"))
    assert "in (select key from event_" in steps_of_totals(violence)
