"""The form of a list: its fields are parameters of REST, chosen from the declarations of the kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import DATE

from ..rest.parameters import Parameters
from .values import title

SELECT, DATES, SEARCH = "select", "date", "search"
COUNTRY = "country"
Countries = Mapping[str, Sequence[str]]  # The codes that records have, by kind.
WITHDRAWN = "(code withdrawn "  # In the definition of a country that has no code any more.


@dataclass(frozen=True)
class Filter:
    """A control of the form."""

    name: str  # Of the parameter.
    title: str
    control: str
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()  # Codes and their labels.


@dataclass(frozen=True)
class Other:
    """A parameter that the form has no control for, and the address without it."""

    name: str
    value: str
    without: str


def given(params: Parameters) -> Parameters:
    """The parameters of a request without the empty ones, which browsers send for controls that are left alone."""
    return [(name, text) for name, text in params if text.strip()]


def filters(kinds: Kinds, kind: Kind, params: Parameters, countries: Countries | None = None) -> tuple[Filter, ...]:
    """The controls of a list, with the values of a request; of countries, those that records have or the request names."""
    values = dict(params)
    return tuple(
        Filter(one.name, one.title, one.control, values.get(one.name, ""), one.options)
        for one in (
            *_filters(kinds, kind, None if countries is None else {*countries.get(_holder(kinds, kind), ()), values.get(COUNTRY)}),
            _order(kind, params),
        )
    )


def others(kind: Kind, params: Parameters, controls: tuple[Filter, ...]) -> tuple[Other, ...]:
    """The conditions of a request that have no control; the form keeps them."""
    names = {control.name for control in controls}
    return tuple(
        Other(
            name, text, f"/{kind.plural}?{urlencode([pair for pair in params if pair != (name, text) and pair[0] != 'after'])}".rstrip("?")
        )
        for name, text in params
        if name not in names and name != "after"
    )


def default_order(kind: Kind) -> str:
    """The order of a list unless a request names one: the newest first, or by name."""
    if kind.span and not kind.totals:
        return f"-{kind.span[0].name}"
    return f"-{kind.published}" if kind.published else kind.label or "id"


def _holder(kinds: Kinds, kind: Kind) -> str:
    """The name of the kind whose country a list of a kind is narrowed by."""
    links, _ = kinds.columns(kind).get(COUNTRY, ((), None))
    return links[-1].type.ref or "" if links and COUNTRY not in kind.fields else kind.name


def _filters(kinds: Kinds, kind: Kind, countries: Collection[str | None] | None) -> Iterator[Filter]:
    if kind.searchable:
        yield Filter("search", "Words in names and places" if kind.finds else "Words in names", SEARCH)
    shown = {**{name: field for name, (_, field) in kinds.columns(kind).items()}, **kind.fields}
    for name, field in shown.items():
        if field.type.vocabulary and not field.type.levels and (name == COUNTRY or field.what):
            yield Filter(
                name,
                title(name),
                SELECT,
                options=tuple(one for one in _options(field) if name != COUNTRY or countries is None or one[0] in countries),
            )
    for name in _days(kind, shown):
        yield Filter(f"{name}.gte", f"{title(name)}, from", DATES)
        yield Filter(f"{name}.lte", f"{title(name)}, to", DATES)


def _days(kind: Kind, shown: Mapping[str, Field]) -> Iterator[str]:
    """The days by which a list is narrowed: the first of a record or, failing that, any; of a number, that of its event and the last of its own period."""
    found = kind.span[0].name if kind.span and not kind.totals else next((name for name, field in shown.items() if field.type is DATE), "")
    if found:
        yield found
    if kind.span and kind.totals:
        yield kind.span[1].name


def _options(field: Field) -> tuple[tuple[str, str], ...]:
    codes = field.type.vocabulary.codes.values() if field.type.vocabulary else ()
    if field.name != COUNTRY:
        return tuple((code.code, code.label) for code in codes)
    former = {code.code: WITHDRAWN in code.definition for code in codes}
    listed = sorted(codes, key=lambda code: (former[code.code], code.label))
    return tuple((code.code, f"{code.label} (former code {code.code})" if former[code.code] else code.label) for code in listed)


def _order(kind: Kind, params: Parameters) -> Filter:
    """The control for the order; it has the order of the request, also one that it does not offer."""
    newest = [f"-{kind.span[1].name}"] if kind.totals and kind.span else []
    names = dict.fromkeys(
        [default_order(kind), *newest, *(f"-{name}" for name in (kind.quantities.numbers if kind.quantities else ())), "id"]
    )
    asked = dict(params).get("order")
    if asked:
        names[asked] = None
    return Filter("order", "Order", SELECT, options=tuple((name, _order_title(kind, name)) for name in names))


def _order_title(kind: Kind, order: str) -> str:
    return "; ".join(_term_title(kind, term) for term in order.split(","))


def _term_title(kind: Kind, term: str) -> str:
    """A term of an order: "Newest first (period end)", "Largest first (best)"."""
    name = term.removeprefix("-")
    if term == name:
        return title(name)
    field = kind.fields.get(name)
    words = "Newest" if field and field.type.is_date else "Largest" if field and field.type.name == "number" else ""
    return f"{words} first ({title(name).lower()})" if words else f"{title(name)}, descending"
