"""The words of cards of totals: pure functions of the rows of totals by REST."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from schema.codelists.vocabularies import MEASURE
from schema.kinds import KINDS
from schema.model.totals import ALWAYS_KEYS, CONTAINING_KEYS, SEPARATE_KEYS, TOTALS_KEY

from ..pauses import pause
from ..words import nouns, totals_rows
from .card_words import CUMULATIVE, Content, Line, sentence
from .sum_notices import SumText
from .totals_conditions import conditions, label

Row = Mapping[str, Any]
Kept = TypeVar("Kept")
FIGURE = KINDS["figure"]
MAX_ROWS, MAX_MONTHS = 4, 48  # Rows of a card of sums, and of a timeline.
OVERLAPPING = frozenset((*SEPARATE_KEYS, *CONTAINING_KEYS))  # Of rows by these, people may be in several.
SOME = "some of the figures"
SORTS = "running totals and counts of a period may include the same people: do not add the numbers above"


@dataclass(frozen=True)
class Totals:
    """Rows of totals, and what was asked for."""

    rows: Sequence[Row]
    by: Sequence[str]
    params: Sequence[tuple[str, str]]
    names: Mapping[str, str]  # The names of the records that conditions name, by field.
    timeline: bool
    left_out: Sequence[Row] = ()
    said_by: str = ""  # Whose claims the figures are, if they are all of one party.
    last: Callable[[Row], str] = lambda row: ""  # The last day of a row of running totals or of stocks, if it is known.
    fallen: Sequence[str] = ()  # Notes on running totals that were higher before.
    drawn: bool = False  # Whether a chart is shown in the place of the numbers.


def content(totals: Totals, figures: str) -> Content:
    """The words of a card of totals; `figures` is the address of the figures that are added."""
    rows, overlapping = printed(totals), not OVERLAPPING.isdisjoint(totals.by)
    count, disputed = (sum(row[name] for row in rows) for name in ("figures", "disputed"))
    single = not totals.timeline and len(rows) == 1
    heading = sentence(totals_rows.heading(_figure(totals, rows[0]), totals.last(rows[0]))) if single else _title(totals, rows)
    if running := totals.drawn and bool(rows) and rows[0]["basis"] == CUMULATIVE:
        heading = running_title(heading)
    lines = _timeline(totals, rows) if totals.timeline else () if single else _lines(totals, rows[:MAX_ROWS])
    kept = _kept(lines) if totals.timeline else lines
    about = "; ".join(
        part
        for part in (*(totals_rows.limits(_figure(totals, rows[0])) if single else ()), conditions(totals.params, totals.names, rows))
        if part
    )
    left = totals_rows.left_out(totals.left_out)
    sorts = [] if totals.timeline or len({row["basis"] for row in rows[:MAX_ROWS]}) < 2 else [SORTS]
    unbounded = [totals_rows.no_bounds()] if totals.timeline and rows and not any(_bounded(row) for row in rows) else []
    notes = (*totals.fallen, *sorts, *unbounded, *_hidden(totals, rows), *totals_rows.notes(rows, overlapping), *([left] if left else []))
    told = [*(_whole(line) for line in (kept if len(kept) <= MAX_ROWS else [*kept[: MAX_ROWS - 1], kept[-1]])), *notes]
    return Content(
        heading, sentence(about) if rows else "No figure is counted.", "; ".join([f"{heading}{f' ({about})' if about else ''}", *told]),
        source=f"{'latest counts' if running else _added(count, overlapping)}{totals.said_by}" if rows else "",
        source_href=figures, lines=kept, more=0 if single else len(rows) - len(kept), table=totals.timeline, notes=notes,
        disputed=(SOME if overlapping else f"{disputed:,} of the figures") if disputed else "",
    )  # fmt: skip


def running_title(heading: str) -> str:
    """The title of a chart of running totals, which has all counts and no sums, from that of their sums by month or by year."""
    return f"{heading.rpartition(' by ')[0]}: running totals"


def _added(count: int, overlapping: bool) -> str:
    if overlapping:
        return "sums of figures, which overlap"
    return totals_rows.figures(count) if count == 1 else f"sum of {totals_rows.figures(count)}"


def words_of_chart(totals: Totals) -> tuple[str, str]:
    """The heading and the detail of a timeline, for which its rows need only their unit and their basis."""
    return _title(totals, totals.rows), sentence(conditions(totals.params, totals.names, totals.rows))


def unit_noun(totals: Totals, rows: Sequence[Row]) -> str:
    """What some rows count, as a plural."""
    noun = nouns.nouns_of(_figure(totals, rows[0])) if rows else None
    return noun.some if noun else "number"


def figures_page(params: Sequence[tuple[str, str]], by: Sequence[str], revision: int | None = None) -> str:
    """The address of exactly the figures that totals count: their list or, where it has no such conditions, the totals themselves.

    In a list, `counted_in` is that of totals without conditions. It is the same for those of one measure, unit or basis, since figures are
    only compared with others of these.
    """
    asked = [(name, text) for name, text in params if name != "by"]
    kept = [("revision", str(revision))] if revision is not None else []
    listed = all(name.partition(".")[0] in ALWAYS_KEYS for name, _ in asked) and not {*SEPARATE_KEYS} & {*by}
    path, query = ("/figures", [*asked, ("counted_in.known", "false")]) if listed else ("/v1/figures/totals", [*params])
    return f"{path}?{urlencode([*query, *kept])}"


def _whole(line: Line) -> str:
    return f"{line.label}: {line.text}" if line.label else line.text


def _kept(lines: Sequence[Kept]) -> tuple[Kept, ...]:
    """The newest of a timeline, and the last, which may have no date."""
    return (*lines[: MAX_MONTHS - 1], *lines[-1:]) if len(lines) > MAX_MONTHS else tuple(lines)


def _hidden(totals: Totals, rows: Sequence[Row]) -> Iterator[str]:
    """What a timeline, which has one unit and one basis, does not show."""
    groups: dict[tuple[Any, Any], list[Row]] = {}
    shown = {id(row) for row in rows}  # There may be ten thousand.
    for row in totals.rows:
        if id(row) not in shown:
            groups.setdefault((row["unit"], row["basis"]), []).append(row)
    yield from (f"not shown: {totals_rows.phrase(_figure(totals, totals_rows.added(group)))}" for group in groups.values())


class Sums:
    """Rows by what is summed in each, in words once these are asked for; records among it are known by their ids, since their names may change."""

    def __init__(self, totals: Totals, rows: Sequence[Row]) -> None:
        self.totals = totals
        self.rows = {tuple(_identity(row.get(key)) for key in (*TOTALS_KEY.codes, *ALWAYS_KEYS, "basis")): row for row in rows}

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __contains__(self, key: object) -> bool:
        return key in self.rows

    def get(self, key: tuple[Any, ...]) -> SumText | None:
        if (row := self.rows.get(key)) is None:
            return None
        keys = ", ".join(label(key, row[key]) for key in self.totals.by if key != "measure")
        named = keys or ("" if len(self.rows) == 1 else label("measure", row["measure"]))
        return SumText(named, totals_rows.amount(row), row["figures"], row["disputed"])


def sums(totals: Totals, every: bool = False) -> Sums:
    """The rows that a card prints, or all of them."""
    rows = totals.rows if every else printed(totals)
    return Sums(totals, rows if every else _kept(_in_order(totals, rows)) if totals.timeline else rows[:MAX_ROWS])


def printed(totals: Totals) -> Sequence[Row]:
    """The rows that a card is about: of a timeline, those of one unit and one basis."""
    return _series(totals.rows) if totals.timeline else totals.rows


def _identity(value: Any) -> Any:
    return value["id"] if isinstance(value, Mapping) else value


def _figure(totals: Totals, row: Row) -> Row:
    """A row as a figure, whose population may be that of a condition; `partial` says that counts are missing from its sum."""
    pause()
    return {"population": dict(totals.params).get("population"), "partial": totals_rows.partial(row, totals.left_out, totals.rows), **row}


def _series(rows: Sequence[Row]) -> list[Row]:
    """The rows of the unit and the basis with the most figures: a timeline is of one."""
    counts: dict[tuple[Any, Any], int] = {}
    for row in rows:
        counts[row["unit"], row["basis"]] = counts.get((row["unit"], row["basis"]), 0) + row["figures"]
    most = max(counts, key=lambda key: counts[key], default=None)
    return [row for row in rows if (row["unit"], row["basis"]) == most]


def _title(totals: Totals, rows: Sequence[Row]) -> str:
    measure = dict(totals.params).get("measure")
    known = measure in MEASURE.codes
    units = {row["unit"] for row in rows}
    unit = units.pop() if len(units) == 1 else None
    row: Row = {"measure": measure, "population": dict(totals.params).get("population"), "unit": unit} if known else {}
    noun = nouns.nouns_of(row) if known else None
    title = nouns.wording(str(measure)).templates[0].format(counted=noun.some if noun else "").strip() if known else "totals"
    by = ", ".join(nouns.actor_of(str(measure)) if key == "actor" and known else TOTALS_KEY.codes[key].label.lower() for key in totals.by)
    return sentence(f"{title} by {by}" if by else title)


def _lines(totals: Totals, rows: Sequence[Row]) -> tuple[Line, ...]:
    return tuple(
        Line(
            ", ".join(label(key, row[key]) for key in totals.by if key != "measure"),
            sentence(totals_rows.phrase(_figure(totals, row), totals.last(row))),
        )
        for row in rows
    )


def _timeline(totals: Totals, rows: Sequence[Row]) -> tuple[Line, ...]:
    """The newest month first, and last what has no date; a bar is as long as the best estimate or the lower bound, and paler up to the upper bound."""
    key = totals.by[0]
    bounds = "" if any(_bounded(row) for row in rows) else totals_rows.no_bounds()
    longest = max((float(_end(row) or 0) for row in rows if row[key]), default=0) or 1
    return tuple(
        Line(
            sentence(label(key, row[key])),
            totals_rows.counted(_figure(totals, row), totals.last(row), bounds),
            _bar(row, longest) if row[key] else (0, 0),
            open=bool(row[key]) and row["high"] is None,
            part=totals_rows.uncovered(row) is not None,
        )
        for row in _in_order(totals, rows)
    )


def _bounded(row: Row) -> bool:
    return row["low"] is not None or row["high"] is not None


def _in_order(totals: Totals, rows: Sequence[Row]) -> list[Row]:
    """The rows of a timeline, the newest first, and last what has no date."""
    key = totals.by[0]
    return sorted(rows, key=lambda row: str(row[key] or ""), reverse=True)


def _bar(row: Row, longest: float) -> tuple[float, float]:
    shown = totals_rows.stated(row)
    known = shown["low"] if shown["best"] is None else shown["best"]
    return round(100 * float(known or 0) / longest, 1), round(100 * float(_end(row) or 0) / longest, 1)


def _end(row: Row) -> Any:
    """The largest number of a row."""
    return max((row[name] for name in ("low", "best", "high") if row[name] is not None), default=0)
