"""Numbers in English: never a bound as the number, never a range in the wrong order, and zero only where nothing else is possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schema.kinds.figure import QUANTITIES

Document = Mapping[str, Any]
UNKNOWN = "an unknown number"
NONE = "none"
CONTRADICTORY = "the numbers contradict each other"
LOW, BEST, HIGH = QUANTITIES.numbers
BELOW, ABOVE = ("more_than", "at_least"), ("less_than", "at_most")  # Quantifiers of lower and of upper bounds.


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
    """The number of a figure with its qualifier and its bounds: "more than 14,000", "12 to 18", "about 40 (30 to 55)", "none", "an unknown number".

    "None" is only said of a count that cannot be more: its upper bound is zero, or it is exactly zero.
    """
    return amount_of(figure).text


def amount_of(figure: Document) -> Amount:
    """The same, with what its noun needs."""
    low, best, high = (figure.get(name) for name in (LOW, BEST, HIGH))
    whole = not QUANTITIES.can_have_fractions(figure.get("measure"), figure.get("unit"))
    qualifier = figure.get("quantifier")
    about = "about " if qualifier == "approximately" else ""
    lower = "more than " if qualifier == "more_than" else f"at least {about}"
    upper = ("fewer than " if whole else "less than ") if qualifier == "less_than" else f"up to {about}"
    one_sided = qualifier in (*BELOW, *ABOVE)
    if _contradict(low, best, high, qualifier):
        return _contradictory(low, best, high, lower, upper, None if one_sided else about)
    if (high == 0 and qualifier != "less_than" and not about) or (best == 0 and qualifier == "exact" and high is None):
        return Amount(NONE if whole else number(0))
    if best is not None and one_sided:
        return _one_sided(low, best, high, lower, upper, qualifier in BELOW)
    if best is not None:
        return _best(best, low, high, about)
    if low is not None and high is not None:
        if low == high and not one_sided:
            return _best(low, None, None, about)
        return Amount(f"{lower}{number(low)} and {upper}{number(high)}" if one_sided else f"{about}{number(low)} to {number(high)}")
    if low is not None:
        return Amount(f"{lower}{number(low)}", low != 1)
    return Amount(f"{upper}{number(high)}", high != 1) if high is not None else Amount(UNKNOWN)


def unbounded_zero(figure: Document) -> bool:
    """Whether a figure is zero, but may be more: nothing says that it is not."""
    return figure.get(BEST) == 0 and amount(figure) == number(0) and figure.get(HIGH) is None and figure.get("quantifier") != "exact"


def ordered(figure: Document) -> bool:
    """Whether the numbers of a figure do not contradict each other."""
    return not _contradict(figure.get(LOW), figure.get(BEST), figure.get(HIGH), figure.get("quantifier"))


def _contradict(low: Any, best: Any, high: Any, qualifier: object) -> bool:
    """Whether a lower number is above a higher one, or a bound that excludes its number leaves none."""
    known = [Decimal(str(value)) for value in (low, best, high) if value is not None]
    excluded = qualifier in ("more_than", "less_than") and low is not None and low == high
    return known != sorted(known) or excluded


def _contradictory(low: object, best: object, high: object, lower: str, upper: str, about: str | None) -> Amount:
    """Numbers that contradict each other, each as what it is. `about`: how the best estimate is qualified, which then comes first."""
    bounds = {"lower bound": low, "upper bound": high}
    if best is not None and about is not None:
        named = ", ".join(f"{name} {number(value)}" for name, value in bounds.items() if value is not None)
        return Amount(f"{about}{number(best)} ({CONTRADICTORY}: {named})")
    parts = ((lower, low), ("best estimate ", best), (upper, high))
    stated = " but ".join(f"{word}{number(value)}" for word, value in parts if value is not None)
    return Amount(f"{stated} ({CONTRADICTORY})")


def _best(best: object, low: object, high: object, about: str) -> Amount:
    """A best estimate, with the bounds that differ from it."""
    if low in (None, best) and high in (None, best):
        return Amount(f"{about}{number(best)}", best != 1)
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
