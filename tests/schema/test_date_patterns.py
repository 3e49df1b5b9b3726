"""Patterns of dates: each states a day, a month or a year, or is refused where it is declared."""

from __future__ import annotations

import pytest

from api.intake.rejection_advice import DATES_AND_TIMES
from schema.formats.date_patterns import DAY, MONTH, YEAR, fault, precision
from schema.formats.expressions import Column, DateSpelling, ParsedDate, PeriodDay, PeriodPrecision
from schema.formats.maps import read_map
from schema.kinds import KINDS
from schema.model.declaration_error import BadDeclaration

from ..support.map_files import FOLDER

STATED = {
    "%d/%m/%Y": DAY, "%-d/%-m/%y": DAY, "%Y%m%d": DAY, "%A, %d %B %Y": DAY, "%a %d %b %Y %I:%M:%S %p": DAY, "%Y-%m-%dT%H:%M:%S.%fZ": DAY, "%Y %j": DAY,
    "Killed %m/%Y": MONTH, "%B %Y": MONTH, "%YM%m": MONTH, "%Y年%m月": MONTH, "Killed %Y": YEAR, "%Y (100%%)": YEAR,
}  # fmt: skip
REFUSED = {
    "%d %B": "states no year", "%d.%m.": "states no year", "%B": "states no year", "%A": "states no year", "%H:%M": "states no year", "%j": "states no year",
    "%d %B 2024": "states no year", "%Y-%W": "has %W", "%G-W%V": "has %G", "%G-W%V-%u": "has %G", "%s": "has %s", "%c": "has %c", "%x": "has %x", "%X": "has %X",
    "%q": "has %q", "%d/%m/%Y %": "has %,", "%d/%m/%Y - %d/%m/%Y": "has %d twice", "%Y-%m-%d (%y)": "states the year twice", "%d %B %m %Y": "states the month twice",
    "%d %Y": "states a day and a year", "%Y-%m %H:%M": "states a time, but no day", "%A %B %Y": "states a weekday, but no day", "%Y Q%m": "a quarter", "Q%m %Y": "a quarter",
    "Quarter %m of %Y": "a quarter", "%mQ %Y": "a quarter", "%Y-W%m": "a quarter", "100%%": "is not a pattern", "%Y-%m-%d %H:%M %z": "that of UTC", "%Y-%m-%d %H:%M %Z": "that of UTC", "yyyy": "is not a pattern",
}  # fmt: skip


@pytest.mark.parametrize("pattern", STATED)
def test_a_pattern_states_a_day_a_month_or_a_year(pattern: str) -> None:
    assert (fault(pattern), precision(pattern)) == ("", STATED[pattern])


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_by_which_a_date_would_be_invented_is_refused_wherever_it_is_declared(pattern: str) -> None:
    assert REFUSED[pattern] in fault(pattern) and "; " in fault(pattern)
    for declared in (
        lambda: ParsedDate(Column(("When",)), (pattern,)), lambda: PeriodDay(Column(("When",)), (pattern,)),
        lambda: DateSpelling(Column(("When",)), (pattern,)), lambda: PeriodPrecision(Column(("When",)), "month", "year", (pattern,)),
    ):  # fmt: skip
        with pytest.raises(BadDeclaration, match="the pattern"):
            declared()


def test_a_map_with_such_a_pattern_is_refused_with_the_column_the_pattern_and_the_cure() -> None:
    plain = (FOLDER / "plain-list.map.yaml").read_text("utf-8")
    for_all, problems = read_map(KINDS, "a.yaml", plain.replace("%d/%m/%Y", "%d %B"))
    assert for_all is None and [one.text for one in problems] == [f"dates: '%d %B' {fault('%d %B')}"]
    own, problems = read_map(KINDS, "a.yaml", plain.replace("Date: event.date", "Date: {to: event.date, dates: '%Y-%W'}"))
    assert own is None and [one.text for one in problems] == [f"'Date': the dates '%Y-%W' {fault('%Y-%W')}"]


def test_an_expression_that_reads_days_alone_has_patterns_of_days() -> None:
    with pytest.raises(BadDeclaration, match="'%B %Y' states a month; here it must state a day"):
        ParsedDate(Column(("When",)), ("%B %Y",))


def test_every_pattern_that_is_advised_or_drafted_is_read() -> None:
    assert [pattern for pattern in DATES_AND_TIMES if fault(pattern)] == []
