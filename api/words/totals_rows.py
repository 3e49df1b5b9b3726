"""A row of totals in words, as docs/totals.md says how to print one: never a bound or an estimate as the exact number. Pure functions of REST rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from schema.codelists.vocabularies import ORIGIN
from schema.model.totals import (
    COUNT_COLUMNS,
    DATE_KEYS,
    DAY_COLUMNS,
    DERIVED_REASONS,
    LEFT_OUT_REASON,
    SPANNED,
    SUM_COLUMNS,
    UNCOUNTED_REASONS,
)

from .. import words
from . import dates, nouns
from .babel_formats import DIGITS
from .languages import language, say

Row = Mapping[str, Any]
APPROXIMATELY = "approximately"
REPORTED = "reported"  # The origin that need not be named.
FLOW, CUMULATIVE, STOCK = "flow", "cumulative", "stock"


def partial(row: Row, left_out: Iterable[Mapping[str, Any]], rows: Iterable[Row]) -> bool:
    """Whether a sum over periods may miss people who are counted only in figures that were left out, which a month with two reports out of thirty must say.

    `rows`: all of the answer. If more derived figures were left out than others added, some periods have only derived ones.
    """
    counts = {one["reason"]: one["figures"] for one in left_out}
    added = sum(one["figures"] for one in rows if one["basis"] == FLOW)
    derived = sum(counts.get(reason, 0) for reason in DERIVED_REASONS)
    return row["basis"] == FLOW and bool(row["figures"]) and (derived > added or not counts.keys().isdisjoint(UNCOUNTED_REASONS))


def stated(row: Row) -> dict[str, Any]:
    """A row as a figure whose words are true of its sum: with its bounds, and "about" before an estimate that they do not confirm."""
    low, best, high = _numbers(row)
    if best is None or (low is not None and low > best):
        return {**row, "best": None, "quantifier": None}
    if row.get("overlap_unknown"):
        return {**row, "low": row["best"], "best": None, "high": None, "quantifier": None if low == best else APPROXIMATELY}
    if row.get("without_best"):
        return {**row, "low": None, "high": None, "quantifier": APPROXIMATELY}
    sure = high == best and (low == best or not best)
    return {**row, "quantifier": None if sure else APPROXIMATELY}


def beside(row: Row) -> str:
    """What an estimate lacks, behind the number."""
    missing = row.get("without_best") or 0
    if not missing or stated(row)["best"] is None:
        return ""
    return say("further_count" if missing == 1 else "further_counts", words.number(missing))


def amount(row: Row) -> str:
    """The sum of a row without its noun: "about 320 (300 to 500)", "at least 238", "about 100, and an unknown number in 1 further count"."""
    return words.amount(stated(row)) + beside(row)


def counted(row: Row, last: str = "", unless: str = "") -> str:
    """The sum of a row with its noun, and what must be known about it. `last`: the last day of a running total or of a stock. `unless`: said elsewhere."""
    return _with(words.counted(stated(row)) + beside(row), [remark for remark in remarks(row, last) if remark != unless])


def phrase(row: Row, last: str = "") -> str:
    """The sum of a row with what was counted: "about 8,931 civilians killed (no bounds are stated)"."""
    return _with(_phrase(row), remarks(row, last))


def heading(row: Row, last: str = "") -> str:
    """The same, without what stands below a heading: the remarks of `limits`."""
    return _with(_phrase(row), [*_origin(row), *_held(row, last)])


def remarks(row: Row, last: str = "") -> list[str]:
    """What must be known about the number of a row, the most important first."""
    return [*_origin(row), *_held(row, last), *limits(row)]


def limits(row: Row) -> list[str]:
    """What the number of a row does not say by itself about its bounds, and what it leaves out."""
    (low, best, high), shown, told = _numbers(row), stated(row), []
    if row.get("partial"):
        told.append(say("partial_sum", words.number(row["figures"])))
    if days := uncovered(row):
        told.append(say("covered_days", *map(words.number, days)))
    if best is not None and low is not None and low > best and not row.get("contradicted"):
        told.append(say("partial"))
    if row.get("overlap_unknown"):
        told.append(say("by_estimate", say("overlaps")) if shown["quantifier"] else say("overlaps"))
    if best is not None:
        hidden = [say("at_least", words.number(low))] if low is not None and _unsaid(row, "low", low < best) else []
        hidden += [say("up_to", words.number(high))] if high is not None and _unsaid(row, "high", high > best) else []
        told += [say("in_all", say("and").join(hidden))] if hidden else []
        told += [no_bounds()] if low is None and high is None else []
    told += (
        [say("origins", say("comma").join(map(_label, origins)))]
        if (origins := row.get("origins") or ()) and {*origins} != {REPORTED} and "origin" not in row
        else []
    )
    return [*told, *([say("contradicted")] if row.get("contradicted") else [])]


def uncovered(row: Row) -> tuple[int, int] | None:
    """How many days of its event a row counts, and how many there are; None if it counts all of them, or if that is not known."""
    covered, days = (row.get(name) for name in DAY_COLUMNS)
    return (covered, days) if covered is not None and days is not None and covered < days else None


def no_bounds() -> str:
    return say("no_bounds")


def left_out(reasons: Iterable[Mapping[str, Any]]) -> str:
    """How many figures were not added, and why; empty if none."""
    counts = {one["reason"]: one["figures"] for one in reasons}
    if not counts:
        return ""
    named = [
        f"{LEFT_OUT_REASON.codes[code].label.lower() if code in LEFT_OUT_REASON.codes else code}: {count:,}"
        for code, count in counts.items()
    ]
    return f"not added: {figures(sum(counts.values()))} ({', '.join(named)})"


def notes(rows: Sequence[Row], overlapping: bool) -> list[str]:
    """What is not exact about the figures of some rows. `overlapping`: one figure may be in several rows, so that numbers of them are not added."""
    texts = {
        "imprecise_dates": "for {} the exact days are unknown, so some may fall outside the period",
        "without_low": "no lower bound in {}",
        "approximated": "bounds that hold, but may be weaker than the exact ones, in {}",
    }  # fmt: skip
    found = []
    for column, text in texts.items():
        count = sum(row.get(column) or 0 for row in rows)
        some = any(row["low"] is not None for row in rows) or column != "without_low"
        if count and some:
            what = figures(count) if column == "imprecise_dates" else f"{count:,} group{'s' if count != 1 else ''} of figures"
            found.append(text.format(f"some {what.partition(' ')[2].rstrip('s')}s" if overlapping else what))
    return found


def figures(count: int) -> str:
    return f"{count:,} figure{'s' if count != 1 else ''}"


def added(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows of one measure, unit and basis that differ only in their month, year or country, as one."""
    total: dict[str, Any] = dict(rows[0])
    for name in SUM_COLUMNS:
        known = [Decimal(str(row[name])) for row in rows if row[name] is not None]
        with localcontext(prec=DIGITS):
            total[name] = sum(known) if known and (name != "high" or len(known) == len(rows)) else None
    return (
        total | {name: sum(row.get(name) or 0 for row in rows) for name in COUNT_COLUMNS} | dict(zip(DAY_COLUMNS, _days(rows), strict=True))
    )


