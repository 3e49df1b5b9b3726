"""The arguments of a check that both surfaces share: what a sentence says, and which event or country it is about."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from schema.model.claim_checks import COUNTRY, EVENT, FROM, REQUIRED, TO, VALUE
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import ALWAYS_KEYS, TOTALS_COLUMN
from schema.model.types import NUMBER

from ..errors import BadArgument
from . import conditions
from .bindings import bind, specialise
from .nodes import Check, Condition, LeftOut, Node, TotalsNode, TotalsRows, TotalsValue, Where

MAX_EVIDENCE = 20  # Claims.
# The columns of the total that a sentence is compared with.
COLUMNS = tuple(dict.fromkeys((*ALWAYS_KEYS, *TOTALS_COLUMN.codes)))  # The basis is in both.
TOTAL_PARTS: tuple[Node, ...] = (
    TotalsRows("rows", tuple(TotalsValue(name, name) for name in COLUMNS)),
    LeftOut("left_out", (TotalsValue("reason", "reason"), TotalsValue("figures", "figures"))),
)


def check(kinds: Kinds, kind: Kind, key: str, given: Mapping[str, Any], parts: tuple[Node, ...]) -> Check:
    """What is checked; `given` has the arguments by name. Raises BadArgument."""
    for name in REQUIRED:
        if given.get(name) is None:
            raise BadArgument(f"{name}: is missing; a sentence is checked by what it counts and its number, as in measure=killed&value=4")
    reader = _Reader(kinds, kind, {name: value for name, value in given.items() if value is not None})
    return reader.check(key, parts)


class _Reader:
    """Reads the arguments of one check of records of a kind."""

    def __init__(self, kinds: Kinds, kind: Kind, given: Mapping[str, Any]) -> None:
        assert kind.totals is not None
        self.kinds, self.kind, self.given, self.roles = kinds, kind, given, kind.totals
        self.link = kind.fields[self.roles.event]
        self.event = kinds[self.link.type.ref or ""]

    def check(self, key: str, parts: tuple[Node, ...]) -> Check:
        roles, about = self.roles, self._about()
        measure = self._condition(self.kind, self.kind.fields[roles.measure])
        named = {
            name: self._condition(self.kind, self.kind.fields[name])
            for name in (roles.population, roles.actor, roles.place, roles.basis)
            if name in self.given
        }
        since, until = self._days()
        return Check(
            key, self.kind, parts, self._value(), self._quantifier(), measure.value, self._unit(),
            {name: condition.value for name, condition in named.items()}, about, since, until,
            None if about.field is None else self._totals(about, [measure, *named.values()], since, until),
        )  # fmt: skip

    def _about(self) -> Condition:
        """The event or the country that the sentence is about."""
        if (EVENT in self.given) == (COUNTRY in self.given):
            raise BadArgument(
                "event, country: give one of the two: the id of an event, such as aleppo-offensive-2024, or the code of a country, such as SYR"
            )
        if EVENT in self.given:
            return conditions.condition(self.event, None, "eq", self.given[EVENT], EVENT, "give the id of the event")
        if self.roles.place in self.given:
            raise BadArgument(f"{self.roles.place}: goes with `event`; a total of a country has no place of its own")
        return self._condition(self.event, self.event.fields[self.roles.country], COUNTRY)

    def _condition(self, kind: Kind, field: Field, name: str = "") -> Condition:
        name = name or field.name
        return conditions.condition(kind, field, "eq", self.given[name], name, conditions.without_value(name), _plain)

    def _totals(self, country: Condition, others: list[Condition], since: Any, until: Any) -> TotalsNode:
        where = Where("all", (conditions.linked([self.link], (country,)), *others))
        return TotalsNode("totals", self.kind, TOTAL_PARTS, (), where, since, until)

    def _value(self) -> Any:
        """The number, which must be possible for what is counted."""
        return bind([self.given[VALUE], self.given[self.roles.measure], *self._units()], lambda texts: self._number(*texts))

    def _units(self) -> list[Any]:
        return [self.given[self.roles.unit]] if self.roles.unit in self.given else []

    def _number(self, text: Any, measure: Any, unit: Any = None) -> Decimal:
        quantities = self.kind.quantities
        assert quantities is not None
        number = _alone(text)
        codes = self._codes(measure, unit)
        if isinstance(text, str) and (problem := quantities.ambiguous(text.strip(), *codes)):
            raise BadArgument(f"{VALUE}: {problem}")
        if problem := quantities.impossible(number, *codes):
            raise BadArgument(f"{VALUE}: {problem.partition(';')[0]}")
        return number

    def _codes(self, measure: Any, unit: Any = None) -> tuple[str, str | None]:
        """The codes of a measure and of a unit, which can go together."""
        quantities, fields = self.kind.quantities, self.kind.fields
        assert quantities is not None
        code = str(conditions.parse_argument(fields[self.roles.measure].type, _plain(measure), self.roles.measure))
        counted = None if unit is None else str(conditions.parse_argument(fields[self.roles.unit].type, _plain(unit), self.roles.unit))
        if problem := quantities.wrong_unit(code, counted):
            raise BadArgument(f"{self.roles.unit}: {problem}")
        return code, counted

    def _unit(self) -> Any:
        """The unit that the sentence counts in: the one that it names, or the usual one of the measure."""

        def read(texts: list[Any]) -> str:
            measure, unit = self._codes(*texts)
            assert self.kind.quantities is not None
            return unit or self.kind.quantities.units[measure][0]

        return bind([self.given[self.roles.measure], *self._units()], read)

    def _quantifier(self) -> str | None:
        field = self.kind.fields[self.roles.quantifier]
        if field.name not in self.given:
            return None
        code = str(specialise(self.given[field.name], lambda raw: conditions.parse_argument(field.type, _plain(raw), field.name)))
        assert self.kind.quantities is not None
        if code not in self.kind.quantities.single():
            raise BadArgument(f"{field.name}: {code} needs two numbers; check them one by one, with at_least and at_most")
        return code

    def _days(self) -> tuple[Any, Any]:
        days = {name: self.given[name] for name in (FROM, TO) if name in self.given}
        if len(days) < 2:
            read = {name: bind(day, lambda raw, name=name: _day(name, raw)) for name, day in days.items()}  # type: ignore[misc]  # mypy infers no type for the default
            return read.get(FROM), read.get(TO)
        both = [*days.values()]
        return bind(both, lambda raw: _ordered(raw)[0]), bind(both, lambda raw: _ordered(raw)[1])


def _plain(raw: Any) -> Any:
    """A code, which GraphQL gives as a member of an enum."""
    return raw.value if isinstance(raw, Enum) else raw


def _alone(text: Any) -> Decimal:
    """The number of a sentence without its words. Raises BadArgument, which says where these go."""
    try:
        number = NUMBER.parse(text)
    except ValueError as error:
        words = isinstance(text, str) and re.search(r"[^\d.,+\s-]|\d\s*-\s*\d", text)
        elsewhere = (
            "; the words before it are `quantifier`, what it counts is `unit`, and the ends of a range are two checks" if words else ""
        )
        raise BadArgument(f"{VALUE}: {error}{elsewhere}") from None
    assert isinstance(number, Decimal)
    return number


def _day(name: str, raw: object) -> object:
    if isinstance(raw, str) and not raw.strip():
        raise BadArgument(f"{name}: is empty; {conditions.without_value(name)}")
    return conditions.parse_day(raw, name)


def _ordered(days: list[object]) -> tuple[dt.date, dt.date]:
    first, last = (_day(name, day) for name, day in zip((FROM, TO), days, strict=True))
    assert isinstance(first, dt.date) and isinstance(last, dt.date)
    if first > last:
        raise BadArgument(f"from, to: the span ends on {last}, before it begins on {first}; swap the two")
    return first, last
