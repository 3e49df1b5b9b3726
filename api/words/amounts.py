"""Numbers in words: never a bound as the number, never a range in the wrong order, and zero only where nothing else is possible."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schema.kinds.figure import QUANTITIES

from .grammar import Amount, Part
from .languages import language, say

Document = Mapping[str, Any]
LOW, BEST, HIGH = QUANTITIES.numbers
BELOW, ABOVE = ("more_than", "at_least"), ("less_than", "at_most")  # Quantifiers of lower and of upper bounds.


def number(value: object) -> str:
    """14000 as 14,000, and 0.50 as 0.5."""
    return language().number(value)


def amount(figure: Document) -> str:
    """The number of a figure with its qualifier and its bounds: "more than 14,000", "12 to 18", "about 40 (30 to 55)", "none", "an unknown number".

    "None" is only said of a count that cannot be more: its upper bound is zero, or it is exactly zero.
    """
    return language().counted(amount_of(figure), None)


def amount_of(figure: Document) -> Amount:
    """The same as parts, to which a language adds a noun."""
    low, best, high = (figure.get(name) for name in (LOW, BEST, HIGH))
    whole = not QUANTITIES.can_have_fractions(figure.get("measure"), figure.get("unit"))
    qualifier = figure.get("quantifier")
    about = "_about" if qualifier == "approximately" else ""
    exact = "about" if about else "number"
    lower = "more_than" if qualifier == "more_than" else f"at_least{about}"
    upper = ("fewer_than" if whole else "less_than") if qualifier == "less_than" else f"up_to{about}"
    one_sided = qualifier in (*BELOW, *ABOVE)
    if _contradict(low, best, high, qualifier):
        return _contradictory(low, best, high, lower, upper, None if one_sided else exact)
    if (high == 0 and qualifier != "less_than" and not about) or (best == 0 and qualifier == "exact" and high is None):
        return Amount((Part("none") if whole else Part("number", (0,)),))
    if best is not None and one_sided:
        return _one_sided(low, best, high, lower, upper, qualifier in BELOW)
    if best is not None:
        return _best(best, low, high, exact)
    if low is not None and high is not None:
        if low == high and not one_sided:
            return Amount((Part(exact, (low,)),))
        both = (Part(lower, (low,)), Part(upper, (high,)))
        return Amount(both) if one_sided else Amount((Part("about_range" if about else "range", (low, high)),))
    if low is not None:
        return Amount((Part(lower, (low,)),))
    return Amount((Part(upper, (high,)),)) if high is not None else Amount((Part("unknown"),))


def unbounded_zero(figure: Document) -> bool:
    """Whether a figure is zero, but may be more: nothing says that it is not."""
    zero = figure.get(BEST) == 0 and figure.get(HIGH) is None and figure.get("quantifier") != "exact"
    return zero and amount_of(figure).is_only("number")


def ordered(figure: Document) -> bool:
    """Whether the numbers of a figure do not contradict each other."""
    return not _contradict(figure.get(LOW), figure.get(BEST), figure.get(HIGH), figure.get("quantifier"))


def _contradict(low: Any, best: Any, high: Any, qualifier: object) -> bool:
    """Whether a lower number is above a higher one, or a bound that excludes its number leaves none."""
    known = [value if type(value) is int else Decimal(str(value)) for value in (low, best, high) if value is not None]
    excluded = qualifier in ("more_than", "less_than") and low is not None and low == high
    return known != sorted(known) or excluded


def _contradictory(low: object, best: object, high: object, lower: str, upper: str, exact: str | None) -> Amount:
    """Numbers that contradict each other, each as what it is. `exact`: how the best estimate is said, which then comes first."""
    if best is not None and exact is not None:
        bounds = {"lower_bound": low, "upper_bound": high}
        named = say("comma").join(say(name, number(value)) for name, value in bounds.items() if value is not None)
        return Amount((Part(exact, (best,)),), beside=f"{say('contradictory')}{say('colon')}{named}")
    parts = ((lower, low), ("best_estimate", best), (upper, high))
    return Amount(tuple(Part(name, (value,)) for name, value in parts if value is not None), "but", say("contradictory"))


def _best(best: object, low: object, high: object, exact: str) -> Amount:
    """A best estimate, with the bounds that differ from it."""
    if low in (None, best) and high in (None, best):
        return Amount((Part(exact, (best,)),))
    bounds = (
        say("range", number(low), number(high))
        if None not in (low, high)
        else say("at_least", number(low))
        if low is not None
        else say("up_to", number(high))
    )
    return Amount((Part(exact, (best,)),), beside=bounds)


def _one_sided(low: object, best: object, high: object, lower: str, upper: str, below: bool) -> Amount:
    """A bound beside a best estimate, which a source should not give together: the bound comes first, and is the best estimate if there is no other."""
    bound, name = (low, lower) if below else (high, upper)
    other = high if below else low
    more = [say("best_estimate", number(best))] if bound not in (None, best) else []
    more += [say("up_to" if below else "at_least", number(other))] if other is not None and other != bound else []
    return Amount((Part(name, (best if bound is None else bound,)),), beside=say("comma").join(more))


def bound(name: str, said: Document) -> str:
    """One of the numbers of a figure by itself, as what it is: the lower bound of "12 to 18" is "at least 12"."""
    told = {part: said.get(part) for part in (QUANTITIES.measure, QUANTITIES.unit, QUANTITIES.quantifier)}
    alone = {**told, name: said.get(name)}
    return number(said[name]) if amount_of(alone).is_only("none") else amount(alone)
