"""A chart of running totals: each series as steps, with falls shown as falls, and never added up.

Longer than other modules, because the remarks below a chart stand beside what it draws.
"""

from __future__ import annotations

import datetime as dt
import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schema.kinds.figure import QUANTITIES
from schema.model.kinds import Kinds

from ..pictures.placeholder_texts import DAYS, NUMBERS
from ..query.nodes import At, Condition, EvidenceSources, Node, Nodes, Order, Page, Query, Related, TotalCount, TotalsNode, Where
from ..rest.selections import Selector
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words import dates
from ..words.exact_numbers import read_json
from .card_words import CUMULATIVE
from .chart_axes import milliseconds, number_axis, time_axis
from .chart_specs import DARK, INK, PALE, SIZES, Spec, below, config, isolated, letters, sizes
from .edition import source_line
from .running_totals import Count, Number, Series, grouped, said_of
from .totals_sources import about_origin

FIELDS = "id,measure,population,unit,origin,disaggregation,low,best,high,period_start,period_end,event.id,event.name,actor.id,actor.name,location.id,location.name"
# What is said of all series if it is the same.
SAID = {"event": "event", "actor": "actor", "location": "place", "population": "population"}
EVERYBODY = "all"  # The population that needs no word.
READ, CITED = 6000, 50  # The newest counts, and those of them whose sources are named.
OG, CARD = "og", "card"  # The usual size, and the smallest.
MAX_SERIES = {OG: 4, CARD: 2, "square": 4}  # By size: a line for each in the legend leaves less room for what is drawn.
COLOURS = (DARK, "#17537a", "#8a6a00", "#4d6b1f")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """The series of a chart, the most counts first, how many counts there are in all, and how many were read."""

    series: Sequence[Series]
    counts: int
    read: int
    sources: Sequence[Document]
    unit: str
    undated: int
    units: frozenset[str | None] = frozenset()  # The codes of the units of all counts.
    left_out: Sequence[str] = ()  # Origins of counts that were not asked for.
    common: Mapping[str, str] = field(
        default_factory=dict
    )  # What all series have in common, such as whose losses they are: names, by what they are names of.


async def read_series(kinds: Kinds, store: Store, node: TotalsNode, at: At, beside_it: Sequence[Node] = ()) -> tuple[Read, Answer]:
    """The newest counts of running totals that meet the conditions of totals, by series; those that others derived only if they are asked for.

    The roots of the answer that are read `beside_it` are the third and those after it.
    """
    kind, selector = node.kind, Selector(kinds, node.kind)
    roles = kind.totals
    assert roles is not None
    end, origin = kind.fields[roles.end], kind.fields[roles.origin]
    parts: list[Where | Condition | Related] = [node.where, Condition(kind.fields[roles.basis], "eq", CUMULATIVE)]
    parts += [Condition(end, operator, day) for operator, day in (("gte", node.since), ("lte", node.until)) if isinstance(day, dt.date)]
    left_out = () if about_origin(node.where) else roles.derived_origins
    if left_out:
        parts.append(Where("any", (Condition(origin, "known", False), Where("none", (Condition(origin, "one_of", tuple(left_out)),)))))
    order = (Order(end, descending=True), Order(None))
    counts = Page(
        "counts",
        kind,
        (Nodes("data", selector.selection(FIELDS, "none")), TotalCount("count")),
        Where("all", tuple(parts)),
        order=order,
        first=READ,
    )
    proven = (Nodes("data", selector.selection("id", ",".join(QUANTITIES.numbers))), EvidenceSources("sources", selector.sources()))
    answer = await store.answer(Query((counts, replace(counts, key="cited", parts=proven, first=CITED), *beside_it), at))
    read = await beside(_series, answer.roots[0] or "", answer.roots[1] or "")
    return replace(read, left_out=tuple(left_out)), answer


def _series(counts: str, cited: str) -> Read:
    """The series in the JSON of counts, and of the newest of them with their sources."""
    found = read_json(counts)
    return replace(series_of(found["data"], [*read_json(cited)["sources"].values()]), counts=found["count"])


def series_of(figures: Sequence[Document], sources: Sequence[Document] = ()) -> Read:
    """The series of some figures."""
    dated = [figure for figure in figures if figure["period_end"]]
    found, differing = grouped(dated)
    same = {SAID[name]: said_of(dated[0][name]) for name in SAID if name not in differing} if dated else {}
    common = {name: said for name, said in same.items() if said not in ("", EVERYBODY)}
    units = {said_of(unit) for unit in {figure["unit"] for figure in dated}}
    ordered = sorted(found, key=lambda series: (-len(series.counts), series.label))
    return Read(
        ordered, len(figures), len(figures), sources, units.pop() if len(units) == 1 else "", len(figures) - len(dated),
        frozenset(figure["unit"] for figure in figures), common=common,
    )  # fmt: skip


