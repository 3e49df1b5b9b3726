"""What one claim says of a record, and what is published beside it from other claims: "according to X" must cover nothing that X does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

from schema.model.kind import Kind

from .attribution import attribution, chosen, entry_of
from .languages import language, say

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Facet:
    """Fields of a record that a sentence states together: what they are, their names, and their words."""

    label: str
    names: tuple[str, ...]
    words: Callable[[Document], str]


def as_said(record: Document, claim: Document, facets: Iterable[Facet]) -> Document:
    """A record without those facets that a claim does not say."""
    if says_all(record, claim):
        return record
    return {**record, **{name: None for facet in facets if not says(record, claim, facet.names) for name in facet.names}}


def says_all(record: Document, claim: Document) -> bool:
    """Whether all that is published of a record is from one claim, as of most records."""
    claims = record.get("claims") or {}
    return all(claims.get(entry["chosen"]) is claim for entry in record.get("provenance") or ())


def says(record: Document, claim: Document, names: Sequence[str]) -> bool:
    """Whether a claim, or a published one of the same sources, says what a record has in some fields. A field without provenance is taken as said."""
    for name in names:
        entry = entry_of(record, [name])
        if record.get(name) is None or entry is None or same(record[name], claim["says"].get(name)):
            continue
        published = record["claims"].get(entry["chosen"])
        if published is None or _voice(published) != _voice(claim):
            return False
    return True


def elsewhere(record: Document, claim: Document, facets: Iterable[Facet], sources: Mapping[str, Document]) -> str:
    """The facets that a claim does not say, each with who says it, as the end of a sentence."""
    if says_all(record, claim):
        return ""
    return "".join(f"{say('semicolon')}{part}" for part in _elsewhere(record, claim, facets, sources))


def _elsewhere(record: Document, claim: Document, facets: Iterable[Facet], sources: Mapping[str, Document]) -> Iterator[str]:
    for facet in facets:
        if not says(record, claim, facet.names) and (words := facet.words(record)):
            published = chosen(record, [name for name in facet.names if record.get(name) is not None])
            by = f"{say('comma')}{say('according', attribution([published], sources))}" if published else ""
            yield f"{term(facet.label)}{words}{by}"


def term(label: str) -> str:
    """What a facet of a figure is called, before its words; nothing if these say it in the language that is spoken."""
    name = language().messages.get(f"term_{label}", label)
    return f"{name}{say('colon')}" if name else ""


def disputed_facets(kind: Kind, record: Document, facets: Iterable[Facet]) -> list[str]:
    """What those facets are about which sources contradict each other."""
    return [facet.label for facet in facets if is_disputed(record, compared(kind, facet.names))]


def compared(kind: Kind, names: Iterable[str]) -> list[str]:
    """Those of some fields in which claims contradict each other: not a precision, or words that qualify a number."""
    return [name for name in names if (field := kind.fields[name]) in kind.compared(field.group_name)]


def is_disputed(record: Document, names: Iterable[str]) -> bool:
    names = frozenset(names)
    return any(entry["disputed"] and not names.isdisjoint(entry["fields"]) for entry in record.get("provenance") or ())


def same(published: object, said: object) -> bool:
    """Whether a claim gives the published value: it gives a record by its id."""
    if isinstance(published, list) and isinstance(said, list):
        return [id_of(one) for one in published] == [id_of(one) for one in said]
    return id_of(published) == id_of(said)


def id_of(value: object) -> object:
    return value.get("id") if not isinstance(value, (str, int, NoneType)) and isinstance(value, Mapping) else value


def _voice(claim: Document) -> tuple[Any, ...]:
    return claim["source"], tuple(claim.get("quoted_from") or ()), claim.get("attributed_to")
