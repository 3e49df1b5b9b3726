"""What to do about a rejected value, by its shape: the end of the sentence that says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from schema.codelists.country_meant import countries_meant
from schema.formats.map_words import DATE_PATTERNS
from schema.formats.spellings import JOINERS, THOUSANDS_MARKS, UNSEEN
from schema.model.parsers import NUMBER_PATTERN

EARLIEST_YEAR = 1000  # What strptime reads as an earlier year has other digits for it.
MARK = f"[{''.join(THOUSANDS_MARKS)}]"
THOUSANDS = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}({MARK})[0-9]{{3}}(\1[0-9]{{3}})*((?!\1)[.,][0-9]+)?")
WRONG_GROUPS = re.compile(rf"[+-]?[0-9]+({MARK}[0-9]+){{2,}}")
DECIMAL_MARK = "\u066b"  # As Arabic writes it.
LAKHS = re.compile(r"[+-]?[1-9][0-9]?(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?")  # As India and its neighbours group digits.
DAY_WITH_HYPHENS = "[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}"
EPOCH = re.compile(r"-?[0-9]{9,14}(\.0+)?")  # From 1970 on, milliseconds of a day have 9 to 13 digits.
MORE_DATE_PATTERNS = (
    "%m-%d-%Y", "%Y.%m.%d", "%m/%Y", "%m.%Y", "%B %Y", "%b %Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%y-%m-%d", "%y/%m/%d", "%d-%b-%y", "%A, %d %B %Y", "%A %d %B %Y", "%B %d, %Y", "%b %d, %Y",
)  # fmt: skip
TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
DATES_AND_TIMES = (
    *DATE_PATTERNS, *MORE_DATE_PATTERNS, *(f"{date} {time}" for date in (*DATE_PATTERNS, *MORE_DATE_PATTERNS) if "%d" in date for time in TIMES),
)  # fmt: skip
NUMBERED_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](.*))?")
MINUTES = re.compile(r"[NSEWO]?[+-]?[0-9.,]+ *[°ºd'′\"″ 0-9.,ms]*[NSEWO]?", re.IGNORECASE)
DASHES = re.compile("[\u2010-\u2015\u2212]")
MONTH_IN_WORDS = re.compile(r"[0-9]{1,2}(?: de)? [^\W\d_]{3,}[.]?(?: de)? [0-9]{4}")
SHORT_YEAR = re.compile(r"(?:[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[^\W\d_]{3,}[.]?)|[^\W\d_]{3,}[.]?|[0-9]{1,2}(?=[-/]))[-/. ]'?[0-9]{2}")
TIME_OF_DAY = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?(?: ?[AP]M)?", re.IGNORECASE)
OTHER_DATES = (
    (MONTH_IN_WORDS, "; write the month as a number, or its name in English"),
    (SHORT_YEAR, "; write the year with four digits"),
    (TIME_OF_DAY, "; it is a time without a day: write the day"),
)
MAX_COUNTRIES = 6  # Of which one is meant, as many as a message names.
DAY_IN_ZONE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:?[0-9]{2})", re.IGNORECASE)
DAY_OF_YEAR = re.compile(r"([1-9][0-9]{3})-?([0-3][0-9]{2})")
ABOUT_A_YEAR = re.compile(
    r"(?:c\.?|ca\.?|circa|about|~|early|mid|late|spring|summer|autumn|fall|winter)[- ]?([1-9][0-9]{3})", re.IGNORECASE
)
# In a number, the joiners are as little seen.
UNSEEN_IN_NUMBERS = re.compile(f"[{''.join(f'{first}-{last}' for first, last in (*UNSEEN, JOINERS))}]")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
# What to do about a count that is not written as a number, by its form.
BOUNDS = "; write bounds as numbers in columns of their own, such as #affected+killed+min and #affected+killed+max, or `killed.low` and `killed.high` in a map"
NUMBERS_IN_WORDS = {
    rf"[0-9]+ *([*†‡]+|[{SUPERSCRIPTS}]+|\[\w+\]|\(\w+\)|\))": "; write the number alone, and the note in a column of its own",
    rf"[0-9]{{1,2}}[- ]({MONTHS})|({MONTHS})-[0-9]{{2}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}.*|(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])": "; it is a date, which spreadsheets make of a range such as 3-5: write the numbers again, in cells that are formatted as text",
    r"[0-9]+ *(-|–|—|to|or|/) *[0-9]+": BOUNDS,
    r"[<>≤≥] *[0-9]+|[0-9]+ *\+|(over|more than|at least|up to|less than|under) [0-9]+": BOUNDS,
    r"(~|≈|c\.?|ca\.?|circa|about|around|approx\.?) *[0-9]+": "; write the number alone, and say in a map that it has the `quantifier` approximately",
    r"[0-9.,]+ *(k|m|mn|thousand|million|mille)": "; write the number in full, such as 1200 for 1.2k",
    r"[+-]?[0-9]+(_[0-9]+)+": "; write it without the underscores by which programs group digits",
    r"[+-]?[0-9]+[ldfun]": "; write it without the letter by which programs mark a type of numbers",
    r"0x[0-9a-f]+": "; write the number in digits from 0 to 9 alone",
    r"[+-]?[0-9]{19,}([.][0-9]+)?|[0-9.]+e[+]?[0-9]{2,}": "; it is too large for a count: look the number up",
    r"[+-]?[0-9]+[.][0-9]{10,}": "; write it with at most nine digits after the point",
    r"[0-9]+ *\?+|\?+ *[0-9]+": "; write the number alone, and that it is doubtful in a column of its own",
    r"[0-9.,]+ *%": "; it is a share, not a count",
    r"#[A-Z0-9/]+[!?]?|Err:[0-9]+|=.*": "; it is an error or a formula of a spreadsheet: correct it, and export the table with its values",
    r"\([0-9]+\)": "; write it without brackets, which accountants put around what is below zero",
    r"[^0-9]+": "; if it means that the number is not known, leave the cell empty, or list it among the `nulls` of a map",
    r"[0-9]+ +[^0-9]+": "; write the number alone, and what it counts in the header",
}
SHOWN = re.compile(", shown (as|in the number format) ")  # As cells of spreadsheets are read whose format changes their value.
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


def cure(reason: str, value: str | None) -> str:
    """What to do, as the end of a sentence; empty if nothing can be said."""
    if not value:
        return ""
    if SHOWN.search(value):
        return "; the cell shows another value than it stores: write what is meant, and give the cell a format that shows all of it"
    if reason.startswith("must be a date"):
        return _of_date(value)
    if reason.startswith(("must be a number", "must be a whole number")):
        return _of_number(value)
    if reason.endswith("degrees") and DECIMAL_COMMA.fullmatch(value):
        return f"; write {value.replace(',', '.')}, with a point"
    if reason.endswith("degrees") and MINUTES.fullmatch(value) and not re.fullmatch(NUMBER_PATTERN, value):
        return "; write decimal degrees, such as 36.2 for 36°12'N, and -36.2 for 36°12'S"
    if re.search("known (names|codes)", reason) or "vocabulary country" in reason:
        return _of_country(value)
    return ""


def _of_date(value: str) -> str:
    if EPOCH.fullmatch(value):
        return _of_epoch(value)
    if advice := _of_other_form(value):
        return advice
    if (plain := DASHES.sub("-", "".join(map(_digit, value)))) != value and not _is_span(plain):
        return f"; write {plain}, in digits from 0 to 9" + (" and hyphens" if DASHES.search(value) else "")
    if value.startswith("'"):
        return f"; write {value[1:]}, without the apostrophe by which spreadsheets mark a text"
    if _is_span(plain):
        return "; write the first and the last day in columns of their own, such as #date+start and #date+end"
    if re.fullmatch(r"[1-6][0-9]{4}([.][0-9]+)?", value):
        return "; if it is the number that a spreadsheet has for a day, format the cell as a date, and export the table again"
    if match := re.fullmatch(r"([1-9][0-9]{3})[.]0+|([1-9][0-9]{3}(?:-[0-9]{2})?)(?:-00)+", value):
        return f"; if no more is known, write {(match[1] or match[2]).removesuffix('-00')}"
    if re.fullmatch(r"0{4}-00-00.*|0{2}/00/0{4}", value):
        return "; programs write it for a day that is not known: leave the cell empty"
    if re.fullmatch(r"[0-9]{4}[- ]?(Q[1-4]|W[0-9]{1,2})|(Q[1-4]|W[0-9]{1,2})[- /]?[0-9]{4}", value, re.IGNORECASE):
        return "; write its first and its last day, in columns of their own such as #date+start and #date+end"
    if match := NUMBERED_DAY.fullmatch(value):
        return _of_numbered_day(match[1], match[2] or "")
    if not any(character.isnumeric() for character in value):
        return "; if it means that the day is not known, leave the cell empty, or list it among the `nulls` of a map"
    patterns = [pattern for pattern in DATES_AND_TIMES if _reads(pattern, value)]
    if not patterns:
        return next((advice for form, advice in OTHER_DATES if form.fullmatch(value)), "")
    choice = " or ".join(f'`dates: ["{pattern}"]`' for pattern in patterns)
    return f"; in a map, {choice} reads it{', whichever the file follows' if len(patterns) > 1 else ''}"


def _of_other_form(value: str) -> str:
    """What to write for a day with a zone, a day of a year in numbers, and a year with a word before it."""
    if match := DAY_IN_ZONE.fullmatch(value):
        return f"; write {match[1]}, without the zone"
    if match := DAY_OF_YEAR.fullmatch(value):
        day = dt.date(int(match[1]), 1, 1) + dt.timedelta(int(match[2]) - 1)
        return f"; if it is day {int(match[2])} of {match[1]}, write {day}" if day.year == int(match[1]) else ""
    if match := ABOUT_A_YEAR.fullmatch(value):
        return f"; if no more is known, write {match[1]}, and what is said of the day in a column of its own"
    return ""


def _of_epoch(value: str) -> str:
    """What to write for a count of seconds or of milliseconds since 1970: seconds of the years from 1973 on have nine or ten digits."""
    number = int(value.partition(".")[0])
    unit, seconds = ("milliseconds", number // 1000) if len(str(abs(number))) > 10 else ("seconds", number)
    day = dt.date(1970, 1, 1) + dt.timedelta(seconds // 86400)
    hint = ', as `to_json(..., date_format="iso")` of pandas does' if unit == "milliseconds" else ""
    return f"; if it counts {unit} since 1970, in UTC, write the date itself, {day}{hint}"


def _of_numbered_day(day: str, time: str) -> str:
    """Why a date that is written as it should be is none."""
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return "" if day.startswith("0000") else "; there is no such day: check it in the source"
    return "; the hour 24 is the first one of the next day: write the day that is meant" if time.startswith("24") else ""


def _is_span(value: str) -> bool:
    """Whether a text has two days: 1-3 March 2024, 2024-03-01/2024-03-05, 01/03/2024 - 03/03/2024."""
    if re.fullmatch(r"[0-9]{1,2} ?(-|to|and) ?[0-9]{1,2}\b.*[0-9]{4}", value) and not re.fullmatch(DAY_WITH_HYPHENS, value):
        return True
    return len(re.findall(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}", value)) == 2


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
    if LAKHS.fullmatch(value):
        return f"; if ',' is between lakhs and thousands, write {value.replace(',', '')}"
    if WRONG_GROUPS.fullmatch(value):
        return (
            "; its digits are not in groups of three, so one may be missing or too many: look the number up, and write it in digits alone"
        )
    if DECIMAL_COMMA.fullmatch(value):
        return f"; write {value.replace(',', '.')}, with a point"
    plain = _in_ascii(value)
    if plain != value and not set(value) & set(SUPERSCRIPTS):
        if re.fullmatch(NUMBER_PATTERN, plain):
            return f"; write {plain}, in digits from 0 to 9 alone"
        if match := THOUSANDS.fullmatch(plain):
            return f"; if it is {plain.replace(match[1], '')}, write that, in digits from 0 to 9 alone"
    if not re.search(f"[0-9{SUPERSCRIPTS}]", value) and any(unicodedata.numeric(character, None) is not None for character in value):
        return "; write the number in digits from 0 to 9 alone"
    return next((text for pattern, text in NUMBERS_IN_WORDS.items() if re.fullmatch(pattern, value, re.IGNORECASE)), "")


def _in_ascii(value: str) -> str:
    """A number in the digits, the minus and the point of ASCII."""
    digits = unicodedata.normalize("NFKC", "".join(_digit(character) for character in value))
    return UNSEEN_IN_NUMBERS.sub("", digits).strip(" '").replace("\u2212", "-").replace(DECIMAL_MARK, ".")


def _digit(character: str) -> str:
    """A digit of any script as one of ASCII; other characters unchanged."""
    return str(unicodedata.decimal(character, character))


def _of_country(value: str) -> str:
    if value.upper() == "NA":  # Where codes of two letters may be, it is read as Namibia; so this is a column of names.
        return "; programs write NA for an empty cell: leave it empty, or write Namibia if that is meant"
    meant = countries_meant(value)
    if 1 < len(meant) <= MAX_COUNTRIES:
        return f"; it may be {' or '.join(f'{name} ({code})' for name, code in meant)}: write which"
    if len(meant) != 1:
        return ""
    ((name, code),) = meant
    return (
        f"; if it is {name}, write that name in a column of names, such as #country+name, or {code} in one of codes, such as #country+code"
    )
