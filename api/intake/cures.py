"""What to do about a rejected value, by its shape: the end of the sentence that says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re

from schema.codelists.country_meant import country_meant
from schema.formats.map_words import DATE_PATTERNS

EARLIEST_YEAR = 1000  # What strptime reads as an earlier year has other digits for it.
MARK = "[,.'’ \u00a0\u2009\u202f]"  # What stands between thousands.
THOUSANDS = re.compile(rf"[+-]?[0-9]{{1,3}}({MARK})[0-9]{{3}}(\1[0-9]{{3}})*([.,][0-9]+)?")
EPOCH = re.compile(r"-?[0-9]{9,14}(\.0+)?")  # From 1970 on, milliseconds of a day have 9 to 13 digits.
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


def cure(reason: str, value: str | None) -> str:
    """What to do, as the end of a sentence; empty if nothing can be said."""
    if not value:
        return ""
    if reason.startswith("must be a date"):
        return _of_date(value)
    if reason.startswith(("must be a number", "must be a whole number")):
        return _of_number(value)
    if reason.endswith("degrees") and DECIMAL_COMMA.fullmatch(value):
        return f"; write {value.replace(',', '.')}, with a point"
    if "known codes" in reason or "vocabulary country" in reason:
        return _of_country(value)
    return ""


def _of_date(value: str) -> str:
    if EPOCH.fullmatch(value):
        return '; if it counts milliseconds since 1970, write the date itself, as `to_json(..., date_format="iso")` of pandas does'
    patterns = [pattern for pattern in DATE_PATTERNS if _reads(pattern, value)]
    if not patterns:
        return ""
    choice = " or ".join(f'`dates: ["{pattern}"]`' for pattern in patterns)
    return f"; in a map, {choice} reads it{', whichever the file follows' if len(patterns) > 1 else ''}"


def _reads(pattern: str, value: str) -> bool:
    try:
        return dt.datetime.strptime(value, pattern).year >= EARLIEST_YEAR
    except ValueError:
        return False


def _of_number(value: str) -> str:
    if match := THOUSANDS.fullmatch(value):
        plain = value.replace(match[1], "")
        decimal = f", and if it is a decimal comma, {value.replace(',', '.')}" if DECIMAL_COMMA.fullmatch(value) else ""
        return f"; if {match[1]!r} is between thousands, write {plain.replace(',', '.')}{decimal}"
    return f"; write {value.replace(',', '.')}, with a point" if DECIMAL_COMMA.fullmatch(value) else ""


def _of_country(value: str) -> str:
    if (meant := country_meant(value)) is None:
        return ""
    name, code = meant
    return (
        f"; if it is {name}, write that name in a column of names, such as #country+name, or {code} in one of codes, such as #country+code"
    )
