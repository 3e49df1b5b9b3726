"""Words in the names of columns that say what a number is beside a count: thousands, millions, a share, a running total."""

from __future__ import annotations

import re

THOUSANDS, MILLIONS, SHARE, RUNNING_TOTAL = "thousands", "millions", "shares", "running totals"
# Each by a pattern of the name in small letters, in which spaces stand between words.
MEANINGS: dict[str, str] = {
    SHARE: r"%|٪|\b(per ?cent(age)?s?|pct|rate|ratio|proportion|share|average|mean|median|per capita|pourcentage|taux|moyenne|porcentaje|tasa|promedio)\b"
    r"|\bper (1|10|100) ?[,.]?000\b|\bper (million|100)\b|\bпроцент|نسبة",
    MILLIONS: r"\b(millions?|millones|mio|mln)\b|\bмлн\b|\(mn\)|ملايين",
    THOUSANDS: r"\b(thousands?|milliers|en miles|tausend|1000s?|1,000s)\b|['’`´]000\b|(?<![0-9,.])\b000['’]?s?\b|\bтыс|بالآلاف",
    RUNNING_TOTAL: r"\bcumul|\bkumul|\bcum\b|\brunning total|\bto date\b|\bacumulad|\bнакоп|\bнарастающ|تراكم",
}
FACTORS = {THOUSANDS: 1_000, MILLIONS: 1_000_000}
# What a title above a table says of all of its numbers.
IN_TITLE = re.compile(r"\b(in|en) (?P<unit>thousands|millions|milliers|miles|millones)\b|['’`´]000\b", re.IGNORECASE)


def said_by(name: str) -> str:
    """What the name of a column says that its numbers are: one of the keys of MEANINGS; empty for plain counts.

    Of several, the first in the order of MEANINGS: a share of thousands is a share.
    """
    return next((meaning for meaning, pattern in MEANINGS.items() if re.search(pattern, _words(name))), "")


def without(name: str, meaning: str) -> str:
    """The words of a name without those that say this of its numbers."""
    return re.sub(rf"(?:{MEANINGS[meaning]})\w*", " ", _words(name)) if meaning else name


def _words(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).lower()


def said_by_title(cell: str) -> str:
    """THOUSANDS or MILLIONS if a title says so of the numbers below it; empty otherwise."""
    match = IN_TITLE.search(cell)
    if not match:
        return ""
    return MILLIONS if (match["unit"] or "").lower().startswith("millio") else THOUSANDS
