"""The parameters of REST requests as queries: each is checked and typed; an unknown one is refused, with a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from schema.codelists.vocabularies import LANGUAGE, suggestion
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.search import DAYS_SENTENCE
from schema.model.words import WORDS

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import refuse_repeated
from ..query import conditions, cursors
from ..query.bindings import bind, specialise
from ..query.nodes import NO_CONDITION, NOW, At, Evidence, EvidenceSources, NextPageUrl, Node, Nodes, Order, Page, TotalCount, Where, both
from ..query.search import searched
from ..query.tables import Table
from ..words.answer_sentences import figure_words
from .conditions import LIMIT, WHERE, ConditionReader, parse_number
from .foreign_parameters import equivalent
from .nested_lists import ListsBelow, take_options
from .ogc import BBOX, DATETIME, has_dates, has_place, in_box, in_span
from .selections import Selector

# Each parameter with its description in OpenAPI.
RECORD_PARAMETERS = {
    "fields": "The fields to return, separated by commas; `*` for all of the record's own, and a dot to follow a reference: "
    "`*,location.name,figures.best`.",
    "provenance": "The fields to return provenance for, separated by commas; `*` for all, `none` for none.",
    "revision": "The facts as of this revision.",
    "as_of": "The facts as of the last revision recorded by this time, in ISO 8601.",
    "words": "The language of `words`, which says each figure in a sentence with its bounds, its sources and what is disputed: `en`, `ar`, `fr`, `ru`, "
    "`es` or `uk`.",
    "explain": "`cost` returns what the request would cost, and does not run it.",
}
AS_OF = ("revision", "as_of")  # At most one of them.
LIST_PARAMETERS = {
    "order": "The fields to order by, separated by commas; a leading `-` means descending. Ties are broken by id.",
    "limit": "The maximum number of records: 1 to 1,000; 100 by default.",
    "after": "A cursor. The response is the page after it, as of the revision of the page that returned it.",
    "count": "`exact` adds `count` to the response, the number of records on all pages; it costs what counting them takes.",
    "search": "Words that must all occur in the record's names, regardless of case and accents; for events also in the names of their place, for figures "
    f"in the names of their event and place, and in what they measure. {DAYS_SENTENCE.format('events and figures')}",
    BBOX: "Only records whose place is in this box, as in OGC API - Features: the least longitude and latitude, then the greatest, as in "
    "`35.7,32.3,42.4,37.3`.",
    DATETIME: "Only records with a day of this span, as in OGC API - Features: a day, or two with a slash, either of which may be `..`, "
    "as in `2024-11-27/..`. "
    "An unknown first or last day is no limit, but a figure begins no earlier than its event.",
}
EXPLAIN, COST = "explain", "cost"
Select = Callable[[str, str], tuple[Node, ...] | Table]  # What `fields` and `provenance` mean.
Parameters = list[tuple[str, Any]]  # Names and values in their order; a value is text or, while a plan is compiled, a bindings.Variable.


@dataclass(frozen=True)
class RecordRequest:
    """A request for one record."""

    selection: tuple[Node, ...]
    at: At
    proven: tuple[Field, ...] = ()  # The fields whose provenance is requested.


@dataclass(frozen=True)
class ListingRequest:
    """A request for records of one kind."""

    selection: tuple[Node, ...] | Table
    at: At
    page: Page
    limit: Any = None  # None if not given: a page then has the default size, and a file every record.


@dataclass(frozen=True)
class SplitParameters:
    """The parameters of a request: those that REST declares, and every other one, which is a condition on a field."""

    declared: dict[str, Any]
    conditions: dict[str, list[Any]]


class ParameterReader:
    """Reads the parameters of requests about one kind."""

    parameters: ClassVar[dict[str, str]] = {**RECORD_PARAMETERS, **LIST_PARAMETERS}

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        self.kinds, self.kind, self.selector = kinds, kind, Selector(kinds, kind)
        self.lists = ListsBelow(kinds, read_order)

    def record(self, params: Parameters) -> RecordRequest:
        """A request for one record; by default with the provenance of every field."""
        split = self._split(params, RECORD_PARAMETERS)
        options = take_options(self.kinds, self.kind, split.conditions)
        for name in split.conditions:
            meant = _chosen_below(self.kind, name) or equivalent(self.kinds, self.kind, RECORD_PARAMETERS, name)
            raise UnknownArgument(f"{shown(name)}: is not a parameter here; {meant or suggestion(name, RECORD_PARAMETERS)}")
        fields, provenance = (specialise(split.declared.get(name, "*")) for name in ("fields", "provenance"))
        proven = self.selector.proven_fields(provenance)
        selection = self.lists.applied(self.selector.selection(fields, provenance), options) + self._words(split.declared)
        return RecordRequest(selection, requested_at(split.declared), proven)

    def listing(self, params: Parameters, select: Select | None = None) -> ListingRequest:
        """A request for a list. A format may select otherwise than pages do."""
        split = self._split(params, self.parameters)
        declared = split.declared
        if "search" in declared and not self.kind.searchable:
            raise UnknownArgument(f"search: {self.kind.plural} have no names to search in")
        for name in (BBOX, DATETIME):
            if name in declared and not applies(self.kinds, self.kind, name):
                raise UnknownArgument(f"{name}: {equivalent(self.kinds, self.kind, self.parameters, name)}")
        if WORDS in declared and select is not None:
            raise BadArgument(f"{WORDS}: files have none; request pages of JSON, or leave it out")
        select = select or self.selector.selection
        selection = select(specialise(declared.get("fields", "*")), specialise(declared.get("provenance", "none")))
        options = take_options(self.kinds, self.kind, split.conditions)
        if options and isinstance(selection, Table):
            name = next(iter(options.values())).name
            raise BadArgument(
                f"{shown(name)}: this format has no lists below a record; leave it out, or request `.ndjson` or pages of JSON"
            )
        if options:
            assert not isinstance(selection, Table)
            selection = self.lists.applied(selection, options)
        if not isinstance(selection, Table):
            selection += self._words(declared)
        first = conditions.page_size(declared.get("limit"), "limit", lambda text: parse_number("limit", text))
        search, having_days = searched(self.kinds, self.kind, declared.get("search"))
        page = Page(
            "data", self.kind, () if isinstance(selection, Table) else self._page_parts(selection, declared),
            where=both(self._where(split), having_days), search=search, order=read_order(self.kind, specialise(declared.get("order", "id"))),
            first=first,
        )  # fmt: skip
        if "after" in declared:
            if "revision" in declared or "as_of" in declared:
                raise BadArgument("after: a cursor continues the list as of its own revision; leave out revision and as_of")
            page = cursors.page_at(page, declared["after"])
        return ListingRequest(selection, requested_at(declared), page, first if "limit" in declared else None)

    def _words(self, declared: dict[str, Any]) -> tuple[Node, ...]:
        """The words of each record, if they are requested. Raises BadArgument, and UnknownArgument for a kind that has no numbers to say."""
        if WORDS not in declared:
            return ()
        if not applies(self.kinds, self.kind, WORDS):
            raise UnknownArgument(f"{WORDS}: {self.kind.plural} have none; figures and their totals have")
        return (figure_words(self.kinds, self.kind, WORDS, read_language(declared[WORDS])),)

    def _page_parts(self, selection: tuple[Node, ...], declared: dict[str, Any]) -> tuple[Node, ...]:
        """The parts of a page: the records, the sources of all their claims together, and the URL of the next page."""
        proven = any(isinstance(node, Evidence) for node in selection)
        cited = (EvidenceSources("sources", self.selector.sources()),) if proven else ()
        return (Nodes("data", selection), *cited, *_count(declared), NextPageUrl("next", ""))

    def _split(self, params: Parameters, declared: Iterable[str]) -> SplitParameters:
        """The parameters by name. Raises BadArgument for a declared one that is given more than once."""
        by_name: dict[str, list[Any]] = {}
        for name, value in params:
            by_name.setdefault(name, []).append(value)
        for name in declared:
            refuse_repeated(name, by_name.get(name, []))
        own = {name: by_name.pop(name)[0] for name in declared if name in by_name}
        return SplitParameters(own, by_name)

    def _where(self, split: SplitParameters) -> Where:
        """The conditions of a request, all of which must hold."""
        parts = [*ConditionReader(self.kinds, self.kind, self.parameters).where(split.conditions)]
        for name, condition in ((BBOX, in_box), (DATETIME, in_span)):
            if name in split.declared:
                parts += condition(self.kinds, self.kind, split.declared[name]).parts_of_all
        return Where("all", tuple(parts)) if parts else NO_CONDITION


def read_order(kind: Kind, text: str, name: str = "order") -> tuple[Order, ...]:
    """The terms of an order. Raises BadArgument, which names the parameter."""
    terms = []
    for term in text.split(","):
        field = term.strip().removeprefix("-")
        if field != "id" and (field not in kind.fields or not kind.fields[field].orderable):
            orderable = [field.name for field in kind.fields.values() if field.orderable]
            raise BadArgument(f"{name}: {kind.plural} cannot be ordered by {shown(field)!r}; {suggestion(field, [*orderable, 'id'])}")
        terms.append(Order(kind.fields.get(field), descending=term.strip().startswith("-")))
    return conditions.unique_terms(tuple(terms))


def _chosen_below(kind: Kind, name: str) -> str:
    """How to choose the related records that are returned with one, if a parameter seems to mean that."""
    listed, _, condition = name.partition(".")
    if not condition or listed not in kind.reverses:
        return ""
    return (
        f"`{shown(listed)}.{WHERE}.{shown(condition)}` chooses which of its {listed} are returned, and `{listed}.{LIMIT}` how many at once"
    )


def read_language(value: Any) -> str:
    """The code of a language. Raises BadArgument."""
    code = specialise(value)
    if code not in LANGUAGE.codes:
        raise BadArgument(f"{WORDS}: there is no language {shown(code)!r}; {suggestion(code, LANGUAGE.codes)}")
    return str(code)


def _count(declared: dict[str, Any]) -> tuple[Node, ...]:
    """The number of records on all pages, if it is requested."""
    value = specialise(declared.get("count"))
    if value not in (None, "exact"):
        raise BadArgument(f"count: must be 'exact', not {shown(value)!r}")
    return (TotalCount("count"),) if value else ()


def applies(kinds: Kinds, kind: Kind, name: str) -> bool:
    """Whether a parameter of lists is one of the lists of a kind."""
    return {WORDS: bool(kind.quantities), "search": kind.searchable, BBOX: has_place(kind), DATETIME: has_dates(kinds, kind)}.get(
        name, True
    )


def requested_at(declared: dict[str, Any]) -> At:
    """The revision or the time that a request names; today if neither."""
    if "revision" in declared and "as_of" in declared:
        raise BadArgument("revision, as_of: give only one of the two")
    if "revision" in declared:
        return At(revision=bind(declared["revision"], lambda text: parse_number("revision", text)))
    return At(time=bind(declared["as_of"], lambda text: conditions.parse_time(text, "as_of"))) if "as_of" in declared else NOW


def explains_cost(params: Parameters) -> bool:
    """Whether a request asks for its cost alone. Raises BadArgument for anything else that it wants to have explained."""
    values = [value for name, value in params if name == EXPLAIN]
    refuse_repeated(EXPLAIN, values)
    if values and values != [COST]:
        raise BadArgument(f"{EXPLAIN}: must be {COST!r}, not {shown(values[0])!r}")
    return bool(values)
