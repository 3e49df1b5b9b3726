"""Notices in English: what has happened to a value, when and why. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from schema.codelists.vocabularies import REASON
from schema.kinds.figure import QUANTITIES
from schema.model.complete import complete
from schema.model.kind import Kind

from . import dates, words
from .notices import Event, Notice, Values

MAX_MESSAGE = 120  # Characters of the message of a revision that a notice quotes.
UNWORDED = "Load of "  # The beginning of the message of a load whose author gave none.
MAX_FIELDS = 2  # Changed fields that a notice names.
REASONS: Mapping[str, str] = {
    "source_revised": "Its source was revised or read again.",
    "resettled": "The claims about it have changed.",
    "retracted": "Its source no longer makes the claim.",
    "coding_error": "It had been entered wrongly.",
    "duplicate_merged": "It described the same thing as another record.",
    "reclassified": "The same facts were moved to another code.",
    "method_changed": "The method has changed, not the facts.",
    "undone": "The load that it came from was undone.",
    "withheld": "Its source forbids redistribution, or somebody's safety does.",
}
complete("REASONS in api/pages/notice_words.py", REASONS, REASON.codes)
TAGS: Mapping[Event, str] = {
    Event.CORRECTED: "Corrected", Event.ATTRIBUTED: "Other source", Event.DISPUTED: "Disputed since", Event.SETTLED: "No longer disputed",
    Event.RETRACTED: "Retracted", Event.MERGED: "Merged", Event.WITHHELD: "Withheld",
}  # fmt: skip
complete("TAGS in api/pages/notice_words.py", TAGS, Event)
FIELDS: Mapping[str, str] = {  # Fields by other names than their own.
    "started_on": "first day", "ended_on": "last day", "period_start": "first day", "period_end": "last day",
    "date_precision": "precision of the date", "place_precision": "precision of the place", "location": "place",
}  # fmt: skip
GONE: Mapping[Event, str] = {
    Event.RETRACTED: "{what} was retracted on {date}; do not use it",
    Event.MERGED: "{what} was merged with another record on {date}; do not use it",
    Event.WITHHELD: "{what} has been withheld since {date}; do not use it",
}
HEADS: Mapping[Event, str] = {
    Event.CORRECTED: "Corrected on {date}", Event.ATTRIBUTED: "From another source since {date}",
    Event.DISPUTED: "Disputed since {date}: sources disagree", Event.SETTLED: "No longer disputed since {date}",
}  # fmt: skip
complete("GONE and HEADS in api/pages/notice_words.py", [*GONE, *HEADS], Event)


@dataclass(frozen=True)
class NoticeText:
    """A notice as a card prints it."""

    event: Event
    tag: str
    head: str  # What has happened, and when.
    details: tuple[str, ...]  # What is different now.
    why: str  # Sentences.
    revision: int
    gone: bool = False  # Whether what the card shows is no longer published.

    @property
    def text(self) -> str:
        """One sentence; empty for a notice that only marks what the card shows."""
        return f"{': '.join(part for part in (self.head, '; '.join(self.details)) if part)}." if self.head else ""


def written(kind: Kind, notice: Notice, frozen: bool, about: str = "") -> NoticeText:
    """A notice in words. `frozen`: it stands beside the value as it was, else beside that of now. `about`: which of several things it is about."""
    date, name = day(notice.recorded_at), "number" if kind.quantities else kind.name
    gone, details = notice.event in GONE, tuple(_changes(kind, notice, frozen)) if notice.event is Event.CORRECTED else ()
    if gone:
        head = GONE[notice.event].format(what=about or f"This {name}", date=date)
    else:
        again = f" and again on {day(notice.again)}" if notice.again and notice.again[:10] != notice.recorded_at[:10] else ""
        head = HEADS[notice.event].format(date=date) + again
        details = (" ".join([f"{about}:", " and ".join(details)]).removesuffix(": "),) if about else details
    return NoticeText(
        notice.event, TAGS[notice.event], head, details, why(notice.reasons, notice.message), notice.revision, gone and not about
    )


def marked(notice: NoticeText) -> NoticeText:
    """Only the mark of a notice."""
    return replace(notice, head="", details=(), why="")


def merged(notices: Iterable[NoticeText]) -> list[NoticeText]:
    """The same notices, with what happened in one revision as one; what is no longer published comes first."""
    found: dict[tuple[int, str], NoticeText] = {}
    for notice in sorted(notices, key=lambda notice: (not notice.gone, notice.event not in GONE)):
        key = notice.revision, notice.head
        first = found.get(key)
        found[key] = replace(first, details=(*first.details, *notice.details)) if first else notice
    return [*found.values()]


def changed_total(
    recorded_at: str, reasons: str, revision: int, both: tuple[Values, Values | None] | None, number: int, frozen: bool
) -> NoticeText:
    """That a total has changed: `both` are its row then and now, if it has only one; else `number` of its rows have changed."""
    detail = f"{number:,} of its numbers"
    if both:
        detail = _both(words.amount(both[1]) if both[1] else "nothing", words.amount(both[0]), frozen)
    return NoticeText(Event.CORRECTED, "Changed", f"Changed on {day(recorded_at)}", (detail,), reasons, revision)


def gone_total(recorded_at: str, reasons: str, revision: int) -> NoticeText:
    """That nothing of what a total added is published any more."""
    head = f"All that this total added was retracted by {day(recorded_at)}; do not use it"
    return NoticeText(Event.RETRACTED, TAGS[Event.RETRACTED], head, (), reasons, revision, gone=True)


def why(reasons: tuple[str, ...], message: str, otherwise: str = "") -> str:
    """The reasons of a change, else `otherwise`, and the words of whoever recorded it."""
    sentences = [REASONS[reason] for reason in reasons if reason in REASONS] or [otherwise] * bool(otherwise)
    message = "" if message.startswith(UNWORDED) else message
    short = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE].rstrip()}…"
    return " ".join([*sentences, *([f"“{short}”"] if short else [])])


def day(recorded_at: str) -> str:
    """The day of a revision, in UTC."""
    return dates.day(recorded_at[:10])


def _changes(kind: Kind, notice: Notice, frozen: bool) -> Iterator[str]:
    """What was corrected: the number first, then other fields."""
    cited = [field.name for field in kind.groups[kind.cites]] if kind.cites else []
    if {*cited} & {*notice.fields}:
        yield (
            _both(words.amount(notice.now), words.amount(notice.then), frozen)
            if _same_unit(notice)
            else _both(words.counted(notice.now), words.counted(notice.then), frozen)
        )
    others = [name for name in notice.fields if name not in cited]
    for name in others[:MAX_FIELDS]:
        yield _field(kind, name, notice, frozen)
    if len(others) > MAX_FIELDS:
        yield f"and {len(others) - MAX_FIELDS} more"


def _same_unit(notice: Notice) -> bool:
    return all(notice.now.get(name) == notice.then.get(name) for name in (QUANTITIES.unit, QUANTITIES.measure))


def _both(now: str, then: str, frozen: bool) -> str:
    return f"now {now}, not {then}" if frozen else f"it was {then} before"


def _field(kind: Kind, name: str, notice: Notice, frozen: bool) -> str:
    """A field that was corrected, with both values if they are short."""
    title, now, then = FIELDS.get(name, name.replace("_", " ")), _short(kind, name, notice.now), _short(kind, name, notice.then)
    return f"{title} {_both(now, then, frozen)}" if now and then else f"{title} changed"


def _short(kind: Kind, name: str, record: Values) -> str:
    """A date or the label of a code, or a text; empty for a reference."""
    field, value = kind.fields[name], record.get(name)
    if field.type.ref:
        return ""
    if value is None:
        return "unknown"
    if field.type.vocabulary:
        return field.type.vocabulary.codes[str(value)].label.lower()
    return dates.day(value) if field.type.is_date else str(value)[:80]
