"""What a cell of a workbook says by its number format alone: a bound, a unit, a scale, leading zeros, or no more of a date than its month.

Saved as CSV, the cell has what it shows: >5 for 5 in the format ">"0. So a number is read with the text around it, and a month as a month. Where a cell shows
another value than it stores, it becomes a text that names both, which no field of numbers or dates takes. Ours, because libraries that write what
is shown (SheetJS's SSF and its ports) round the number, and write months as words.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
from calendar import monthrange
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schema.formats.spellings import THOUSANDS_MARKS

from .sheets import PaddedNumber, cell_text

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.?)|(?P<blank>[_*]).?|\[(?P<bracket>[^\]]*)\]?|(?P<general>general)|(?P<exponent>e[+-])|(?P<half>am/pm|a/p)'
    r"|(?P<date>y+|m+|d+|h+|s+|b+|e+|g+)|(?P<digit>[0#?])|(?P<point>[.])|(?P<comma>,)|(?P<slash>/)|(?P<percent>%)|(?P<text>@)|(?P<end>;)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
LITERALS = ("quoted", "escaped", "other", "percent")
PLACES = ("digit", "general", "text")  # What stands for the value.
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*([+-]?[0-9]+(?:[.][0-9]+)?)")
HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne}
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)  # In brackets: of a duration.
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"  # What is shown for zero, as accountants do, or before what is below it.
SEPARATORS = str.maketrans("", "", "".join(THOUSANDS_MARKS))  # Around digits, they say nothing.
# What stands in a date and says nothing: signs, and words of Spanish, Portuguese, Russian, Ukrainian, Latvian, Lithuanian, Vietnamese, German, Chinese, Japanese and Korean.
DATE_SIGNS = re.compile(r"[\s\-/.,:;()|'\u2019]+")
DATE_WORDS = {*"de del г года р року m d gada ngày tháng năm den kl uhr 年 月 日 년 월 일 t z".split()}
WHOLE = {"day", "month", "year"}
PROBES = (5, -5, 0, 0.5, "a", dt.date(2024, 3, 1), dt.date(2024, 3, 5))


@dataclass
class _Section:
    """A part of a format: its tokens, each a sort and a text, and when it applies."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, Decimal] | None = None
    coloured: bool = False

    def has(self, *sorts: str) -> bool:
        return any(sort in sorts for sort, _ in self.tokens)

    @property
    def words(self) -> str:
        """What it shows whatever the value is."""
        return "".join(text for sort, text in self.tokens if sort in LITERALS)

    @property
    def is_scaled(self) -> bool:
        """Whether a comma follows the last digit before the point, or before the end: each divides by a thousand."""
        sorts = "".join({"digit": "0", "comma": ",", "point": "."}.get(sort, "") for sort, _ in self.tokens)
        return re.search(r"0,+([.]|$)", sorts) is not None

    def filled(self, value: str) -> str | None:
        """What it shows with the digits of a value, or a text, in its place; None if it parts digits that are no whole number."""
        places = [n for n, (sort, _) in enumerate(self.tokens) if sort in PLACES]
        if value.isdecimal() and not self.has("general", "text", "point", "exponent", "slash"):
            return self._spread(places[0], value)
        before, within, after = (
            _Section(tokens).words
            for tokens in (self.tokens[: places[0]], self.tokens[places[0] : places[-1]], self.tokens[places[-1] + 1 :])
        )
        return None if within.translate(SEPARATORS) else f"{before}{value}{after}".strip()

    def _spread(self, first: int, digits: str) -> str:
        """What it shows with the digits of a whole number in its places, from the last to the first."""
        left, shown = digits, list[str]()
        for n, (sort, text) in reversed([*enumerate(self.tokens)]):
            if sort in LITERALS:
                shown.append(text)
            elif sort == "digit":
                taken = left if n == first else left[-1:]
                left = left[: len(left) - len(taken)]
                shown.append(taken or ("0" if text == "0" else ""))
        return "".join(reversed(shown)).strip()

    def date_parts(self) -> set[str]:
        """The parts of a date that it shows, with `time`, and with `other` for words that may change its meaning."""
        runs = [text[0].lower() + text[1:] for sort, text in self.tokens if sort == "date"]
        parts = {"time"} if self.has("half") else set[str]()
        for run, before, after in zip(runs, ["", *runs], [*runs[1:], ""], strict=False):
            is_minute = len(run) < 3 and (before.startswith("h") or after.startswith("s"))
            match run[0]:
                case "m" if not is_minute:
                    parts.add("month")
                case "d":
                    parts.add("day" if len(run) < 3 else "weekday")
                case "y" | "e" | "b":
                    parts.add("year")
                case "h" | "m" | "s":
                    parts.add("time")
        words = DATE_SIGNS.split("".join(text if sort in LITERALS else " " for sort, text in self.tokens))
        return parts | {"other" for word in words if word and word.lower() not in DATE_WORDS}


