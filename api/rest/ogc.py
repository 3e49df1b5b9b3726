"""`bbox` and `datetime` as OGC API - Features has them, as conditions on the place and the dates of records; and numbers as GDAL needs them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.parsers import coordinate_parser
from schema.model.types import NUMBER

from ..errors import BadArgument, shown
from ..query.bindings import bind, item, specialise
from ..query.conditions import DATE_PATTERN, TIME_PATTERN
from ..query.nodes import Condition, Related, Where

BBOX, DATETIME = "bbox", "datetime"
OPEN = ("..", "")  # An end of a span that is not limited.
BOX_PARSERS = (coordinate_parser(180), coordinate_parser(90)) * 2
MAX_EXACT = 2**53  # Below it, every whole number is a floating-point number too.
Box = tuple[float, float, float, float]
Span = tuple[dt.date | None, dt.date | None]


def has_place(kind: Kind) -> bool:
    """Whether records of a kind are on a map."""
    return bool(kind.point)


def has_dates(kinds: Kinds, kind: Kind) -> bool:
    return kinds.has_days(kind)


def in_box(kinds: Kinds, kind: Kind, text: Any) -> Where:
    """The condition that the place of a record is in a box, which may cross the antimeridian. Raises BadArgument."""
    if kind.places:
        return Where("any", tuple(_in_box_there(kinds, kind, n, text) for n in range(len(kind.places))))
    latitude, longitude = kind.degrees
    west, south, east, north = (bind(text, item(parse_box, n)) for n in range(4))
    sides = (Condition(longitude, "gte", west), Condition(longitude, "lte", east))
    crosses = specialise(text, lambda raw: parse_box(raw)[0] > parse_box(raw)[2])
    width: tuple[Where | Condition | Related, ...] = (Where("any", sides),) if crosses else sides
    return Where("all", (Condition(latitude, "gte", south), Condition(latitude, "lte", north), *width))


def _in_box_there(kinds: Kinds, kind: Kind, n: int, text: Any) -> Where:
    """The condition that the place of a record is that of its n-th reference, since the earlier ones are unknown, and in a box."""
    *unknown, link = kind.places[: n + 1]
    there = Condition(link, "match", in_box(kinds, kinds[link.type.ref or ""], text))
    return Where("all", (*(Condition(earlier, "known", False) for earlier in unknown), there))


def parse_box(text: str) -> Box:
    """The west, south, east and north of a box, in degrees. Raises BadArgument."""
    try:
        west, south, east, north = (parse(part) for parse, part in zip(BOX_PARSERS, text.split(","), strict=True))
    except ValueError:
        raise BadArgument(
            f"{BBOX}: must be four numbers in degrees, the least longitude and latitude and the greatest, such as 35.7,32.3,42.4,37.3; not {shown(text)!r}"
        ) from None
    if south > north:
        raise BadArgument(f"{BBOX}: its first latitude is the lower one, such as 35.7,32.3,42.4,37.3; not {shown(text)!r}")
    return west, south, east, north


def in_span(kinds: Kinds, kind: Kind, text: Any) -> Where:
    """The condition that the dates of a record have a day of a span. A record without own dates has those of what it is about.

    An unknown last day is no limit: what has not ended continues. Nor is an unknown first day, unless what the record is about begins later.
    Raises BadArgument.
    """
    link = kinds.dated_link(kind)
    linked = Where("all", (Condition(link, "match", in_span(kinds, kinds[link.type.ref or ""], text)),)) if link else None
    if kind.span is None:
        assert linked is not None
        return linked
    first, last = kind.span
    parts: list[Where | Condition | Related] = [_any(Condition(first, "known", True), Condition(last, "known", True))]
    since_given, until_given = specialise(text, lambda raw: tuple(day is not None for day in parse_span(raw)))
    if until_given:
        until = bind(text, item(parse_span, 1))
        parts.append(_any(Condition(first, "lte", until), _begins_by(kinds, kind, until)))
    if since_given:
        parts.append(_any(Condition(last, "gte", bind(text, item(parse_span, 0))), Condition(last, "known", False)))
    own = Where("all", tuple(parts))
    if linked is None:
        return own
    return _any(own, Where("all", (Condition(first, "known", False), Condition(last, "known", False), linked)))


def _begins_by(kinds: Kinds, kind: Kind, until: Any) -> Where:
    """The condition that a record whose first day is unknown may have begun by a day: it ended by then, or what it is about had begun."""
    assert kind.span is not None
    first, last = kind.span
    unknown, link = Condition(first, "known", False), kinds.dated_link(kind)
    span = kinds[link.type.ref or ""].span if link else None
    if link is None or span is None:
        return Where("all", (unknown,))
    begun = _any(Condition(span[0], "lte", until), Condition(span[0], "known", False))
    return Where("all", (unknown, _any(Condition(last, "lte", until), Condition(link, "match", begun))))


def _any(*parts: Where | Condition | Related) -> Where:
    return Where("any", parts)


def parse_span(text: str) -> Span:
    """The first and the last day of a span such as `2024-11-27/..`; None for an open end. Raises BadArgument."""
    ends = text.split("/")
    since, until = (ends * 2 if len(ends) == 1 else ends)[:2]
    if len(ends) > 2 or (since in OPEN and until in OPEN):
        raise _no_span(text)
    first, last = _day(since, text), _day(until, text)
    if first and last and first > last:
        raise BadArgument(f"{DATETIME}: its first day is after its last; give them in order, such as 2024-11-27/2024-12-08")
    return first, last


def _day(end: str, text: str) -> dt.date | None:
    """The day of an end, which may be a time: its day in UTC. Raises BadArgument, also for the T without a time that GDAL sends."""
    if end in OPEN:
        return None
    if end.endswith("T"):
        raise BadArgument(
            f"{DATETIME}: {shown(end)!r} has a T and no time. GDAL sends it for a filter of any column of dates, and would return records that do "
            "not meet the filter; read a file in place of the collection, such as /v1/events.geojson?started_on.gte=2024-11-27"
        )
    try:
        if TIME_PATTERN.fullmatch(end):
            time = dt.datetime.fromisoformat(end)
            return (time.astimezone(dt.UTC) if time.tzinfo else time).date()
        if DATE_PATTERN.fullmatch(end):
            return dt.date.fromisoformat(end)
    except (ValueError, OverflowError):
        pass
    raise _no_span(text)


def _no_span(text: str) -> BadArgument:
    return BadArgument(
        f"{DATETIME}: must be a day or a span such as 2024-11-27, 2024-11-27/2024-12-08 or 2024-11-27/..; not {shown(text)!r}"
    )


def with_decimals(kind: Kind, name: str, value: Any) -> Any:
    """The value of a column; of one that may have decimals with some, as 400.0.

    GDAL takes the types of columns from the first features: after 400 it would read 2.75 as 2.
    """
    decimal = name in kind.fields and kind.fields[name].type is NUMBER
    return float(value) if decimal and isinstance(value, int) and abs(value) < MAX_EXACT else value
