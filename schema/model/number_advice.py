"""How to write a number that cannot be read, by its own digits: the end of the sentence that refuses it."""

from __future__ import annotations

import re
from decimal import Decimal

MARKS = ",'’_ \u00a0\u202f\u2009"  # What people and programs put between thousands, beside a point.
GROUPED = re.compile(rf"([+-]?[0-9]{{1,3}})(?:([{MARKS}])[0-9]{{3}})(?:\2[0-9]{{3}})*(?:[.][0-9]+)?")
GROUPED_BY_POINTS = re.compile(r"[+-]?[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?|[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+")
FACTORS = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "mn": 1_000_000, "million": 1_000_000}
MULTIPLIED = re.compile(rf"([+-]?[0-9]+(?:[.][0-9]+)?) *({'|'.join(FACTORS)})", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


def number_advice(text: str) -> str:
    """What to write instead of a text that is no number: "; write 12000, or 12 if it is a decimal comma"."""
    if match := GROUPED.fullmatch(text):
        plain = text.replace(match[2], "").removeprefix("+")
        decimal = f", or {_plain(Decimal(text.replace(',', '.')))} if it is a decimal comma" if DECIMAL_COMMA.fullmatch(text) else ""
        return f"; write {plain}{decimal}"
    if GROUPED_BY_POINTS.fullmatch(text):
        return f"; write {text.replace('.', '').replace(',', '.').removeprefix('+')}"
    if match := MULTIPLIED.fullmatch(text):
        return f"; write {_plain(Decimal(match[1]) * FACTORS[match[2].lower()])}"
    if DECIMAL_COMMA.fullmatch(text):
        return f"; write {text.replace(',', '.')}, with a point"
    if not re.search(r"\d", text):
        return "; write it in digits, or leave it out if it is not known"
    return "; write it in the digits 0 to 9 alone, without words or signs"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
