"""The words of cards about records: pure functions of REST documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schema.codelists.vocabularies import EVENT_KIND
from schema.kinds.event import EVENT
from schema.kinds.figure import QUANTITIES
from schema.model.kind import Kind

from .. import words
from ..words import dates
from ..words.attribution import attribution, chosen, claims_of
from ..words.claim_wording import as_said, compared, elsewhere
from ..words.grades import grade
from .notice_fields import ASPECTS, PRINTED, WATCHED
from .notices import Event, Notice
from .page_language import ENGLISH, SPOKEN, Spoken
from .sentences import FACETS

Document = Mapping[str, Any]

CUMULATIVE = "cumulative"
MAX_FIGURES = 3  # On the card of an event.
FIRST = (
    "killed",
    "casualties",
    "injured",
    "displaced",
    "missing",
    "detained",
)  # Measures in the order in which a card of an event has them.


@dataclass(frozen=True)
class Line:
    """A number on a card of several: what it is of, and the number in words."""

    label: str
    text: str
    bar: tuple[float, float] | None = None  # Its lower bound or best estimate, and its upper bound, in per cent of the longest.
    open: bool = False  # Whether it has no upper bound.
    part: bool = False  # Whether only some of its days are counted.
    id: str = ""  # Of the figure on the card of an event.
    gone: str = ""  # What became of that figure if it is no longer published, as a tag.


@dataclass(frozen=True)
class Content:
    """The words of a card about the facts of one revision."""

    heading: str
    detail: str
    sentence: str  # All of it in one sentence, which oEmbed has.
    source: str = ""
    source_href: str = ""
    grade: str = ""
    grade_words: str = ""
    disputed: str = ""
    lines: tuple[Line, ...] = ()
    more: int = 0  # Lines that are left out.
    notes: tuple[str, ...] = ()  # What the numbers leave out.
    table: bool = False  # Whether the lines are rows of a table with bars.
    caption: str = ""  # What the numbers in its picture count, in letters that a small picture does not have.
    language: Spoken = SPOKEN[ENGLISH]  # Of the heading and the sentence.

    def isolated(self, sentence: str) -> str:
        """The sentence as a part of an English line."""
        return f"\u2067{sentence}\u2069" if self.language.direction == "rtl" else sentence


@dataclass(frozen=True)
class Related:
    """Another record that a card mentions, with the fields that it mentions.

    `gone`: whether the card says that it is no longer there. `cited`: the groups of fields of which the card says whose they are.
    """

    kind: str
    id: str
    about: str
    watched: Sequence[str]
    gone: bool = False
    cited: tuple[str, ...] = ()

    def tells(self, notice: Notice) -> bool:
        """Whether the card tells a notice about it. Of what it only names, it prints neither the source nor disputes."""
        return self.gone or notice.event is Event.REDACTED or (notice.event is Event.CORRECTED and {*notice.fields} <= {*self.watched})


def related_of_figure(figure: Document) -> list[Related]:
    """Its event, if the card shows the name, the days or the place of the event, and every other record that the card names."""
    days = () if figure["period_start"] or figure["period_end"] else ("time",)
    where = () if figure["location"] else ("country", "place")
    event, from_event = figure["event"], ("name", *days, *where)
    named_by_event = [name for name in WATCHED["event"] if EVENT.fields[name].group_name in from_event]
    named = [
        *_place(figure["location"] or event.get("location")),
        *_actor(figure),
        *_sources(claims_of(figure, QUANTITIES.numbers), figure),
    ]
    return [Related("event", event["id"], "the event", named_by_event), *named]


def related_of_event(event: Document) -> list[Related]:
    """The figures on its card, and everything that it names."""
    shown, own = shown_figures(event), chosen(event, ["name"])
    found = [
        Related("figure", figure["id"], sentence(words.phrase(figure)), WATCHED["figure"], gone=True, cited=PRINTED["figure"][:1])
        for figure in shown
    ]
    found += [*_place(event.get("location")), *_sources([own] if own else [], event)]
    for figure in shown:
        claims = claims_of(figure, QUANTITIES.numbers)
        found += [*_actor(figure), *_sources(claims, {**figure, "sources": event["figures"]["sources"]}, graded=False)]
    return [*{(one.kind, one.id): one for one in reversed(found)}.values()][::-1]  # The first of those about one record.


def _place(location: Document | None) -> list[Related]:
    return [Related("location", location["id"], "the place", WATCHED["location"])] if location else []


def _actor(figure: Document) -> list[Related]:
    return [Related("actor", figure["actor"]["id"], "the actor", WATCHED["actor"])] if figure["actor"] else []


def _sources(claims: Sequence[Document], record: Document, graded: bool = True) -> list[Related]:
    """The sources that some claims name, the published one first: the names by which they are printed, and the reliability of the first."""
    found: dict[str, Related] = {}
    for n, claim in enumerate(claims):
        for id in (claim["source"], *(claim.get("quoted_from") or ())):
            name = "publisher" if (record["sources"].get(id) or {}).get("publisher") else "title"
            grade = ["reliability"] if graded and not n and id == claim["source"] else []
            found.setdefault(id, Related("source", id, "the source" if not n else "another source", [name, *grade]))
    return [*found.values()]


def figure_content(kind: Kind, figure: Document) -> Content:
    """The words of the card of a figure."""
    sources = figure["sources"]
    phrase, detail = words.phrase(words.attributed(figure)), words.circumstances(figure, sources)
    disputed = words.disputed(figure, sources).removeprefix("; ")
    return _credited(
        Content(sentence(phrase), sentence(detail), words.figure_sentence(figure, sources), disputed=sentence(disputed)),
        chosen(figure, QUANTITIES.numbers), sources,
    )  # fmt: skip


def in_language(content: Content, figure: Document, language: Spoken) -> Content:
    """The card of a figure with its whole sentence in another language as its heading; its source and its grade stay English."""
    said = language.sentence(figure, figure["sources"])
    return replace(content, heading=said, detail="", disputed="", sentence=said, language=language)


def event_content(kind: Kind, event: Document) -> Content:
    """The words of the card of an event, with its most important figures."""
    shown, sources = shown_figures(event), event["figures"]["sources"]
    numbers = [_number(event, figure) for figure in shown]
    claim = chosen(event, [field.name for field in kind.groups[kind.cites or ""]])
    told = _credited(Content("", "", ""), claim, event["sources"])
    lines = tuple(
        Line(by if (by := _by(figure, sources)) != told.source else "", sentence(number), id=figure["id"])
        for figure, number in zip(shown, numbers, strict=True)
    )
    said, others = (
        (as_said(event, claim, FACETS["event"]), elsewhere(event, claim, FACETS["event"], event["sources"])) if claim else (event, "")
    )
    what = EVENT_KIND.codes[said["kind"]].label if said["kind"] else ""
    detail = (" ".join(part for part in (what, words.place(said), dates.event_span(said)) if part) + others).removeprefix("; ")
    disputed = ", ".join(dict.fromkeys(ASPECTS[group] for group in _disputed_groups(event)))
    whole = "; ".join([f"{event['name']}: {detail}", *numbers, *([f"disputed: {disputed}"] if disputed else [])])
    return replace(
        told,
        heading=event["name"],
        detail=detail,
        sentence=whole,
        lines=lines,
        disputed=disputed,
        more=event["figures"]["count"] - len(shown),
    )


def _number(event: Document, figure: Document) -> str:
    """A figure of an event in words, with its days unless they are those of the event, and with what other sources say."""
    days = dates.figure_span({**figure, "event": event})
    words_ = words.phrase(figure) + (f" {days}" if days and days != dates.event_span(event) else "")
    return words_ + words.disputed({**figure, "event": event}, event["figures"]["sources"])


def _disputed_groups(event: Document) -> list[str]:
    names = [name for entry in event["provenance"] if entry["disputed"] for name in entry["fields"] if name in WATCHED["event"]]
    return [EVENT.fields[name].group_name for name in compared(EVENT, names)]


def without(content: Content, gone: Mapping[str, str]) -> Content:
    """The same words, with the figures marked that are no longer published: `gone` has what became of them, by id."""
    if not gone:
        return content
    whole = content.sentence
    for line in content.lines:
        if line.id in gone:
            phrase = line.text[:1].lower() + line.text[1:]
            whole = whole.replace(phrase, f"{phrase} ({gone[line.id].lower()})")
    return replace(content, sentence=whole, lines=tuple(replace(line, gone=gone.get(line.id, "")) for line in content.lines))


def shown_figures(event: Document) -> list[Document]:
    return sorted(event["figures"]["data"], key=_importance)[:MAX_FIGURES]


CONTENTS: Mapping[str, Callable[[Kind, Document], Content]] = {"figure": figure_content, "event": event_content}


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _importance(figure: Document) -> tuple[bool, bool, int, int, str]:
    """Those that totals add come first, of these running totals, then the most important measures, then the newest."""
    newest = dt.date.fromisoformat(figure["period_end"]).toordinal() if figure["period_end"] else 0
    measure = FIRST.index(figure["measure"]) if figure["measure"] in FIRST else len(FIRST)
    return figure["counted_in"] is not None, figure["basis"] != CUMULATIVE, measure, -newest, figure["id"]


def _by(figure: Document, sources: Mapping[str, Document]) -> str:
    claim = chosen(figure, QUANTITIES.numbers)
    return attribution([claim], sources) if claim else ""


def _credited(content: Content, claim: Document | None, sources: Mapping[str, Document]) -> Content:
    """With the source of a claim, where it is, and how both are graded."""
    if claim is None:
        return content
    source = sources.get(claim["source"]) or {}
    url = str(source.get("url") or "")
    href = url if url.lower().startswith(("http://", "https://")) else f"/sources/{claim['source']}"
    graded = grade(claim, sources)
    return replace(content, source=attribution([claim], sources), source_href=href, grade=graded.code, grade_words=graded.words)
