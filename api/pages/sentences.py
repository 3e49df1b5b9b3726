"""One printable sentence for a record of any kind, with its attribution: the heading of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schema.codelists.vocabularies import EVENT_KIND
from schema.kinds.figure import QUANTITIES
from schema.model.field import Field
from schema.model.kind import Kind

from .. import words
from ..words import dates
from ..words.attribution import attribution, chosen, listed
from ..words.claim_wording import Facet, as_said, disputed_facets, elsewhere
from ..words.grades import grade
from ..words.nouns import country_name, label
from .values import record_name, title

Document = Mapping[str, Any]
Sources = Mapping[str, Document]


def sentence(kind: Kind, record: Document, sources: Sources) -> str:
    """The sentence, without a full stop."""
    if kind.quantities:
        return words.figure_sentence(record, sources)
    claim, facets = chosen(record, [field.name for field in kind.describing]), FACETS.get(kind.name, ())
    text = SENTENCES.get(kind.name, _plain)(kind, as_said(record, claim, facets) if claim else record)
    text += f", according to {attribution([claim], sources)}{elsewhere(record, claim, facets, sources)}" if claim else ""
    named = (Facet(title(kind.label).lower(), (kind.label,), _not_told),) if kind.label else ()
    about = disputed_facets(kind, record, (*named, *facets))
    return f"{text}; disputed: {listed(about)}" if about else text


def graded(kind: Kind, record: Document, sources: Sources) -> str:
    """The grade of the claim behind the sentence, as a sentence of its own; empty if nobody has graded the claim."""
    names = QUANTITIES.numbers if kind.quantities else [field.name for field in kind.describing]
    return grade(chosen(record, names), sources).sentence


def short(kind: Kind, record: Document) -> str:
    """A record in a list: a figure as a phrase with its place and days, any other by its name."""
    if kind.quantities:
        event = words.event_of(record)
        text = words.joined(words.phrase(record), words.own_place(record) if event else words.place(record), words.own_span(record))
        return f"{text}; event: {event}" if event else text
    return SHORT.get(kind.name, record_name)(kind, record)


def about(kind: Kind, record: Document) -> str:
    """What a list says below the name of a record; empty if that says it all."""
    return ABOUT[kind.name](kind, record) if kind.name in ABOUT else ""


def _code(kind: Kind, record: Document, name: str = "kind") -> str:
    vocabulary = kind.fields[name].type.vocabulary
    return label(vocabulary, record[name]) if vocabulary and record.get(name) else ""


def _event(kind: Kind, event: Document) -> str:
    what = _code(kind, event)
    remark = f" ({what})" if what and what not in event["name"].lower() else ""
    return words.joined(f"{event['name']}{remark}", words.place({**event, "event": None}), dates.event_span(event))


def _country(record: Document) -> str:
    return country_name(record["country"]) if record.get("country") else ""


def _actor(kind: Kind, actor: Document) -> str:
    days = dates.span(actor.get("active_from"), actor.get("active_to"))
    return _joined(actor["name"], _code(kind, actor), _country(actor), f"active {days}" if days else "")


def _location(kind: Kind, location: Document) -> str:
    larger = location.get("part_of") or {}
    country = _country(location)
    return _joined(location["name"], _code(kind, location), larger.get("name") or "", country if country != larger.get("name") else "")


def _source(kind: Kind, source: Document) -> str:
    day = source.get("published_on")
    return _joined(_untitled(source["title"]), _code(kind, source), source.get("publisher") or "", dates.day(day) if day else "")


def _untitled(title: str) -> str:
    """A title; one that the collection has given, in brackets, without them."""
    return title[1:-1] if title.startswith("[") and title.endswith("]") else title


def _participation(kind: Kind, record: Document) -> str:
    return (
        f"{(record.get('actor') or {}).get('name', '')}: {_code(kind, record, 'role')} in “{(record.get('event') or {}).get('name', '')}”"
    )


def _joined(name: str, *parts: str) -> str:
    """A name and what is known of it, each part once."""
    return ", ".join(dict.fromkeys(part for part in (name, *parts) if part))


def _plain(kind: Kind, record: Document) -> str:
    return f"{record_name(kind, record)} ({kind.name.replace('_', ' ')})"


def _role(kind: Kind, record: Document) -> str:
    """A participation, on the page of its event or of its actor."""
    other = record.get("actor") or record.get("event") or {}
    role = _code(kind, record, "role")
    if record.get("actor") and record.get("event"):
        return _participation(kind, record)
    return f"{other.get('name', record['id'])}: {role}" if record.get("actor") else f"{other.get('name', record['id'])} (as {role})"


def _when_and_where(kind: Kind, event: Document) -> str:
    return words.joined(_code(kind, event), words.place({**event, "event": None}), dates.event_span(event))


def _without_name(full: Callable[[Kind, Document], str]) -> Callable[[Kind, Document], str]:
    return lambda kind, record: full(kind, record).removeprefix(record_name(kind, record)).removeprefix(", ")


SENTENCES: Mapping[str, Callable[[Kind, Document], str]] = {
    "event": _event, "actor": _actor, "location": _location, "source": _source, "participation": _participation,
}  # fmt: skip
SHORT: Mapping[str, Callable[[Kind, Document], str]] = {
    "participation": _role, "source": lambda kind, record: _untitled(record["title"]),
}  # fmt: skip
ABOUT: Mapping[str, Callable[[Kind, Document], str]] = {
    "event": _when_and_where, "actor": _without_name(_actor), "location": _without_name(_location),
    "source": lambda kind, record: _joined(_code(kind, record), record.get("publisher") or "", dates.day(record["published_on"]) if record.get("published_on") else ""),
}  # fmt: skip


def _type(event: Document) -> str:
    return label(EVENT_KIND, event["kind"])


def _where(event: Document) -> str:
    return words.place({**event, "event": None, "country": None})


def _in_country(event: Document) -> str:
    """The country of an event, unless its place says that already."""
    place = event.get("location") or {}
    return "" if place.get("country") == event.get("country") else _country(event)


def _not_told(record: Document) -> str:
    """What a sentence leaves out if it is from another claim."""
    return ""


FACETS: Mapping[str, tuple[Facet, ...]] = {  # What a sentence states of a record beside its name.
    "event": (
        Facet("type", ("kind",), _type), Facet("place", ("location", "place_precision"), _where), Facet("country", ("country",), _in_country),
        Facet("date", ("started_on", "ended_on", "date_precision"), dates.event_span),
    ),
    "actor": (Facet("type", ("kind",), _not_told), Facet("country", ("country",), _country), Facet("active", ("active_from", "active_to"), _not_told)),
    "location": (Facet("type", ("kind",), _not_told), Facet("larger place", ("part_of",), _not_told), Facet("country", ("country",), _country)),
    "source": (
        Facet("type", ("kind",), _not_told), Facet("publisher", ("publisher",), lambda source: str(source["publisher"])),
        Facet("day", ("published_on",), lambda source: dates.day(source["published_on"])),
    ),
}  # fmt: skip


def cited(kind: Kind) -> tuple[Field, ...]:
    """The fields whose claims the sentence about a record of a kind needs, for lists and cards; empty if it cites none."""
    if kind.quantities or not kind.cites:
        return words.CITED if kind.quantities else ()
    names = [name for facet in FACETS.get(kind.name, ()) for name in facet.names]
    return (*kind.groups[kind.cites], *(kind.fields[name] for name in names))


def credited(kind: Kind, record: Document, sources: Sources) -> str:
    """Who says what a list shows of a record; empty if the list does not know."""
    names = [field.name for field in kind.groups[kind.cites]] if kind.cites else []
    claim = chosen(record, names)
    if claim is None:
        return ""
    others = words.beside(record, sources) if kind.quantities else elsewhere(record, claim, FACETS.get(kind.name, ()), sources)
    return f"{attribution([claim], sources)}{others}"
