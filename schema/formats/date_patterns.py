"""What a pattern of strptime states of a date: a day, a month or a year. A pattern that states none of them is refused, because a date would be invented."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model.declaration_error import BadDeclaration

DAY, MONTH, YEAR = "day", "month", "year"
# What each code states. `%-d` states what `%d` does.
STATES = {
    **dict.fromkeys("yY", "year"), **dict.fromkeys("mbB", "month"), "d": "day", "j": "day of the year", **dict.fromkeys("aA", "weekday"),
    **dict.fromkeys("HIMSfp", "time"),
}  # fmt: skip
PRECISIONS = {
    ("day", "month", "year"): DAY, ("day of the year", "year"): DAY, ("month", "year"): MONTH, ("year",): YEAR,
}  # fmt: skip
ZONES = ("z", "Z")  # strptime makes an instant of them: 01:00 +02:00 would be on the day before.
BESIDE_A_DAY = ("weekday", "time")
TOKENS = re.compile("%(-?.?)|([^%]+)", re.DOTALL)
# Words next to a number that make it one of a quarter, a week or a half-year, and not of a month. 2024M03 is March.
BEFORE_A_MONTH = re.compile(r"(?i)(?:\b(?:q|qtr|quarter|week)[^a-z0-9]*|(?<![a-z])(?!m(onth)?$)[a-z]+)$")
AFTER_A_MONTH = re.compile(r"(?i)[^a-z0-9]*(?:q|qtr|quarter)\b")
CURE = "write a day, such as '%d/%m/%Y', a month, such as '%m/%Y', or a year, '%Y'"


def fault(pattern: str) -> str:
    """What is wrong with a pattern, and the cure, as the end of a sentence; empty if it states a day, a month or a year."""
    codes = _codes(pattern)
    if not codes:
        return "is not a pattern; write, for example, '%d/%m/%Y'"
    for code in codes:
        if code in ZONES:
            return f"has %{code}: the day would be that of UTC, and not the one that is written; write dates without a time zone"
        if code not in STATES:
            return f"has %{code}, which states no day, month or year that can be read; {CURE}"
    if repeated := next((code for code in codes if codes.count(code) > 1), ""):
        return f"has %{repeated} twice; a cell has one date, so write the first and the last day in columns of their own"
    stated = _stated(codes)
    if twice := next((part for part in stated if stated.count(part) > 1), ""):
        return f"states the {twice} twice; keep one of its codes"
    if tuple(stated) not in PRECISIONS:
        lacks = f"states no {YEAR}" if YEAR not in stated else f"states a {' and a '.join(stated)}"
        return f"{lacks}, so that no date follows from it; {CURE}"
    if PRECISIONS[tuple(stated)] != DAY and (beside := next((STATES[code] for code in codes if STATES[code] in BESIDE_A_DAY), "")):
        return f"states a {beside}, but no day; {CURE}"
    if _is_no_month(pattern):
        return "has a number that is not that of a month, as of a quarter; write its first and its last day in columns of their own"
    return ""


def precision(pattern: str) -> str:
    """DAY, MONTH or YEAR. Raises BadDeclaration if the pattern states none of them."""
    if what := fault(pattern):
        raise BadDeclaration(f"the pattern {pattern!r} {what}")
    return PRECISIONS[tuple(_stated(_codes(pattern)))]


def check(patterns: Sequence[str], allowed: Sequence[str] = (DAY, MONTH, YEAR)) -> None:
    """Raises BadDeclaration if a pattern states none of these."""
    for pattern in patterns:
        if (stated := precision(pattern)) not in allowed:
            raise BadDeclaration(f"the pattern {pattern!r} states a {stated}; here it must state a {' or a '.join(allowed)}")


def _codes(pattern: str) -> list[str]:
    return [code for code in (one[1].removeprefix("-") for one in TOKENS.finditer(pattern) if one[1] is not None) if code != "%"]


def _stated(codes: Sequence[str]) -> list[str]:
    """The parts of a date that codes state, sorted."""
    return sorted(STATES[code] for code in codes if STATES[code] not in BESIDE_A_DAY)


def _is_no_month(pattern: str) -> bool:
    """Whether the text next to the number of a month says that it is another number."""
    tokens = [("%", one[1].removeprefix("-")) if one[1] is not None else ("", one[2]) for one in TOKENS.finditer(pattern)]
    for before, token, after in zip([("", ""), *tokens], tokens, [*tokens[1:], ("", "")], strict=False):
        if token == ("%", "m"):
            return bool((not before[0] and BEFORE_A_MONTH.search(before[1])) or (not after[0] and AFTER_A_MONTH.match(after[1])))
    return False