def _shown(read: Read, size: str) -> Sequence[Series]:
    return read.series[: MAX_SERIES[size]]


def series_chart(read: Read, title: str, detail: str, about: str, size: str) -> Spec:
    """The specification of a chart of running totals; `about` is its last line, with the revision."""
    width, height = SIZES[size]
    shown, room = _shown(read, size), letters(width)
    values = drawn_values(read, size)
    above = len(shown) + 1 if len(shown) > 1 else 0  # They stand further apart than lines.
    ending = textwrap.wrap(f"{about} {source_line(read.sources)}".strip(), room["note"])
    lines = [isolated(line) for line in (*below(size, [*notes(read, size)], room["note"], above), *ending)]
    across, days = time_axis([dt.date.fromisoformat(count.day) for series in shown for count in series.counts], max(3, width // 180))
    upright, numbers = number_axis([value[name] for value in values for name in ("v", "high", "from")])
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": width, "height": height, "background": "#ffffff", "padding": round(width / 40),
        "autosize": {"type": "fit", "contains": "padding"},
        "title": {"text": [isolated(line) for line in textwrap.wrap(title, room["title"])[:2]], "subtitle": [isolated(line) for line in textwrap.wrap("; ".join([*([detail] if detail else []), *in_common(read, detail)]), room["note"])[:2]]},
        "data": {"values": _only(values, "v", "series", "segment")},
        "params": [{"name": DAYS, "value": days}, {"name": NUMBERS, "value": numbers}],
        "encoding": {"x": {"field": "t", "type": "temporal", "scale": {"type": "utc"}, "axis": {**across, "title": lines, "labelOverlap": "greedy", "grid": False}}},
        "layer": _layers(shown, values, {"title": isolated(read.unit or "number"), "axis": upright}, sizes(width)["note"]), "config": config(width),
    }  # fmt: skip


def in_common(read: Read, named: str = "") -> list[str]:
    """What all series have in common, without what conditions have `named` already."""
    return [f"{name}: {said}" for name, said in read.common.items() if f"; {said};" not in f"; {named};"]


def drawn_values(read: Read, size: str = OG) -> list[dict[str, Any]]:
    """The counts that are drawn, each with all that some mark shows of it."""
    return [value for number, series in enumerate(_shown(read, size)) for value in _values(series, number)]


def _only(values: Iterable[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The values of a mark: its time and what else it needs. Reading a date, or what a mark does not draw, takes long if there are hundreds."""
    return [{"t": milliseconds(dt.date.fromisoformat(value["t"])), **{name: value[name] for name in names}} for value in values]


def _values(series: Series, number: int) -> Iterator[dict[str, Any]]:
    """The counts of a series; a new segment begins where the line would go down, so that it hides no fall, and shows none that may not be one."""
    fallen, lower = ({other.day: one for one, other in pairs} for pairs in (series.falls, series.lower))
    segment, label = 0, isolated(series.label)
    for count in steps(series.counts):
        if (before := lower.get(count.day) or fallen.get(count.day)) is not None:  # Until then it stayed as it was.
            yield _value(replace(before, day=count.day), label, f"{number}-{segment}", None)
            segment += 1
        yield _value(count, label, f"{number}-{segment}", before.value if before and count.day in fallen else None)


def _value(count: Count, label: str, segment: str, fallen: Number | None) -> dict[str, Any]:
    """What is drawn of a count: the places of its numbers, which need not be exact."""
    v, low, high, before = (None if number is None else float(number) for number in (count.value, count.low, count.high, fallen))
    return {"t": count.day, "v": v, "low": low, "high": high, "series": label, "segment": segment, "from": before}


def steps(counts: Sequence[Count]) -> list[Count]:
    """The counts that begin a step, and the last one: on other days the number stays as it is."""
    kept = [*counts[:1], *(count for before, count in itertools.pairwise(counts) if count.numbers != before.numbers)]
    return [*kept, *(counts[-1:] if kept and counts[-1] is not kept[-1] else [])]


def _bands(values: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The counts with both bounds, which hold until the next count: if that states none, a band ends there, and none goes on behind it."""
    band = 0
    for value, after in itertools.zip_longest(values, values[1:]):
        if None in (value["low"], value["high"]):
            band += 1
            continue
        found = {**value, "segment": f"{value['segment']}-{band}"}
        yield found
        if after and after["segment"] == value["segment"] and None in (after["low"], after["high"]):
            yield {**found, "t": after["t"]}


def _layers(shown: Sequence[Series], values: Sequence[Mapping[str, Any]], upright: Spec, size: int) -> list[Spec]:
    """The marks. Each has only the values that it draws: filtering all of them for each took a third of the time of a chart."""
    bounded = {"values": _only(_bands(values), "low", "high", "segment")}
    fallen = {"values": _only((one for one in values if one["from"] is not None), "from", "v")}

    def up(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "scale": {"zero": True}, **upright}

    names = [isolated(series.label) for series in shown]
    legend = (
        {
            "title": None,
            "orient": "top",
            "symbolType": "stroke",
            "symbolStrokeWidth": 3,
            "symbolSize": 300,
            "labelLimit": 0,
            "columns": 1,
            "labelFontSize": size,
        }
        if len(shown) > 1
        else None
    )
    colour = {"field": "series", "type": "nominal", "scale": {"domain": names, "range": [*COLOURS[: len(names)]]}, "legend": legend}
    few = max((len(series.counts) for series in shown), default=0) <= 40
    layers: list[Spec] = [
        {"data": bounded, "mark": {"type": "area", "interpolate": "step-after", "color": PALE, "opacity": 0.6, **({"stroke": PALE, "strokeWidth": 2} if few else {})},
         "encoding": {"y": up("low"), "y2": {"field": "high"}, "detail": {"field": "segment"}}},
        {"mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "point": {"size": 24} if few else False},
         "encoding": {"y": up("v"), "color": colour, "detail": {"field": "segment"}}},
        {"data": fallen, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3], "strokeWidth": 1.5},
         "encoding": {"y": up("from"), "y2": {"field": "v"}}},
        {"data": fallen, "mark": {"type": "point", "shape": "triangle-down", "filled": True, "size": 70, "color": INK, "opacity": 1},
         "encoding": {"y": up("v")}},
    ]  # fmt: skip
    return [
        layer for layer in layers if "data" not in layer or layer["data"]["values"]
    ]  # A mark of nothing takes as long to prepare as another.


def notes(read: Read, size: str = OG) -> Iterator[str]:
    """What a chart of running totals does not show, if it shows only some of them, and what the marks mean."""
    shown, rest = _shown(read, size), read.series[MAX_SERIES[size] :]
    falls = [(series, *fall) for series in shown for fall in series.falls]
    if rest:
        yield f"Not drawn: {len(rest):,} other series; more conditions choose them"  # Short, so that there is always room.
    if falls:  # First, since its marks mean nothing without it.
        yield f"Dashed: {len(falls):,} time{'s' if len(falls) > 1 else ''} a total falls, which means that it was corrected or begins anew"
    yield "Each step is a count of all since the beginning; the line stays until the next count. Counts are never added up"
    if falls:
        series, one, other = falls[-1]
        of = f" ({series.label})" if series.label else ""
        yield f"The last fall: from {one.words} to {other.words} on {dates.day(other.day)}{of}"
    if any(count.low is not None and count.high is not None for series in shown for count in series.counts):
        yield "Pale: between the lower and the upper bound, or between counts of one day that differ"
    if any(count.best is None and count.value is not None for series in shown for count in series.counts):
        yield "Where no best estimate is stated, the line is at the lower bound or, without one, at the upper bound"
    if rest:
        yield f"Among those that are not drawn: {'; '.join(series.label for series in rest[:3])}"
    if read.left_out:
        yield f"Counts that are {' or '.join(read.left_out)} are left out; origin chooses them"
    if read.counts > read.read:
        yield f"Shows the newest {read.read:,} of {read.counts:,} counts"
    if read.undated:
        yield f"Undated, and not drawn: {read.undated:,}"


def sentence(read: Read, title: str, size: str = OG) -> str:
    """A chart of running totals in words."""
    said = []
    for series in _shown(read, size):
        known = [count for count in series.counts if count.value is not None]
        if known:
            first, last = known[0], known[-1]
            label = f"{series.label}: " if series.label else ""
            falls = f", with {len(series.falls)} fall{'s' * (len(series.falls) > 1)}" if series.falls else ""
            said.append(f"{label}from {first.words} on {dates.day(first.day)} to {last.words} on {dates.day(last.day)}{falls}")
    return f"{'; '.join([title, *in_common(read), *said])}."
