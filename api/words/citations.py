"""What to print and to cite of an answer of REST: its sentences, then who says so, then where it stands. Pure functions of REST documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schema.codelists.vocabularies import Vocabulary
from schema.model.kind import Kind
from schema.model.totals import LEFT_OUT_REASON

from .attribution import attribution, chosen, source_name
from .dates import PERIOD
from .phrases import own_span, phrase

Document = Mapping[str, Any]


def as_claimed(kind: Kind, record: Document, says: Document) -> Document:
    """A record with the values of one claim: its number entirely, and its codes where it gives them."""
    assert kind.quantities is not None
    number = kind.groups[kind.fields[kind.quantities.numbers[1]].group_name]
    codes = {name: value for name, value in says.items() if name in kind.fields and kind.fields[name].type.ref is None}
    return {**record, **codes, **{field.name: says.get(field.name) for field in number}}


def record_line(kind: Kind, record: Document) -> str:
    """A record in a line: the words of a figure, or else its name, after its kind and its id."""
    if kind.quantities:
        return f"{kind.name} {record['id']}: {record.get('words') or _counted(record)}"
    label = record.get(kind.label or "id") or record["id"]
    return f"{kind.name} {record['id']}" + (f": {label}" if label != record["id"] else "")


def _counted(figure: Document) -> str:
    event = figure.get("event")
    return phrase(figure) + (f"; event: {event['name']}" if isinstance(event, Mapping) and event.get("name") else "")


def claim_line(claim: Document, sources: Mapping[str, Document], says: str, titled: bool = False) -> str:
    """What a claim says, and who makes it; `titled`: by the titles of sources."""
    where = f", {claim['locator']}" if claim.get("locator") else ""
    return f"{says}, according to {attribution([claim], sources, titled)}{where}"


def sources_of(kind: Kind, record: Document, sources: Mapping[str, Document]) -> list[str]:
    """What to print of the sources of a record: of a figure, that of its number; else those of all claims that are published."""
    entries = record.get("provenance") or ()
    if kind.quantities and (claim := chosen(record, kind.quantities.numbers)):
        return printed([claim["source"]], sources)
    return printed(
        (record["claims"][entry["chosen"]]["source"] for entry in entries if entry["chosen"] in record.get("claims", {})), sources
    )


def printed(ids: Iterable[str], sources: Mapping[str, Document]) -> list[str]:
    """How each source wants to be cited, or its name, each once."""
    return [
        text if text.endswith(".") else f"{text}."
        for id in dict.fromkeys(ids)
        for text in [str((sources.get(id) or {}).get("attribution") or source_name(id, sources))]
    ]


def left_out_line(rows: Sequence[Document]) -> str:
    """What was not added to a total, and why; empty if nothing was left out."""
    parts = [f"{row['figures']} ({_label(LEFT_OUT_REASON, row['reason'])})" for row in rows if row["figures"]]
    return f"Not added: {', '.join(parts)}." if parts else ""


def total_line(row: Document) -> str:
    """A row of totals: its words, or its bounds in words; after the keys that the words do not say."""
    return str(row.get("words") or phrase(row))


def conditioned(line: str, conditions: Mapping[str, str]) -> str:
    """A line of totals with the conditions of its request, which its words do not say: without them, a number of one day reads as that of all time."""
    return f"{line}; conditions: {', '.join(f'{name}={text}' for name, text in conditions.items())}" if conditions else line


def testimony(kind: Kind, record: Document, claim: Document | None) -> str:
    """What a claim of the evidence counts, or a record without one, with the days of a period of its own: only these tell two running totals apart.

    The days are those that the claim says, since others may have said those of the record.
    """
    if claim is None:
        return _dated(record)
    return _dated({**as_claimed(kind, record, claim["says"]), **{name: claim["says"].get(name) for name in PERIOD}})


def _dated(figure: Document) -> str:
    return f"{phrase(figure)} {own_span(figure)}".rstrip()


def _label(vocabulary: Vocabulary, code: str) -> str:
    return vocabulary.codes[code].label.lower() if code in vocabulary.codes else code