class NumberFormat:
    """The number format of cells, such as `#,##0` or `mmm-yy`."""

    def __init__(self, code: str) -> None:
        self.code, self.sections = code, _sections(code)
        self.numeric = [section for section in self.sections if not section.has("text")][:3] or self.sections[:1]
        self.date_parts = self.sections[0].date_parts()
        limits = [int(section.condition[1]) + n for section in self.sections if section.condition for n in (-1, 0, 1)]
        self.is_plain = all(self.shown(value) is value for value in (*PROBES, *limits))  # Whether values are shown as they are stored.

    def shown(self, value: Any) -> Any:
        """A value as the cell shows it, with all digits that it stores; the value itself if it shows nothing else."""
        match value:
            case bool():
                return value
            case int() | float():
                return self._number(value) if math.isfinite(value) else value
            case dt.date():
                text = cell_text(value)
                return value if (shown := self.date(text)) == text else shown
            case str():
                section = self.sections[3] if len(self.sections) > 3 else next((one for one in self.sections if one.has("text")), None)
                return section.filled(value) if section and section.has("text") and section.words.strip() else value
        return value

    def date(self, text: str) -> str:
        """A date, as a text in the form of ISO 8601, as the cell shows it: the day, or the month or year if it shows no more and stores the first or last day of it."""
        known, others = self.date_parts & WHOLE, self.date_parts - WHOLE
        if not self.sections[0].has("date") or (known == WHOLE and "other" not in others):
            return text
        if known == {"year", "month"} and not others and text[8:] in ("01", f"{monthrange(int(text[:4]), int(text[5:7]))[1]}"):
            return text[:7]
        return text[:4] if known == {"year"} and not others and text[4:] in ("-01-01", "-12-31") else self._beside(text)

    def _beside(self, text: str) -> str:
        return f"{text}, shown in the number format {self.code}"

    def _section(self, value: float) -> _Section | None:
        """The part that applies to a number."""
        if any(section.condition for section in self.numeric):
            holding = (one for one in self.numeric if one.condition is None or HOLDS[one.condition[0]](value, one.condition[1]))
            return next(holding, None)
        if value < 0 and len(self.numeric) > 1:
            return self.numeric[1]
        return self.numeric[2] if value == 0 and len(self.numeric) > 2 else self.numeric[0]

    def _number(self, value: float) -> Any:
        section, stored = self._section(value), cell_text(value)
        if section is None or section.has("date"):
            return value
        hides_zero = value == 0 and not section.has("general", "text", "slash") and ("digit", "0") not in section.tokens
        if hides_zero or not section.has(*PLACES):
            words = section.words.strip()
            return value if words == stored or (value == 0 and words in [*DASHES]) else self._beside(stored)
        digits = cell_text(abs(value))
        if section.has("percent"):
            digits = f"{(Decimal(repr(abs(value))) * 100).normalize():f}"
        if section.is_scaled or (shown := section.filled(digits)) is None:
            return self._beside(stored)
        if value < 0 and len(self.numeric) > 1 and section is self.numeric[1] and section.condition is None:
            signed, shown = shown, shown.strip(f"{DASHES}() ")
            if shown == signed and not section.coloured:  # It shows no sign.
                return self._beside(stored)
        elif shown[:1] in [*DASHES]:  # It shows a sign that is not stored.
            return self._beside(stored)
        shown, sign = shown.removeprefix("+"), "-" if value < 0 else ""
        if shown.translate(SEPARATORS) == digits.translate(SEPARATORS):
            return value
        if shown.isdecimal() and int(shown) == value * (-1 if sign else 1):
            return PaddedNumber(sign + shown)
        return sign + shown


def _sections(code: str) -> list[_Section]:
    sections = [_Section()]
    for match in TOKEN.finditer(code):
        sort, text, section = match.lastgroup or "", match[match.lastgroup or 0], sections[-1]
        if sort == "end":
            sections.append(_Section())
        elif sort == "bracket" and ELAPSED.fullmatch(text):
            section.tokens.append(("date", text))
        elif sort == "bracket" and (condition := CONDITION.fullmatch(text)):
            section.condition = condition[1], Decimal(condition[2])
        elif sort == "bracket" and text.startswith("$"):  # A currency and a language, or one of them.
            section.tokens.append(("quoted", text[1:].partition("-")[0]))
        elif sort == "bracket":
            section.coloured = True
        elif sort != "blank":
            section.tokens.append((sort, text))
    return sections
