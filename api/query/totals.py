"""The arguments of totals that both surfaces share: the span of days, and the keys that are records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import TOTALS_KEY

from ..errors import BadArgument
from . import conditions
from .bindings import bind


def record_kinds(kinds: Kinds, kind: Kind) -> dict[str, Kind]:
    """The keys of totals that are records, with their kinds."""
    fields = {key: kind.fields.get(getattr(kind.totals, key, "")) for key in TOTALS_KEY.codes}
    return {key: kinds[field.type.ref] for key, field in fields.items() if field is not None and field.type.ref}


def span(since: Any, until: Any) -> tuple[Any, Any]:
    """The first and the last day, either or both None. Raises BadArgument, and so do the Parameters for later requests."""
    if since is None or until is None:
        return _day("since", since), _day("until", until)
    both = [since, until]
    return bind(both, lambda days: _ordered(days)[0]), bind(both, lambda days: _ordered(days)[1])


def _day(name: str, value: Any) -> Any:
    return None if value is None else bind(value, lambda day: _parsed_day(name, day))


def _parsed_day(name: str, day: object) -> object:
    if isinstance(day, str) and not day.strip():
        raise BadArgument(f"{name}: is empty; {conditions.without_value(name)}")
    return conditions.parse_day(day, name)


def _ordered(days: list[object]) -> tuple[dt.date, dt.date]:
    first, last = (_parsed_day(name, day) for day, name in zip(days, ("since", "until"), strict=True))
    assert isinstance(first, dt.date) and isinstance(last, dt.date)
    if first > last:
        raise BadArgument(f"since, until: the span ends on {last}, before it begins on {first}; swap the two")
    return first, last
