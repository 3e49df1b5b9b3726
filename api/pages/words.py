"""Facts in English: a figure as a phrase that never states a bound as the number, and as a sentence with its sources. Pure functions of REST documents.

Every English phrase about a fact is here, in `dates.py` or in `nouns.py`, so that other languages can be added beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schema.codelists.vocabularies import ORIGIN
from schema.kinds.figure import QUANTITIES

from . import dates, nouns
from .attribution import attribution, chosen, claims_of

Document = Mapping[str, Any]
UNKNOWN = "an unknown number"
NONE = "none"
MAX_RIVALS = 3  # Other values that a sentence states.
LOW, BEST, HIGH = QUANTITIES.numbers
COUNTRY_KIND = "country"
REPORTED = "reported"  # The origin that need not be named.
CUMULATIVE = "cumulative"
NEAR = 2  # The precision of a place of which only the neighbourhood is known.


@dataclass(frozen=True)
class Amount:
    """A number in words: `text` with its bounds, and whether the noun behind it is a plural."""

    text: str
    plural: bool = True


def number(value: object) -> str:
    """14000 as 14,000, and 0.50 as 0.5."""
    written = f"{Decimal(str(value)):,f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def amount(figure: Document) -> str:
    """The number of a figure with its qualifier and its bounds: "more than 14,000", "12 to 18", "about 40 (30 to 55)", "none", "an unknown number"."""
    return _amount(figure).text


def _amount(figure: Document) -> Amount:
    low, best, high = (figure.get(name) for name in (LOW, BEST, HIGH))
    whole = not QUANTITIES.can_have_fractions(figure.get("measure"), figure.get("unit"))
    qualifier = figure.get("quantifier")
    about = "about " if qualifier == "approximately" else ""
    lower = "more than " if qualifier == "more_than" else f"at least {about}"
    upper = ("fewer than " if whole else "less than ") if qualifier == "less_than" else f"up to {about}"
    one_sided = qualifier in ("more_than", "at_least", "less_than", "at_most")
    if best is not None and one_sided:
        return _one_sided(low, best, high, lower, upper, qualifier in ("more_than", "at_least"))
    if best is not None:
        return _best(best, low, high, about, whole)
    if low is not None and high is not None:
        if low == high and not one_sided:
            return _best(low, None, None, about, whole)
        return Amount(f"{lower}{number(low)} and {upper}{number(high)}" if one_sided else f"{about}{number(low)} to {number(high)}")
    if low is not None:
        return Amount(f"{lower}{number(low)}", low != 1)
    return Amount(f"{upper}{number(high)}", high != 1) if high is not None else Amount(UNKNOWN)


def _best(best: object, low: object, high: object, about: str, whole: bool) -> Amount:
    """A best estimate, with the bounds that differ from it."""
    if low in (None, best) and high in (None, best):
        return Amount(NONE if best == 0 and whole and not about else f"{about}{number(best)}", best != 1)
    bounds = (
        f"{number(low)} to {number(high)}"
        if None not in (low, high)
        else f"at least {number(low)}"
        if low is not None
        else f"up to {number(high)}"
    )
    return Amount(f"{about}{number(best)} ({bounds})")


def _one_sided(low: object, best: object, high: object, lower: str, upper: str, below: bool) -> Amount:
    """A bound beside a best estimate, which a source should not give together: the bound comes first, and is the best estimate if there is no other."""
    bound, word = (low, lower) if below else (high, upper)
    other = high if below else low
    more = [f"best estimate {number(best)}"] if bound not in (None, best) else []
    more += [f"{'up to' if below else 'at least'} {number(other)}"] if other is not None and other != bound else []
    text = f"{word}{number(best if bound is None else bound)}"
    return Amount(f"{text} ({', '.join(more)})") if more else Amount(text, best != 1)


def bound(name: str, said: Document) -> str:
    """One of the numbers of a figure by itself, as what it is: the lower bound of "12 to 18" is "at least 12"."""
    told = {part: said.get(part) for part in (QUANTITIES.measure, QUANTITIES.unit, QUANTITIES.quantifier)}
    text = amount({**told, name: said.get(name)})
    return number(said[name]) if text == NONE else text


def counted(figure: Document) -> str:
    """The number of a figure with its noun: "more than 14,000 people", "1 civilian", "no people"."""
    written, noun = _amount(figure), nouns.nouns_of(figure)
    if noun is None:
        return written.text
    if written.text == NONE:
        return f"no {noun[1]}"
    return f"{written.text}{' of' if written.text == UNKNOWN else ''} {noun[written.plural]}"


def phrase(figure: Document) -> str:
    """What was counted and how many: "more than 14,000 people displaced", "70 settlements captured by Syrian opposition forces"."""
    measure, actor = figure.get("measure"), _name(figure.get("actor"))
    wording = nouns.wording(str(measure)) if measure else nouns.Wording("{counted}")
    words = wording.phrase.format(counted=counted(figure)) + nouns.population_beside(figure)
    if actor:
        words += f" by {actor}" if wording.by else f" ({actor})"
    remarks = [ORIGIN.codes[origin].label.lower()] if (origin := figure.get("origin")) not in (None, REPORTED) else []
    remarks += ["running total"] if figure.get("basis") == CUMULATIVE else []
    remarks += ["unit not stated"] if measure and not nouns.nouns_of(figure) else []
    return f"{words} ({', '.join(remarks)})" if remarks else words


def place(record: Document) -> str:
    """Where a figure or an event is, as the end of a phrase: "in Idlib, Syria"; empty if that is unknown."""
    event = record.get("event")
    event = event if isinstance(event, Mapping) else record
    own = record.get("location")
    location = own if own is not None else event.get("location")
    location = location if isinstance(location, Mapping) else {}
    country = location.get("country") or event.get("country")
    names = [name for name in (location.get("name"), nouns.country_name(country) if country else None) if name]
    if not names:
        return ""
    if location.get("kind") == COUNTRY_KIND or (len(names) == 2 and names[1].lower() in names[0].lower()):
        names = names[:1]
    near = location and own in (None, event.get("location")) and event.get("place_precision") == NEAR
    return f"{'near' if near else nouns.PREPOSITIONS.get(str(location.get('kind')), 'in')} {', '.join(names)}"


def figure_sentence(figure: Document, sources: Mapping[str, Document] | None = None, rivals: bool = True) -> str:
    """A figure as a printable sentence without a full stop, with its attribution and, if it is disputed, the other values.

    `figure` is a REST record, whose `event`, `location` and `actor` may have fields of their own; the attribution is from its `claims` and
    `provenance`, and `sources` are those of the same response.
    """
    where = place(figure) or _event_name(figure)
    sentence = joined(phrase(figure), where, dates.figure_span(figure))
    claim = chosen(figure, QUANTITIES.numbers)
    if claim:
        sentence += f", according to {attribution([claim], sources or {})}"
    return sentence + (disputed(figure, sources or {}) if rivals else "")


def joined(what: str, where: str, when: str) -> str:
    """The beginning of a sentence; a place of several names ends with a comma."""
    words = " ".join(part for part in (what, f"{where}," if ", " in where and when else where, when) if part)
    return words[:1].upper() + words[1:]


def disputed(figure: Document, sources: Mapping[str, Document]) -> str:
    """That a figure is disputed, and the other values with their sources, as the end of a sentence; empty if it is not."""
    entries = [entry for entry in figure.get("provenance") or () if {LOW, BEST, HIGH} & {*entry["fields"]} and entry["disputed"]]
    if not entries:
        return ""
    claims = claims_of(figure, QUANTITIES.numbers)
    names = [attribution([claim], sources) for claim in claims]
    own = chosen(figure, QUANTITIES.numbers)
    others = {_rival(figure, claim, sources, names): None for claim in claims if claim is not own and _differs(figure, claim)}
    shown = [*others][:MAX_RIVALS]
    more = f" and {len(others) - MAX_RIVALS} more" if len(others) > MAX_RIVALS else ""
    return f"; disputed: {'; '.join(shown)}{more}" if shown else "; disputed"


def _said(figure: Document, claim: Document) -> Document:
    """The number that a claim gives about a figure."""
    told = {"measure": figure.get("measure"), "population": figure.get("population"), "unit": figure.get("unit")}
    return {**told, **claim["says"]}


def claimed(figure: Document, claim: Document) -> str:
    """The number that a claim gives, with its noun if that differs from the figure's."""
    said = _said(figure, claim)
    return amount(said) if nouns.nouns_of(said) == nouns.nouns_of(figure) else counted(said)


def _differs(figure: Document, claim: Document) -> bool:
    return any(name in claim["says"] for name in QUANTITIES.numbers) and claimed(figure, claim) != amount(figure)


def _rival(figure: Document, claim: Document, sources: Mapping[str, Document], names: Sequence[str]) -> str:
    """Another value and its source, by its title if several claims have sources of one name."""
    name = attribution([claim], sources)
    return f"{claimed(figure, claim)} according to {attribution([claim], sources, titled=True) if names.count(name) > 1 else name}"


def _name(record: object) -> str:
    return str(record.get("name") or record.get("id") or "") if isinstance(record, Mapping) else ""


def _event_name(figure: Document) -> str:
    name = _name(figure.get("event"))
    return f"({name})" if name else ""
