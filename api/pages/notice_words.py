"""Notices in English: what has happened to a value, when and why. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from schema.codelists.vocabularies import REASON
from schema.kinds.figure import QUANTITIES
from schema.model.completeness import complete
from schema.model.kind import Kind

from .. import words
from ..words import dates
from ..words.nouns import country_name
from .notices import Event, Notice, Values

MAX_MESSAGE = 120  # Characters of the message of a revision that a notice quotes.
UNWORDED = "Load of "  # The beginning of the message of a load whose author gave none.
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
OF_RIVALS: Mapping[str, str] = {  # The same, where a claim ended that was not the published one.
    "source_revised": "A source that disagreed was revised or read again.",
    "resettled": "What other sources claim has changed.",
    "retracted": "A source that disagreed no longer says so.",
    "coding_error": "What a source that disagreed says had been entered wrongly.",
    "duplicate_merged": "What a source that disagreed says is about another record.",
    "reclassified": "What a source that disagreed says was moved to another code.",
    "method_changed": "The method has changed, not what a source says that disagreed.",
    "undone": "The load of a claim that disagreed was undone.",
    "withheld": "What a source that disagreed says is withheld.",
}
complete("OF_RIVALS in api/pages/notice_words.py", OF_RIVALS, REASON.codes)
RETRACTION, RETRACTED = (
    "retraction",
    "retracted",
)  # The kind of a revision in which we retract a collection ourselves, and the reason that its claims get.
OUR_RETRACTION = "The collection that it came from was retracted here; its source may still say so."
OUR_RETRACTION_OF_RIVAL = "The collection of a claim that disagreed was retracted here; its source may still say so."
TAGS: Mapping[Event, str] = {
    Event.CORRECTED: "Corrected", Event.ATTRIBUTED: "Other source", Event.GRADED: "Other grade", Event.DISPUTED: "Disputed since",
    Event.CONTESTED: "Disputed otherwise", Event.SETTLED: "No longer disputed", Event.RETRACTED: "Retracted", Event.MERGED: "Merged",
    Event.WITHHELD: "Withheld", Event.REMOVED: "Removed", Event.EMPTIED: "No longer counted", Event.REDACTED: "Partly withheld",
}  # fmt: skip
complete("TAGS in api/pages/notice_words.py", TAGS, Event)
FIELDS: Mapping[str, str] = {  # Fields by other names than their own.
    "started_on": "first day", "ended_on": "last day", "period_start": "first day", "period_end": "last day",
    "date_precision": "precision of the date", "place_precision": "precision of the place", "location": "place",
    "low": "lower bound", "best": "best estimate", "high": "upper bound", "quantifier": "qualifier",
}  # fmt: skip
GONE: Mapping[Event, str] = {
    Event.RETRACTED: "{what} was retracted on {date}; do not use it",
    Event.MERGED: "{what} was merged with another record on {date}; do not use it",
    Event.WITHHELD: "{what} has been withheld since {date}; do not use it",
    Event.REMOVED: "{what} was removed on {date}; do not use it",
    Event.EMPTIED: "Changed on {date}",
}
HEADS: Mapping[Event, str] = {
    Event.CORRECTED: "Corrected on {date}", Event.ATTRIBUTED: "From another source since {date}",
    Event.GRADED: "Graded differently since {date}", Event.DISPUTED: "Disputed since {date}: sources disagree",
    Event.CONTESTED: "What the sources that disagree say changed on {date}", Event.SETTLED: "No longer disputed since {date}",
    Event.REDACTED: "Part of what this card showed may no longer be shown since {date}",
}  # fmt: skip
complete("GONE and HEADS in api/pages/notice_words.py", [*GONE, *HEADS], Event)


Names = Mapping[tuple[str, str], str]  # The names of records, by kind and id.
NO_NAMES: Names = {}


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
    def marks(self) -> bool:
        """Whether the card is marked even if it prints no notices: what it shows, or showed, is no longer published."""
        return self.gone or self.event is Event.REDACTED

    @property
    def text(self) -> str:
        """One sentence; empty for a notice that only marks what the card shows."""
        return f"{': '.join(part for part in (self.head, '; '.join(self.details)) if part)}." if self.head else ""


def written(kind: Kind, notice: Notice, frozen: bool, about: str = "", names: Names = NO_NAMES) -> NoticeText:
    """A notice in words. `frozen`: it stands beside the value as it was, else beside that of now. `about`: which of several things it is about.

    `names` has those of the records that it refers to.
    """
    date, name = day(notice.recorded_at), "number" if kind.quantities else kind.name
    gone, details = (
        notice.event in GONE,
        tuple(_changes(kind, notice, frozen, names) if notice.event is Event.CORRECTED else _about(kind, notice)),
    )
    if gone:
        head = GONE[notice.event].format(what=about or f"This {name}", date=date)
    else:
        head = HEADS[notice.event].format(date=date)
        details = (
            (" ".join([f"{about}:", " and ".join(details)]).removesuffix(": "),)
            if about and notice.event is not Event.REDACTED
            else details
        )
    return NoticeText(notice.event, TAGS[notice.event], head, details, _why(notice), notice.revision, gone and not about)


def marked(notice: NoticeText) -> NoticeText:
    """Only the mark of a notice."""
    return replace(notice, head="", details=(), why="")


def merged(notices: Iterable[NoticeText]) -> list[NoticeText]:
    """The same notices, the newest first, with those of one revision and one reason as one; what is no longer published comes before all others."""
    found: dict[tuple[int, str, str], NoticeText] = {}
    for notice in sorted(notices, key=lambda notice: (not notice.gone, notice.event not in GONE, not notice.marks, -notice.revision)):
        key = notice.revision, notice.head, notice.why
        first = found.get(key)
        found[key] = replace(first, details=(*dict.fromkeys((*first.details, *notice.details)),)) if first else notice
    return [*found.values()]


def _why(notice: Notice) -> str:
    """The reasons of a notice and the message of its revision."""
    if notice.event is Event.REDACTED:
        return why(("withheld",), notice.message)
    if notice.kind == RETRACTION and RETRACTED in notice.reasons:
        return why((), notice.message, OUR_RETRACTION_OF_RIVAL if notice.rivals else OUR_RETRACTION)
    return why(notice.reasons, notice.message, reasons_in_words=OF_RIVALS if notice.rivals else REASONS)


def why(reasons: tuple[str, ...], message: str, otherwise: str = "", reasons_in_words: Mapping[str, str] = REASONS) -> str:
    """The reasons of a change, else `otherwise`, and the words of whoever recorded it."""
    sentences = [reasons_in_words[reason] for reason in reasons if reason in reasons_in_words] or [otherwise] * bool(otherwise)
    message = "" if message.startswith(UNWORDED) else message
    short = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE].rstrip()}…"
    return " ".join([*sentences, *([f"“{short}”"] if short else [])])


def day(recorded_at: str) -> str:
    """The day of a revision, in UTC."""
    return dates.day(recorded_at[:10])


def _changes(kind: Kind, notice: Notice, frozen: bool, names: Names) -> Iterator[str]:
    """What was corrected: the number first, then other fields."""
    numbers = [field.name for field in kind.groups[kind.cites]] if kind.quantities and kind.cites else []
    if {*numbers} & {*notice.fields}:
        yield _number(kind, notice, frozen)
    for name in notice.fields:
        if name not in numbers:
            yield _field(kind, name, notice, frozen, names)


def _about(kind: Kind, notice: Notice) -> Iterator[str]:
    """Which fields a notice is about, if they are not those by which the record is cited."""
    cited = [field.name for field in kind.groups[kind.cites]] if kind.cites else []
    if names := [FIELDS.get(name, name) for name in notice.fields if name not in cited]:
        yield f"about its {' and '.join(names)}"


def _number(kind: Kind, notice: Notice, frozen: bool) -> str:
    """The number before and after or, if both are the same in words, what else of it has changed."""
    say = (
        words.amount
        if all(notice.now.get(name) == notice.then.get(name) for name in (QUANTITIES.unit, QUANTITIES.measure))
        else words.counted
    )
    now, then = say(notice.now), say(notice.then)
    if now != then:
        return both(now, then, frozen, notice.last)
    return " and ".join(_part(kind, name, notice, frozen) for name in notice.fields)


def _part(kind: Kind, name: str, notice: Notice, frozen: bool) -> str:
    """One field of a number: "a lower bound of 40 was added"."""
    now, then, title = notice.now.get(name), notice.then.get(name), FIELDS.get(name, name)
    if name not in QUANTITIES.numbers or None not in (now, then):
        return _field(kind, name, notice, frozen)
    article = "an" if title[0] in "aeiou" else "a"
    return f"{article} {title} of {words.number(then if now is None else now)} was {'removed' if now is None else 'added'}"


def both(now: str, then: str, frozen: bool, last: bool = True) -> str:
    """The values after a change, which may not be the last one, and before it."""
    if not last:
        return f"then {now}, not {then}"
    return f"now {now}, not {then}" if frozen else f"it was {then} before"


def _field(kind: Kind, name: str, notice: Notice, frozen: bool, names: Names = NO_NAMES) -> str:
    """A field that was corrected, with both values unless these read the same."""
    title, now, then = (
        FIELDS.get(name, name.replace("_", " ")),
        _short(kind, name, notice.now, names),
        _short(kind, name, notice.then, names),
    )
    return f"{title} {both(now, then, frozen, notice.last)}" if now != then else f"{title} changed"


def _short(kind: Kind, name: str, record: Values, names: Names) -> str:
    """A date, the label of a code, the name of a record, or a text."""
    field, value = kind.fields[name], record.get(name)
    if value is None:
        return "unknown"
    if field.type.ref:
        return names.get((field.type.ref, value), value)
    if field.type.vocabulary:
        label = field.type.vocabulary.codes[str(value)].label
        return country_name(str(value)) if name == "country" else label.lower()
    return words.number(value) if name in QUANTITIES.numbers else dates.day(value) if field.type.is_date else str(value)[:80]
