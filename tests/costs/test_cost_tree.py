"""What requests cost: more for what takes longer, the same however it is computed, and reported by both surfaces before and after a request is run."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.costs import limits
from api.costs.column_statistics import ColumnStatistics, column_statistics
from api.costs.cost import CostTree
from api.costs.cost_tree import Costing
from api.costs.prices import MICROSECONDS_PER_UNIT, PRICES
from api.costs.statistics import Compared, Statistics
from api.costs.totals import SumCosts
from api.errors import TooMuch
from api.graphql.requests import MAX_DIRECTIVES
from api.query.bindings import Parameter, Values
from api.query.claim_checks import TOTAL_PARTS, check
from api.query.nodes import (
    NOW,
    At,
    CheckTotals,
    ClaimList,
    Claims,
    Column,
    Condition,
    Constant,
    Disputed,
    Edges,
    Evidence,
    FieldProvenance,
    FoundKind,
    FoundRecord,
    FoundRecords,
    Id,
    Link,
    Node,
    Nodes,
    Order,
    Page,
    Provenance,
    Query,
    RecordNode,
    Reference,
    RevisionList,
    RowCursor,
    Search,
    Snapshot,
    Sought,
    TotalCount,
    TotalsNode,
    TotalsRows,
    TotalsValue,
    Value,
    Where,
    Word,
)
from api.query.tables import Table
from api.rest.columns import ColumnSelector
from api.sql.answering.statistics import MAX_COUNTED
from api.store.allowance import UNITS_PER_SECOND, Account, Buckets
from api.store.pricing import Pricing
from api.store.stream_costs import StreamCost, stream_cost
from api.store.work_time import WorkTime
from api.words.answer_sentences import figure_words, totals_words
from bench.costly import COSTLY
from schema.kinds import KINDS
from schema.model.field import Field
from schema.storage.columns import TANGLED

from ..conftest import Instance, source
from ..support.properties import examples

EVENT, FIGURE = KINDS["event"], KINDS["figure"]
ROWS = {f"{name}{suffix}": rows for name, rows in (("event", 4e5), ("figure", 1.2e6), ("location", 1e5), ("source", 4e5), ("actor", 2e3), ("participation", 8e5))
        for suffix in ("", "_claim", "_sum")}  # fmt: skip
COLUMNS = {
    ("event", "country"): ColumnStatistics(distinct=30, common={"SYR": 0.2, "IRQ": 0.01}),
    ("figure", "actor"): ColumnStatistics(distinct=2e3, hottest=0.01),
    ("figure", "event"): ColumnStatistics(distinct=4e5, hottest=0.001),
    ("event", "started_on"): ColumnStatistics(distinct=12_000, bounds=tuple(range(726_000, 739_000, 130))),
}
LARGE = Statistics(1, ROWS, {name: rows / 10 for name, rows in ROWS.items()}, COLUMNS)
NAME = Value("name", EVENT.fields["name"])


def tree(*roots: Node) -> CostTree:
    return Costing(KINDS, LARGE, 1).tree(Query(roots))


def cost(*roots: Node) -> int:
    return tree(*roots).cost().requested


def events(**options: Any) -> Page:
    return Page(**{"key": "events", "kind": EVENT, "parts": (Nodes("nodes", (Id("id"), NAME)),), "first": 10, **options})


def with_figures(first: int | Parameter, figures: int | Parameter) -> Page:
    below = Page("figures", FIGURE, (Nodes("nodes", (Id("id"),)),), first=figures, reverse=EVENT.reverses["figures"])
    return events(first=first, parts=(Nodes("nodes", (NAME, below)),))


def with_long_keys(number: int, **options: Any) -> Page:
    return events(parts=(Nodes("nodes", tuple(Value(f"{n:0128}", NAME.field) for n in range(number))),), **options)


def where(operator: str, value: object, field: str = "country") -> Where:
    return Where("all", (Condition(EVENT.fields[field], operator, value),))


# The model

sizes = st.integers(1, 1000)


@given(sizes, sizes, sizes, sizes)
@examples(30, 500)
def test_a_larger_page_never_costs_less(first: int, more: int, figures: int, further: int) -> None:
    least = cost(with_figures(first, figures))
    assert least <= cost(with_figures(max(first, more), figures)) <= cost(with_figures(max(first, more), max(figures, further)))


@given(sizes, sizes, st.sampled_from(["figures", "participations"]))
@examples(30, 500)
def test_a_larger_page_below_one_record_never_costs_less(first: int, more: int, link: str) -> None:
    def actor(size: int) -> RecordNode:
        reverse = KINDS["actor"].reverses[link]
        return RecordNode(
            "actor", KINDS["actor"], "a", (Page(link, reverse.kind, (Nodes("nodes", (Id("id"),)),), first=size, reverse=reverse),)
        )

    assert cost(actor(first)) <= cost(actor(max(first, more)))


@given(st.lists(sizes, min_size=1, max_size=5))
@examples(30, 500)
def test_aliases_cost_as_much_as_their_sum(firsts: list[int]) -> None:
    base = cost()
    assert cost(*(with_figures(first, 10) for first in firsts)) - base == sum(cost(with_figures(first, 10)) - base for first in firsts)


@given(sizes, sizes, st.sampled_from(["SYR", "IRQ", "MMR"]))
@examples(30, 500)
def test_the_cost_of_values_is_that_of_a_query_compiled_for_them(first: int, figures: int, country: str) -> None:
    parameters = [Parameter(lambda values, name=name: values[name,], 1) for name in ("first", "figures")]  # type: ignore[misc]
    condition = Parameter(lambda values: values["country",], "AFG")
    page = with_figures(*parameters)
    varying = tree(Page(page.key, EVENT, page.parts, where("eq", condition), order=(Order(NAME.field),), first=page.first))
    fixed = with_figures(first, figures)
    values: Values = {("first",): first, ("figures",): figures, ("country",): country}
    compiled = tree(Page(fixed.key, EVENT, fixed.parts, where("eq", country), order=(Order(NAME.field),), first=first))
    assert varying.varies and not compiled.varies
    assert varying.cost(values) == compiled.cost()


NEWEST = (Order(EVENT.fields["started_on"], descending=True),)

CHEAPER = {
    "a page in the order of an index": (events(order=NEWEST), events(order=(Order(NAME.field),))),
    "records of a rare country": (events(where=where("eq", "IRQ"), order=(Order(NAME.field),)), events(where=where("eq", "SYR"), order=(Order(NAME.field),))),
    "a filter with an index": (events(where=where("eq", "SYR")), events(where=where("contains", "a text", "summary"))),
    "a search": (events(search=(Word("place"),)), events(where=where("contains", "place", "summary"))),
    "a page without a count": (events(), events(parts=(Nodes("nodes", (NAME,)), TotalCount("totalCount")))),
    "one record": (RecordNode("event", EVENT, "a", (NAME,)), events(first=100)),
    "a narrow document": (events(first=100), events(first=100, parts=(Nodes("nodes", tuple(Value(name, field) for name, field in EVENT.fields.items() if not field.type.ref)),))),
    "a document without claims": (events(first=100), events(first=100, parts=(Nodes("nodes", (NAME, ClaimList("claims", (Nodes("nodes", (NAME,)),)))),))),
    "the present": (events(first=100), Snapshot("then", At(revision=0), (events(first=100),))),
    "a word that the index of names finds": (events(search=(Word("pla"),), order=NEWEST), events(search=(Word("pl"),), order=NEWEST)),
    "totals by nothing": (TotalsNode("totals", FIGURE, ()), TotalsNode("totals", FIGURE, (), by=("month", "actor"))),
    "a day": (events(where=Where("all", (*where("gte", "2001-01-01", "started_on").parts, *where("lte", "2001-01-02", "started_on").parts))),
              events(where=where("gte", "2001-01-01", "started_on"), order=(Order(NAME.field),))),
}  # fmt: skip


@pytest.mark.parametrize(("cheap", "expensive"), CHEAPER.values(), ids=CHEAPER)
def test_what_reads_more_costs_more(cheap: Node, expensive: Node) -> None:
    assert cost(cheap) < cost(expensive)


def test_words_cost_the_time_that_it_takes_to_say_them() -> None:
    """So that what one document says, within the limit of its cost, takes about a second."""

    def said(*languages: str) -> int:
        words = (figure_words(KINDS, FIGURE, f"in_{language}", language) for language in languages)
        return cost(Page("figures", FIGURE, (Nodes("nodes", (Id("id"), *words)),), first=1000))

    row = TotalsNode("totals", FIGURE, (TotalsRows("data", (totals_words(KINDS, FIGURE, "words", "ar", ("month",)),)),), by=("month",))
    silent = replace(row, parts=(TotalsRows("data", ()),))
    sentences = 1000 * PRICES.said / MICROSECONDS_PER_UNIT
    assert said("ar") - said() > sentences and said("ar", "ru", "uk") - said("ar") > 2 * sentences
    assert cost(row) - cost(silent) >= 200 * PRICES.said_total / MICROSECONDS_PER_UNIT


def test_the_cost_follows_the_statistics_without_compiling_again() -> None:
    pricing = Pricing(KINDS, Query((events(order=(Order(NAME.field),)),)), 1)
    small = Statistics(2, {"event": 50.0})
    assert pricing.cost(small).requested < 100 and pricing.cost(LARGE).requested > 100_000
    assert pricing.cost(small) == Pricing(KINDS, pricing.query, 1).cost(small)


def test_a_list_that_may_pass_over_all_others_first_costs_more_than_if_they_were_mixed() -> None:
    """The first hundred figures of a country came after 37,700 of others, and cost 187 units: a twentieth of their time."""
    few_events = Statistics(
        1,
        {"figure": 47e3, "event": 2e3},
        {"figure": 9e3, "event": 500.0},
        {**COLUMNS, ("event", "country"): ColumnStatistics(distinct=3, common={"SYR": 0.97})},
    )
    many_figures = {**few_events.columns, ("figure_sum", "country"): ColumnStatistics(distinct=3, common={"SYR": 0.2})}
    of_country = Page(
        "a",
        FIGURE,
        (Nodes("nodes", (Id("id"),)),),
        where=Where("all", (Condition(FIGURE.fields["event"], "match", where("eq", "SYR")),)),
        first=100,
    )

    def priced(statistics: Statistics) -> int:
        return Costing(KINDS, statistics, 1).tree(Query((of_country,))).cost().requested

    assert priced(few_events) > 500
    assert priced(replace(few_events, columns=many_figures)) > 1.5 * priced(few_events)  # A fifth of the figures, of nearly all events.


def test_a_condition_on_what_is_computed_costs_a_look_for_each_row() -> None:
    left_out = {(table, name): ColumnStatistics(unknown=0.5) for table, name in (("figure_sum", "counted_in"), ("figure", "origin"))}
    statistics = Statistics(1, {"figure": 47e3, "figure_sum": 47e3}, {"figure": 6e3}, {**COLUMNS, **left_out})

    def priced(field: Field) -> int:
        return (
            Costing(KINDS, statistics, 1)
            .tree(
                Query(
                    (Page("a", FIGURE, (Nodes("nodes", (Id("id"),)),), where=Where("all", (Condition(field, "known", False),)), first=100),)
                )
            )
            .cost()
            .requested
        )

    assert priced(FIGURE.computed["counted_in"]) > 1.5 * priced(FIGURE.fields["origin"])


def test_an_index_of_two_columns_finds_what_has_both_or_the_second_of_few_firsts() -> None:
    """The index of measures and their best estimates. Numbers that no figure has cost fifty times what they took."""
    numbers = {("figure", name): ColumnStatistics(distinct=1e3, bounds=tuple(range(1000))) for name in ("best", "high")}

    def cost_of(*names: str, measures: int = 3) -> int:
        columns = {**numbers, ("figure", "measure"): ColumnStatistics(distinct=measures, common={"killed": 0.3})}
        conditions = tuple(Condition(FIGURE.fields[name], *(("eq", "killed") if name == "measure" else ("gte", 990))) for name in names)
        listed = Page("figures", FIGURE, (TotalCount("totalCount"),), where=Where("all", conditions), first=10)
        return Costing(KINDS, Statistics(1, ROWS, LARGE.pages, columns), 1).tree(Query((listed,))).cost().requested

    assert cost_of("measure", "best") < cost_of("best") < cost_of("high") / 5
    assert cost_of("measure", "best") < cost_of("measure", "high") / 5
    assert cost_of("measure", "best") < cost_of("measure") / 5, "both are counted in the index"
    assert cost_of("best", measures=1000) == pytest.approx(cost_of("high"), rel=0.01)


def test_where_no_value_is_common_the_most_common_has_its_share() -> None:
    """Of 180 actors, each of whom had 666 figures, one was taken to have ten: a list of them cost a fifth of its time."""
    alike = column_statistics(120_000, 0.1, 180, None, None, None, None)
    assert alike.hottest == pytest.approx(0.9 / 180)
    assert column_statistics(120_000, 0.0, -1.0, None, None, None, None).hottest == 10 / 120_000


def test_a_total_costs_the_claims_that_it_has_to_compare() -> None:
    """Of a third of 120,000 figures, claims gave different numbers: a total of these cost a seventh of its time."""

    def cost_of(disputed: float) -> int:
        columns = {**COLUMNS, ("figure_sum", "disputed"): ColumnStatistics(common={"f": 1 - disputed, "t": disputed})}
        return Costing(KINDS, Statistics(1, ROWS, LARGE.pages, columns), 1).tree(Query((totals("year"),))).cost().requested

    assert cost_of(0.3) - cost_of(0.0) > 3 * (cost_of(0.1) - cost_of(0.0)) - 2 > 100_000


def test_a_check_of_a_country_costs_what_is_read_to_find_its_records() -> None:
    """Its records and their claims are looked for among all, also those of a country with few: that cost a fifth of its time."""
    asked = {"measure": "killed", "value": "400", "country": "IRQ"}

    def cost_of(*parts: Node, revision: int = 1, times: int = 1) -> int:
        rows = {name: rows * times for name, rows in ROWS.items()}
        statistics = Statistics(revision, rows, {name: number / 10 for name, number in rows.items()}, COLUMNS)
        return Costing(KINDS, statistics, revision).tree(Query((check(KINDS, FIGURE, "data", asked, parts),))).cost().requested

    assert cost_of(times=2) > 1.8 * cost_of() > 1.8 * 60_000
    assert cost_of(CheckTotals("totals", TOTAL_PARTS)) == pytest.approx(cost_of(), abs=2), "the total that is judged is not computed again"
    assert cost_of(CheckTotals("totals", TOTAL_PARTS[:1])) > cost_of() + 100
    assert cost_of(revision=2) > cost_of() + 100, "the total may have an earlier state"


def test_a_report_is_written_as_a_library_writes_it() -> None:
    found = tree(with_figures(1000, 100), RecordNode("e", EVENT, "a", (NAME,))).cost()
    assert json.loads(found.json(7)) == found.report(7)
    assert found.report(7)["by"] == sorted(found.report(7)["by"], key=lambda path: -path["cost"])  # type: ignore[call-overload]


@pytest.mark.parametrize("graphql", [True, False])
@pytest.mark.parametrize(
    "root",
    [
        pytest.param(events(first=1000, parts=(Nodes("nodes", (NAME, ClaimList("claims", (Nodes("nodes", (NAME,)),)))),)), id="cost"),
        pytest.param(with_figures(1000, 1000), id="records"),
        pytest.param(with_long_keys(400, first=1000), id="bytes"),
    ],
)
def test_a_page_size_that_is_advised_fits_and_is_the_largest(root: Page, graphql: bool) -> None:
    found = tree(root)
    records, written = found.cost().records, found.cost().size
    limit = limits.Limit(100_000 if max(records, written / 100) > 100_000 else found.cost().requested - 100, 20_000_000)
    error = limits.too_much(found, found.cost(), limit, None, graphql)
    path, size = re.search(r"`(?:first: |limit=)(\d+)`(?: of `([a-z.]+)`)?", str(error)).groups()[::-1]  # type: ignore[union-attr]
    part = next(part for part in found.all() if part.name == (path or "events"))
    assert limits.fits(found.cost(None, {id(part): int(size)}), limit)
    assert not limits.fits(found.cost(None, {id(part): int(size) + 1}), limit)


def test_a_response_of_long_keys_is_refused_by_its_bytes() -> None:
    """A document of 300 aliases with 128 characters each used to be accepted for 6,400, and had 47 MB."""
    found = tree(with_long_keys(300, first=1000))
    cost, limit = found.cost(), limits.Limit(100_000, 20_000_000)
    assert cost.requested <= limit.cost and cost.values <= limit.cost * limits.VALUES_PER_RECORD
    assert cost.requested > 2 * 6400 and 300 * 1000 * 132 < cost.size < 300 * 1000 * 132 * 2 and not limits.fits(cost, limit)
    refused = str(limits.too_much(found, cost, limit, None, graphql=True))
    assert f"the answer could have {cost.size:,} bytes, and 20,000,000 is the limit; most of it is in `events`; `first: " in refused


@pytest.mark.parametrize("node", [
    NAME, Id("id"), Constant("type", '"Event"'), Link("location", EVENT.fields["location"], (Id("id"),)), Reference("location", EVENT.fields["location"]),
    Claims("claims", NAME.field, (Value("value", NAME.field),)), Evidence("provenance", (NAME.field,)), ClaimList("claims", (Nodes("nodes", (NAME,)),)),
    Provenance("provenance", (FieldProvenance("name", (Disputed("disputed", NAME.field),)),)),
    Page("figures", FIGURE, (Nodes("nodes", (Id("id"),)),), reverse=EVENT.reverses["figures"]),
], ids=lambda node: type(node).__name__)  # fmt: skip
def test_every_key_counts_in_the_bytes_and_a_long_one_in_the_cost(node: Node) -> None:
    """Of each node that a client can name by an alias: 100 of them in 1,000 records, with a key of 8 and with one of 128 characters."""
    short, long = (
        tree(events(first=1000, parts=(Nodes("nodes", tuple(replace(node, key=f"{n:0{length}}") for n in range(100))),))).cost()
        for length in (8, 128)
    )
    assert long.size - short.size >= 100 * 1000 * 120
    assert short.requested < long.requested


KEYS = {
    "a list": lambda key: events(first=1, parts=(TotalCount(key),)),
    "its rows": lambda key: events(first=1000, parts=(Edges("edges", (RowCursor(key),)),)),
    "a list below records": lambda key: events(first=1000, parts=(Nodes("nodes", (Page(
        "figures", FIGURE, (TotalCount(key),), reverse=EVENT.reverses["figures"]),)),)),
    "totals": lambda key: totals("month", parts=(TotalsRows("rows", (TotalsValue(key, "best"),)),)),
    "revisions": lambda key: RevisionList("revisions", (Nodes("nodes", (Column(key, "number"),)),), first=1000),
    "a search": lambda key: Search("search", (EVENT,), Sought("a", (Word("a"),), (), None, {}), (FoundRecords("nodes", (FoundRecord("", EVENT, (Id(key),)),)),), 100),
    "found records": lambda key: Search("search", (EVENT,), Sought("a", (Word("a"),), (), None, {}), (FoundRecords("nodes", (), (FoundKind(key),)),), 100),
}  # fmt: skip


@pytest.mark.parametrize("root", [pytest.param(root, id=name) for name, root in KEYS.items()])
def test_keys_of_every_part_count_in_the_bytes(root: Callable[[str], Node]) -> None:
    short, long = (tree(root("k" * length)).cost() for length in (8, 128))
    rows = max(short.paths[-1].rows, 1) if len(short.paths) == 1 else 1000
    assert long.size - short.size >= 120 * (1 if isinstance(root(""), Page) and root("").first == 1 else rows)  # type: ignore[attr-defined]


def totals(*by: str, parts: tuple[Node, ...] = ()) -> TotalsNode:
    return TotalsNode("totals", FIGURE, parts, by=by)


def test_totals_of_everything_are_accepted_one_at_a_time_as_fast_as_two_cores_compute_them() -> None:
    """Measured by `python -m bench.costs`: half of the processor time of all figures of UCDP GED, most of which are parts of others, and of a quarter of as many without parts."""
    ged = Statistics(1, ROWS, LARGE.pages, {**COLUMNS, ("figure_sum", "shape"): ColumnStatistics(common={"0": 0.2, "1": 0.2, "2": 0.6})})
    plain = Statistics(1, {**ROWS, "figure_sum": 3e5}, LARGE.pages, COLUMNS)

    def costs(statistics: Statistics, *by: str, number: int = 1) -> int:
        return Costing(KINDS, statistics, 1).tree(Query((totals(*by),) * number)).cost().requested

    assert costs(ged, "year", "country") < 100_000 < costs(ged, "year", number=2)
    assert costs(ged, "year") < costs(ged, "actor")  # For which parts are summed by themselves.
    assert costs(plain, "year", number=3) < 100_000 < costs(plain, "year", number=4)


def test_a_total_costs_what_it_has_to_compare_and_what_is_in_its_span() -> None:
    """Measured by `python -m bench.costs`, and on the collections of `make run`, most of whose figures are running totals: these take 10 to 40 µs each to compare."""

    def cost_of(shapes: dict[str, float], counts: Sequence[Compared] | None = None, **changed: Any) -> int:
        columns = {
            ("figure_sum", "shape"): ColumnStatistics(common=shapes),
            ("figure_sum", "month"): ColumnStatistics(distinct=420, bounds=tuple(map(float, range(700_000, 712_775, 30)))),
        }
        compared = {} if counts is None else {"figure": counts}
        statistics = Statistics(1, {**ROWS, "figure_sum": 50_000.0}, LARGE.pages, {**COLUMNS, **columns}, compared)
        return Costing(KINDS, statistics, 1).tree(Query((replace(totals("month"), **changed),))).cost().requested

    apart, compared = {"0": 1.0}, {"0": 0.2, "3": 0.8}
    first = dt.date.fromordinal(712_000)
    country = Where("all", (Condition(FIGURE.fields["event"], "match", where("eq", "SYR")),))
    assert 30_000 < cost_of(compared) - cost_of(apart) < 90_000
    assert cost_of(apart, since=first) < cost_of(apart)
    assert cost_of(apart, where=country, since=first) < 2_000 < cost_of(compared, where=country, since=first)
    elsewhere, few, many = (
        cost_of(compared, [Compared(name, "killed", number)], where=country)
        for name, number in (("UKR", 2000), ("SYR", 100), ("SYR", 2000))
    )
    assert elsewhere < few < elsewhere + 2_000 + 100 < many < elsewhere + 2_000 + 2_500


def test_what_few_events_of_a_country_have_is_counted_also_if_the_statistics_miss_the_country() -> None:
    """All figures to compare are of one event of a country that no sample has: a total of them cost as much as one of no figures."""
    columns = {
        ("figure_sum", "country"): ColumnStatistics(distinct=30, common={"SYR": 0.999}),
        ("figure_sum", "shape"): ColumnStatistics(common={"0": 1.0}),
    }
    counts = [
        Compared("UKR", "equipment_lost", 20_000, "2022-01-01", "2025-12-01"),
        Compared("UKR", "killed", 5_000, "2022-01-01", "2025-12-01"),
        Compared(None, None, 40),
        Compared("PSE", "killed", 50_000),
    ]
    statistics = Statistics(1, {**ROWS, "figure_sum": 60_000.0}, LARGE.pages, {**COLUMNS, **columns}, {"figure": counts})
    link, started_on, measure = FIGURE.fields["event"], EVENT.fields["started_on"], FIGURE.fields["measure"]
    ukraine = Condition(EVENT.fields["country"], "eq", "UKR")

    def compared(*conditions: Condition, **changed: Any) -> float:
        asked = replace(totals("month"), where=Where("all", conditions), **changed)
        found = SumCosts(KINDS, statistics, asked)
        summed, of_these = found.summed(None)
        assert summed >= of_these and (not conditions or Costing(KINDS, statistics, 1).tree(Query((asked,))).cost().requested > of_these)
        return of_these

    def of_events(*conditions: Condition) -> Condition:
        return Condition(link, "match", Where("all", conditions))

    assert compared(of_events(ukraine)) == 25_000
    assert compared(of_events(ukraine, Condition(started_on, "gte", "1900-01-01"))) == pytest.approx(25_000)
    assert compared(of_events(ukraine), Condition(measure, "eq", "killed")) == 5_000
    assert compared(of_events(Condition(EVENT.fields["country"], "one_of", ("UKR", "AFG")))) == 25_000
    assert compared(of_events(ukraine), since=dt.date(2025, 1, 1)) == 25_000 / 4
    assert compared(Condition(measure, "eq", "equipment_lost")) == 20_040
    assert compared() == MAX_COUNTED


def test_a_total_of_one_event_costs_what_it_has_to_compare() -> None:
    """15,001 counts of single days, and their total, cost 4,900 units, and took two seconds; one of a country without anything to compare cost 139,000, and took 0.2."""
    columns = {
        **COLUMNS,
        ("figure_sum", "shape"): ColumnStatistics(common={"1": 0.2, "2": 0.8}),
        ("figure_sum", "country"): ColumnStatistics(distinct=30, common={"SYR": 0.12}),
        ("figure", "measure"): ColumnStatistics(distinct=1, common={"killed": 1.0}),
    }
    counts = {"figure": [Compared(None, None, 15_001, "1989-01-01", "2030-01-01", 15_001)]}
    statistics = Statistics(1, {**ROWS, "figure_sum": 2.1e6}, LARGE.pages, columns, counts, {"figure": {"daily": 0.007}})
    link, measure = FIGURE.fields["event"], Condition(FIGURE.fields["measure"], "eq", "killed")

    def costs(*conditions: Condition, by: str = "month") -> int:
        asked = replace(totals(by), where=Where("all", conditions))
        return Costing(KINDS, statistics, 1).tree(Query((asked,))).cost().requested

    daily, other = (Condition(link, "eq", id) for id in ("daily", "another"))
    assert costs(other) < 30_000 < costs(daily, Condition(FIGURE.fields["best"], "gte", 5), by="measure") < costs(daily, by="measure")
    assert 80_000 < costs(daily, by="measure") < 100_000 < costs(daily), "a row for each month takes two seconds"
    syria = Condition(link, "match", where("eq", "SYR"))
    assert costs(syria, measure) < 50_000 < costs(syria, measure, by="population"), "parts of totals are only read for these keys"


@pytest.mark.parametrize("at", [NOW, At(revision=1)], ids=["now", "then"])
def test_a_sentence_about_the_country_with_most_running_totals_can_be_checked(at: At) -> None:
    """As on the collections of `make run`: the losses of a war that are published day by day."""
    columns = {("figure_sum", "shape"): ColumnStatistics(common={"3": 0.8, "0": 0.2})}
    counts = {"figure": [Compared("UKR", "equipment_lost", 21_000, "2022-02-01", "2026-08-01")]}
    statistics = Statistics(
        2, {"figure": 47_000.0, "figure_sum": 47_000.0, "event": 19_000.0, "figure_claim": 47_000.0}, {}, columns, counts
    )
    asked = {"measure": "equipment_lost", "value": "14000", "country": "UKR"}
    node = check(KINDS, FIGURE, "data", asked, (CheckTotals("totals", TOTAL_PARTS),))
    assert 40_000 < Costing(KINDS, statistics, 2).tree(Query((node,), at)).cost().requested < 100_000


async def test_what_has_to_be_compared_is_counted_by_country_and_measure(aleppo: Instance) -> None:
    store = aleppo.app.state.store
    await store.refresh(None)
    connection = await asyncpg.connect(aleppo.read_url)
    rows = await connection.fetch(
        f"""select country, measure, count(*), min(month)::text, max(month)::text, count(*) filter (where basis = 'flow') from figure_sum where shape = {TANGLED} and country is not null
        group by country, measure order by country, measure"""
    )
    await connection.close()
    assert store.statistics.compared == {"figure": [Compared(*row) for row in rows]}
    assert len(store.statistics.compared["figure"]) > 1, "the collection of the tests has figures that may count the same people"


# The surfaces

DOCUMENT = "query($first: Int) { events(first: $first) { totalCount nodes { name figures { nodes { best } } } } }"


async def post(client: httpx2.AsyncClient, query: str, **members: object) -> Any:
    return (await client.post("/graphql", json={"query": query, **members})).json()


async def test_graphql_reports_the_cost_it_explains(aleppo: Instance) -> None:
    for first in (5, 50):
        ran = await post(aleppo.client, DOCUMENT, variables={"first": first})
        told = await post(aleppo.client, DOCUMENT, variables={"first": first}, extensions={"explain": "cost"})
        assert told == {"data": None, "extensions": ran["extensions"]}
        reported = ran["extensions"]["cost"]
        assert {path["path"] for path in reported["by"]} == {"events", "events.figures"}
        assert sum(path["cost"] for path in reported["by"]) <= reported["requested"] <= reported["limit"] == 100_000
    refused = await post(aleppo.client, DOCUMENT, extensions={"explain": "plan"})
    assert refused["errors"][0]["message"].startswith("extensions: explain: must be 'cost'")


@pytest.mark.parametrize(
    "path",
    ["/v1/events", "/v1/events?limit=7&fields=name,figures.best", "/v1/events.json?order=-name", "/v1/events/aleppo-offensive-2024",
     "/v1/figures/totals?by=month", "/v1/revisions?limit=1", "/v1/revisions/1", "/v1/withheld", "/v1/events?revision=1"],
)  # fmt: skip
async def test_rest_reports_the_cost_it_explains(aleppo: Instance, path: str) -> None:
    response = await aleppo.client.get(path, headers={"origin": "https://example.org"})
    explained = await aleppo.client.get(f"{path}{'&' if '?' in path else '?'}explain=cost")
    assert int(response.headers["conflict-facts-cost"]) == explained.json()["cost"]["requested"]
    assert "conflict-facts-cost" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize("records", [10, 65])
async def test_what_a_value_or_an_alias_repeats_is_paid_by_the_length_of_its_sql(aleppo: Instance, records: int) -> None:
    """Planned once for each record and twice as of an earlier revision, such a statement took ten times what it cost, and a gigabyte of PostgreSQL."""
    message = json.loads(COSTLY["records of many earlier revisions"].body)
    message["variables"]["ids"] = message["variables"]["ids"][:records]  # Here, 1 is the newest.
    answer = (await aleppo.client.post("/graphql", json=message)).json()
    explained = (await aleppo.client.post("/graphql", json={**message, "extensions": {"explain": "cost"}})).json()
    if records == 10:
        assert "there is no revision" in answer["errors"][0]["message"] and explained["extensions"]["cost"]["requested"] > 10_000
    else:
        assert "the SQL statement for this request has more than 600,000 characters with its literals" in answer["errors"][0]["message"]


async def test_a_request_that_is_not_run_may_cost_too_much(aleppo: Instance) -> None:
    nested = "{ events(first: 1000) { nodes { figures(first: 1000) { nodes { id: slug } } } } }"
    refused = await post(aleppo.client, nested)
    assert refused["errors"][0]["extensions"]["problem"] == TooMuch.code
    assert "most of it is in `events.figures`; `first: 99` of `events.figures` would fit" in refused["errors"][0]["message"]
    assert "errors" not in await post(aleppo.client, nested, extensions={"explain": "cost"})
    refused = (await aleppo.client.get("/v1/events?limit=1000&fields=figures.event.figures.event.name")).json()
    assert re.search(r"most of it is in `data\.figures\.event\.figures`; `limit=\d+` would fit", refused["detail"]), refused
    (first,) = re.findall(r"`limit=(\d+)`", refused["detail"])
    assert (await aleppo.client.get(f"/v1/events?limit={first}&fields=figures.event.figures.event.name")).status_code == 200


async def test_a_file_has_no_cost(aleppo: Instance) -> None:
    response = await aleppo.client.get("/v1/events.csv?explain=cost")
    assert (response.status_code, response.json()["code"]) == (400, "bad-argument")


async def test_the_cost_is_that_of_the_revision_of_the_response(instance: Instance) -> None:
    """Also of the first response after a load, whose plan was priced by what was known before."""
    rows = "".join(f"    - {{id: a{n}, name: Name {n}, kind: state}}\n" for n in range(2000))
    await instance.load(paper=source() + "claims:\n  actors:\n    - {id: a, name: A, kind: state}\n")
    path = "/v1/actors?order=name&limit=1"
    few = (await instance.client.get(path)).headers["conflict-facts-cost"]
    await instance.load(paper=source() + f"claims:\n  actors:\n{rows}")
    await instance.rows("analyze actor")
    first, again = [
        (await instance.client.get(path, headers={"cache-control": "no-cache"})).headers["conflict-facts-cost"] for _ in range(2)
    ]
    assert int(few) < int(first) == int(again)


# Limits


async def test_the_limits_are_published(aleppo: Instance) -> None:
    published = (await aleppo.client.get("/limits")).json()
    assert published["cost"] == 100_000 and published["records"] <= 500_000
    assert published["graphql"]["directives"] == MAX_DIRECTIVES == 50 and published["graphql"]["tokens"] == 4_000


async def test_directives_are_limited(aleppo: Instance) -> None:
    def document(count: int) -> str:
        return "{ t: __typename " + " ".join(f"a{n}: __typename @include(if: true)" for n in range(count)) + " }"

    assert "data" in await post(aleppo.client, document(MAX_DIRECTIVES))
    refused = await post(aleppo.client, document(MAX_DIRECTIVES + 1))
    assert refused["errors"][0]["message"].startswith("the document has 51 directives, and 50 is the limit")


def file_cost(instance: Instance, buckets: Buckets, clock: Callable[[], float] = time.perf_counter) -> StreamCost:
    page = Page("", KINDS["figure"], ())
    return stream_cost(Account(buckets, "a"), WorkTime(clock), KINDS, page, (Id(""),), instance.app.state.store.statistics, past=False)


async def test_a_file_is_paid_by_its_plan_however_busy_the_server_is(aleppo: Instance) -> None:
    """Elapsed time includes the work of others: it is paid only as far as the plan explains it."""
    buckets = Buckets(10**9, 10**9)
    cost = file_cost(aleppo, buckets)
    cost.pay(0.000_1, 0.0, 500)
    assert buckets.quota - buckets.available("a") == 10
    cost.pay(3600, 0.01, 500)
    planned = cost.finding + 1000 * cost.each
    assert cost.paid == pytest.approx(planned) == cost.estimate and planned < 1
    assert buckets.quota - buckets.available("a") == pytest.approx(planned * UNITS_PER_SECOND, abs=2)


async def test_a_file_pays_for_the_planning_of_its_long_statement(aleppo: Instance) -> None:
    """One of a single row took a tenth of a second, and was paid like the row."""
    buckets = Buckets(10**9, 10**9)
    cost = file_cost(aleppo, buckets)
    cost.plan("select " + "a, " * 30_000)
    cost.pay(10, 0.0, 1)
    assert buckets.quota - buckets.available("a") == pytest.approx((cost.finding + cost.each) * UNITS_PER_SECOND + 10_800, abs=10)


async def test_a_file_pays_for_work_far_beyond_its_estimate_also_if_it_is_left(aleppo: Instance) -> None:
    """Of a list that finds nothing, or that was left before its first records, nothing was paid, whatever it had taken."""
    buckets, now = Buckets(10**9, 10**9), 0.0
    cost = file_cost(aleppo, buckets, lambda: now)
    cost.begin()
    now = 1.02
    cost.end()
    beyond = 1 - 4 * cost.estimate
    assert buckets.quota - buckets.available("a") == pytest.approx(beyond * UNITS_PER_SECOND, rel=0.01)
    cost.end()
    assert cost.work == 1.02  # It has not begun again.
    cost.begin()
    now = 3600.0
    cost.end(1_000_000)  # They explain some of the work.
    assert cost.paid == pytest.approx(min(cost.elapsed, cost.estimate) + min(10, 3600 - 0.02 - 4 * cost.estimate))


async def test_the_cost_of_a_file_counts_what_each_row_has(aleppo: Instance) -> None:
    statistics, kind = aleppo.app.state.store.statistics, KINDS["figure"]
    selector = ColumnSelector(KINDS, kind)
    each = [
        stream_cost(
            Account(Buckets(1, 1), ""), WorkTime(), KINDS, Page("", kind, ()), Table(selector.columns(fields, provenance)), statistics, past
        ).each
        for fields, provenance, past in (("id", "none", False), ("*", "none", False), ("*", "*", False), ("*", "*", True))
    ]
    assert each == sorted(each) and len({*each}) == len(each)