def _days(rows: Sequence[Row]) -> Sequence[int | None]:
    """The days of several rows: of months or years, their sums; of countries, those of the row with the most that nobody counted."""
    if not any(name in rows[0] for name in DATE_KEYS):
        return max(filter(None, map(uncovered, rows)), key=lambda found: found[1] - found[0], default=(None, None))
    found = [[row.get(name) for name in DAY_COLUMNS] for row in rows]
    return (None, None) if any(None in days for days in found) else [sum(days) for days in zip(*found, strict=True)]


def _phrase(row: Row) -> str:
    return words.phrase({**stated(row), "basis": None, "origin": None}) + beside(row)


def _origin(row: Row) -> list[str]:
    """How the numbers of a row by origin were obtained, unless they were reported."""
    return [_label(row["origin"])] if row.get("origin") not in (None, REPORTED) else []


def _label(origin: str) -> str:
    return nouns.label(ORIGIN, origin) if origin in ORIGIN.codes else origin


def _held(row: Row, last: str, within: str = "") -> list[str]:
    """When a running total or a stock holds; nothing for a flow. Rows of several figures have several days. `within`: the period of their days."""
    if row.get("basis") not in (CUMULATIVE, STOCK):
        return []
    running, several = row["basis"] == CUMULATIVE, row["figures"] > 1
    if not last:
        held = say("running_total" if running else "count_at_a_time")
        return [say("comma").join([held, say("latest_count", within)]) if within else held]
    message = ("running_totals_to" if several else "running_total_to") if running else "counts_as_of" if several else "count_as_of"
    return [say(message, dates.day(last))]


def _unsaid(row: Row, name: str, differs: bool) -> bool:
    """Whether the words of a number leave out a bound: one that stands behind the number, or one that is the estimate, which is "about" that."""
    shown = stated(row)
    if shown["best"] is None or row.get("without_best"):
        return differs and shown[name] != row[name]
    return not differs and shown["quantifier"] == APPROXIMATELY and None in (shown["low"], shown["high"])


def _with(text: str, told: Sequence[str]) -> str:
    return f"{text} ({say('semicolon').join(told)})" if told else text


def _numbers(row: Row) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    low, best, high = (None if row[name] is None else Decimal(str(row[name])) for name in SUM_COLUMNS)
    return low, best, high


def sentence(row: Row) -> str:
    """A row as a sentence without a full stop: what was counted, where and when, as far as the row is by these."""
    period = _period(row)
    within = period if row.get("basis") in (CUMULATIVE, STOCK) and _known_period(row) else ""  # Such a number is not that of the period.
    told = _with(_phrase(row), [*_origin(row), *_held(row, "", within), *limits(row), *_other_days(row)])
    return words.joined(told, words.place({"location": row.get("place"), "country": row.get("country")}), "" if within else period)


def _other_days(row: Row) -> list[str]:
    """How many counts of a row of a month, a year or the days of a request may be of other days too."""
    dated = row.get(SPANNED) or any(row.get(name) for name in DATE_KEYS)
    return [say("other_days", words.number(row["imprecise_dates"]))] if dated and row.get("imprecise_dates") else []


def _known_period(row: Row) -> str:
    """The month of a row by months, or its year if it is by years; empty if it is unknown or the row is by neither."""
    return next((str(row[name] or "") for name in DATE_KEYS if name in row), "")


def _period(row: Row) -> str:
    """The month or the year of a row by these; "undated" if it is known of neither."""
    asked = [name for name in DATE_KEYS if name in row]
    if not asked:
        return ""
    known = _known_period(row)
    if not known:
        return say("undated")
    first = dt.date.fromisoformat(f"{known}-01-01"[:10])
    return say("in_period", dates.month(first) if asked[0] == DATE_KEYS[0] else language().year(first))
