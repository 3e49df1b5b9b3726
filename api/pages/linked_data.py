"""Pages for search engines: schema.org as JSON-LD, each with its citation and its licence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from schema.model.kind import Kind

from .. import words
from ..words import dates
from ..words.exact_numbers import write_json
from .citing import Citing, Copied
from .values import record_name

CONTEXT = "https://schema.org"
MEDIA_TYPES = {
    "JSON": "application/json",
    "CSV": "text/csv",
    "GeoJSON": "application/geo+json",
    "Excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Document = Mapping[str, Any]


def record(kind: Kind, record: Document, sentence: str, cite: Citing, origin: str) -> Markup:
    """A record as an Event, an Observation or, for any other kind, a Thing, with where its data are."""
    common = {
        "@context": CONTEXT, "@id": f"{origin}/{kind.plural}/{record['id']}", "identifier": record["id"], "description": sentence,
        "url": f"{origin}/{kind.plural}/{record['id']}", "citation": cite.citation, "license": _licences(cite),
    }  # fmt: skip
    if kind.quantities:
        return _text(common | _observation(record, sentence, origin))
    own = _event(record) if kind.span and kind.point else {"@type": "Thing"}
    return _text(common | own | {"name": record_name(kind, record)})


def dataset(name: str, description: str, url: str, cite: Citing) -> Markup:
    """A list or a collection as a Dataset, with its files."""
    return _text({
        "@context": CONTEXT, "@type": "Dataset", "name": name, "description": description, "url": url, "version": str(cite.revision),
        "isAccessibleForFree": True, "citation": cite.citation, "license": _licences(cite),
        "distribution": [_distribution(one) for one in cite.addresses if one.name in MEDIA_TYPES],
    })  # fmt: skip


def _observation(figure: Document, sentence: str, origin: str) -> dict[str, Any]:
    event = figure.get("event") or {}
    known = {"minValue": figure.get("low"), "value": figure.get("best"), "maxValue": figure.get("high")} if words.ordered(figure) else {}
    bounds = {**known, "unitText": figure.get("unit")}
    return {
        "@type": "Observation", "name": sentence, "measuredProperty": figure.get("measure"),
        "observationAbout": {"@type": "Event", "@id": f"{origin}/events/{event.get('id')}", "name": event.get("name")},
        "observationDate": dates.observed(figure),
        "measuredValue": {"@type": "QuantitativeValue", **{name: value for name, value in bounds.items() if value is not None}},
    }  # fmt: skip


def _event(event: Document) -> dict[str, Any]:
    place = event.get("location") or {}
    location = {"@type": "Place", "name": place.get("name"), "address": event.get("country")}
    days = dict(zip(("startDate", "endDate"), dates.dated(event), strict=True))
    return {"@type": "Event", **days, "location": location}


def _distribution(one: Copied) -> Document:
    return {
        "@type": "DataDownload",
        "encodingFormat": MEDIA_TYPES[one.name],
        "contentUrl": one.text,
        **({"description": one.note} if one.note else {}),
    }


def _licences(cite: Citing) -> list[str]:
    return [*dict.fromkeys(licence.terms_href or licence.terms for licence in cite.licences)]


def _text(document: Mapping[str, Any]) -> Markup:
    """As the content of a script element: a text of a source cannot end it."""
    known = {name: value for name, value in document.items() if value not in (None, [], {})}
    text = write_json(known)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  # escaped just here
