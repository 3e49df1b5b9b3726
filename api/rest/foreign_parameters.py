"""Names the parameter that is meant by one of another API, such as `page`, `sort` or `from`."""

from __future__ import annotations

from collections.abc import Container, Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..query.foreign_arguments import purpose
from .ogc import BBOX, DATETIME, has_dates, has_place

# What another API's parameter is here: the parameter that must exist for it, and the sentence.
PARAMETERS = {
    "page": ("after", "`after` takes the cursor of the next page; `next` in the response is its URL"),
    "size": ("limit", "`limit` is the number of records"),
    "search": ("search", "`search` looks for words in names"),
    "fields": ("fields", "`fields` chooses fields and follows references, as in `fields=*,{link}`"),
    "since": ("since", "`since` is the first day"),
    "until": ("until", "`until` is the last day"),
    "as_of": ("revision", "`revision` or `as_of` returns earlier facts"),
}  # fmt: skip

OF_PAGES, WHOLE = ("page", "size", "order"), "totals have no pages, and their rows are in the order of their keys"


def equivalent(kinds: Kinds, kind: Kind, parameters: Container[str], name: str) -> str:
    """What a parameter that does not exist is called here, as a sentence; empty if it is not one of another API."""
    meant, date = purpose(name), next(_dates(kinds, kind), "")
    if meant in PARAMETERS and PARAMETERS[meant][0] in parameters and (meant != "search" or kind.searchable):
        link = next((f"{field.name}.{kinds[field.type.ref or ''].label or 'id'}" for field in kind.links), "id")
        return PARAMETERS[meant][1].format(link=link)
    if meant == "order" and "order" in parameters:
        return f"`order` sorts, as in `order=-{date if date in kind.fields else 'id'}`"
    if "order" not in parameters:
        return f"{WHOLE}; conditions, `since` and `until` narrow them" if meant in OF_PAGES and "since" in parameters else ""
    if meant == "area":
        return f"`{BBOX}` is `minLon,minLat,maxLon,maxLat`" if has_place(kind) else f"{kind.plural} have no place of their own"
    span = f"`{DATETIME}`, as in `{DATETIME}=2024-11-27/2024-12-08`, or " if has_dates(kinds, kind) else ""
    bounds = {"since": f"`{date}.gte`", "until": f"`{date}.lte`", "date": f"{span}`{date}.gte` and `{date}.lte`"}
    return f"use {bounds[meant]}" if date and meant in bounds else ""


def _dates(kinds: Kinds, kind: Kind) -> Iterator[str]:
    """The conditions on the first day of a record, or on any date; of what it is about, if it has none."""
    if kind.span:
        yield kind.span[0].name
    yield from (field.name for field in kind.fields.values() if field.type.python.__name__ == "date")
    if link := kinds.dated_link(kind):
        first = kinds[link.type.ref or ""].span
        yield f"{link.name}.{first[0].name}" if first else link.name
