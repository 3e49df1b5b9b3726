"""Selects that count what the claims of a file lack, so that searches and totals leave them out or count them twice. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.model.kind import Kind

from ..text import quote_identifier, quote_literal

# The years of the last two centuries in other calendars.
OTHER_CALENDARS = (
    (2460, 2599, "the calendar of Thailand (543 years ahead)"),
    (1300, 1479, "the calendar of Iran, or the Islamic one"),
)
MAX_DEPTH = 6  # Of places within places.


def of_claims(kinds: Sequence[Kind], file: int) -> Iterator[tuple[str, str, str]]:
    """Sentences about one record and, with a place for their number, about several, each with the select of that number; none is printed for 0."""
    by_name = {kind.name: kind for kind in kinds}
    figure = next((kind for kind in kinds if kind.totals), None)
    if figure is None or (roles := figure.totals) is None or roles.event not in by_name:
        return
    figures, happened = f"(from claims_{figure.name} where file = {file})", f"(from claims_{roles.event} where file = {file})"
    dated = f"select {roles.event} from {figures} f where coalesce({roles.start}, {roles.end}) is not null"
    yield (
        "1 event has no date: neither searches by date nor totals of a span find it",
        "{} events have no date: neither searches by date nor totals of a span find them",
        f"select count(distinct id) from {happened} e where coalesce({roles.event_start}, {roles.event_end}) is null and id not in ({dated})",
    )
    differ = " or ".join(f"count(distinct {name}) > 1" for name in (roles.event_place, roles.event_start) if name)
    cure = "give each an event of its own, or, in a map, let the figures have the place (`of: figures`) and the days"
    yield (
        f"1 event has rows with different places or days, and gets the place and the days of one of them: {cure}",
        f"{{}} events have rows with different places or days, and each gets the place and the days of one of them: {cure}",
        f"select count(*) from (select id from {happened} e group by id having {differ}) several",
    )
    for first, last, calendar in OTHER_CALENDARS:
        yield (
            f"1 event is in a year from {first} to {last}, as {calendar} counts them now: if so, write its date in the Gregorian calendar",
            f"{{}} events are in years from {first} to {last}, as {calendar} counts them now: if so, write their dates in the Gregorian calendar",
            f"select count(distinct id) from {happened} e where {roles.event_start} between '{first}' and '{last}-12-31'",
        )
    yield (
        "1 figure has no basis, so totals leave it out: nothing says whether its number covers a period, holds on a day, or is a running total",
        "{} figures have no basis, so totals leave them out: nothing says whether their numbers cover a period, hold on a day, or are running totals",
        f"select count(*) from {figures} f where {roles.basis} is null",
    )
    if roles.place in by_name:
        yield (
            "1 figure is of a place that contains places of other figures of the same people and days: its row overlaps theirs by level",
            "{} figures are of places that contain places of other figures of the same people and days: their rows overlap by level",
            _overlapping(figure, by_name[roles.place], file),
        )


def called_by_numbers(kind: Kind, file: int) -> str:
    """Select how many records of a kind a file calls by a name with digits and without any letter, and one of these names."""
    number = f"regexp_matches({kind.label}, '\\p{{N}}') and not regexp_matches({kind.label}, '\\p{{L}}')"
    return f"select count(distinct id), min({kind.label}) from claims_{kind.name} where file = {file} and {number}"


def only_numbers(base: str, columns: Sequence[str]) -> str:
    """Select the columns of a table of records that have numbers and nothing else, in their order."""
    cells = (
        f"select {n} as n, {quote_literal(name)} as name from {base} having bool_and(regexp_full_match(trim({quote_identifier(name)}), '-?[0-9][0-9., ]*')"
        f" or coalesce(trim({quote_identifier(name)}), '') = '') and count(nullif(trim({quote_identifier(name)}), '')) > 0"
        for n, name in enumerate(columns)
    )
    return f"select name from ({' union all '.join(cells)}) order by n"


def _overlapping(figure: Kind, place: Kind, file: int) -> str:
    """Count the figures of places that contain the place of another figure; a figure without a place is of its whole country."""
    roles = figure.totals
    assert roles is not None
    part_of = next(field.name for field in place.fields.values() if field.type.ref == place.name)
    alike = ", ".join((roles.measure, roles.population, roles.unit, roles.start, roles.end))
    return f"""
with recursive places as (
  select distinct id, {part_of} as above from claims_{place.name} where file = {file}
), within (id, above, depth) as (
  select id, above, 1 from places where above is not null
  union all select w.id, p.above, depth + 1 from within w join places p on p.id = w.above where p.above is not null and depth < {MAX_DEPTH}
), counted as (
  select f.id, coalesce(f.{roles.place}, e.{roles.event_place}) as place, e.{roles.country} as country, {", ".join(f"f.{name}" for name in alike.split(", "))}
  from claims_{figure.name} f
  join (select id, any_value({roles.event_place}) as {roles.event_place}, any_value({roles.country}) as {roles.country}
    from claims_{roles.event} where file = {file} group by id) e on e.id = f.{roles.event}
  where f.file = {file}
), levels as (
  select distinct w.above as place, {alike} from counted c join within w on w.id = c.place
), countries as (
  select distinct country, {alike} from counted where place is not null
)
select count(*) from counted c
where exists (select 1 from levels l where l.place = c.place and {_same(alike)})
  or (c.place is null and c.country is not null and exists (select 1 from countries l where l.country = c.country and {_same(alike)}))
"""


def _same(names: str) -> str:
    return " and ".join(f"l.{name} is not distinct from c.{name}" for name in names.split(", "))
