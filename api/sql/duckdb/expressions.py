"""What the fields of our records are made of in a foreign file, as expressions of DuckDB. Text; no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import singledispatchmethod

from schema.formats.expressions import (
    EXPRESSIONS,
    Coded,
    Column,
    Concat,
    Constant,
    Digest,
    Expression,
    FirstDay,
    FirstKnown,
    IfKnown,
    Item,
    ItemIds,
    Items,
    LoadedSource,
    Lookup,
    Matched,
    OnlyIf,
    ParsedDate,
    Remainder,
    ShortestNumber,
)
from schema.model.complete import complete

from ..text import quote_identifier, quote_literal
from .types import SPACES, plain

SEPARATOR = "chr(31)"  # The ASCII unit separator, between what a digest is made of.


def named(columns: Sequence[str], one: Expression) -> str | None:
    """The column of the file that an expression is, as it is."""
    return next((name for name in one.names if name in columns), None) if isinstance(one, Column) else None


class Expressions:
    """The expressions of a format for a file with these columns, over a row of `base`."""

    def __init__(self, columns: Sequence[str], held: Mapping[str, bool], whole: bool, source: str = "") -> None:
        self.columns = list(columns)
        self.source = source
        self.whole = whole  # Whether the file has its records whole, as JSON, in a column of that name.
        self.kept: dict[str, str] = {}  # What is computed once a record, and the column of `base` that it is in.
        self.found: dict[str, str] = {}  # What is looked up, likewise; before the others, which may be made of it.
        self.held = held  # The columns that fields hold as they are; true for days, which do not hold a time.

    @singledispatchmethod
    def text(self, one: Expression) -> str:
        """An expression as text of SQL; null is unknown."""
        raise TypeError(f"{one!r} is no expression of a format")

    @text.register
    def _(self, one: Column) -> str:
        name = named(self.columns, one)
        return "null::varchar" if name is None else quote_identifier(name)

    @text.register
    def _(self, one: Constant) -> str:
        return quote_literal(one.value)

    @text.register
    def _(self, one: LoadedSource) -> str:
        return quote_literal(self.source)

    @text.register
    def _(self, one: IfKnown) -> str:
        return f"case when {self.text(one.known)} is not null then {self.text(one.of)} end"

    @text.register
    def _(self, one: Item) -> str:
        return "item"

    @text.register
    def _(self, one: Coded) -> str:
        of, entries = self.text(one.of), ", ".join(f"{quote_literal(code)}: {_literal(ours)}" for code, ours in one.codes.items())
        found = f"map {{{entries}}}[{of}]"
        listed = ", ".join(map(quote_literal, one.codes))
        return (
            found
            if one.otherwise is None
            else f"case when {of} in ({listed}) then {found} when {of} is not null then {quote_literal(one.otherwise)} end"
        )

    @text.register
    def _(self, one: Concat) -> str:
        parts = [self.text(part) for part in one.parts]
        if one.lenient:
            return f"nullif(concat_ws({quote_literal(one.by)}, {', '.join(parts)}), '')"
        return f"({(f' || {quote_literal(one.by)} || ' if one.by else ' || ').join(parts)})"

    @text.register
    def _(self, one: FirstKnown) -> str:
        return f"coalesce({', '.join(map(self.text, one.of))})"

    @text.register
    def _(self, one: Matched) -> str:
        return f"nullif(trim(regexp_extract({self.text(one.of)}, {quote_literal(one.pattern)}, 1), {SPACES}), '')"

    @text.register
    def _(self, one: ParsedDate) -> str:
        of, patterns = self.text(one.of), ", ".join(map(quote_literal, one.patterns))
        day = f"try_strptime({of}, [{patterns}])::date"
        # A year of two digits is one of the first century here: that is left for who reads the date to refuse.
        return self._once(one, f"coalesce(case when {day} >= date '1000-01-01' then ({day})::varchar end, {of})")

    @text.register
    def _(self, one: Digest) -> str:
        parts = [self.text(part) for part in one.parts]
        known = " or ".join(f"{part} is not null" for part in parts)
        told = f" || {SEPARATOR} || ".join(f"coalesce({part}, '')" for part in parts)
        return self._once(one, f"case when {known} then {quote_literal(one.prefix)} || substr(md5({told}), 1, 20) end")

    @text.register
    def _(self, one: Items) -> str:
        strip = f"trim(item, {quote_literal(one.strip)} || {SPACES})" if one.strip else f"trim(item, {SPACES})"
        of = self.text(one.of)
        within = f"regexp_extract({of}, {quote_literal(one.within)}, 1)" if one.within else of
        ends = f"regexp_replace({within}, {quote_literal(f'{one.separator}({one.begins})')}, {SEPARATOR} || '\\1', 'g')"
        parts = f"string_split({ends}, {SEPARATOR})" if one.begins else f"regexp_split_to_array({within}, {quote_literal(one.separator)})"
        if one.within:
            parts = f"case when regexp_matches({of}, {quote_literal(one.within)}) then {parts} when {of} is not null then [{of}] end"
        cut = f"list_transform({parts}, lambda item: {strip})"
        found = self._once(one, f"list_filter({cut}, lambda item: item <> '')")
        return self._once(one, f"list_filter({found}, lambda item, n: list_position({found}, item) = n)")

    @text.register
    def _(self, one: ItemIds) -> str:
        ids = f"list_transform({self.text(one.items)}, lambda item: {self.text(one.id)})"
        return self._once(one, f"nullif('{{' || array_to_string({ids}, ',') || '}}', '{{}}')")

    @text.register
    def _(self, one: Lookup) -> str:
        day, key = f"substr({self.text(one.on)}, 1, 10)", self.text(one.key)
        rows = f"(select any_value(l.value) from lookup_{one.name} l where l.key = {key} and {day} between l.since and l.until)"
        return self.found.setdefault(rows, f"kept_{len(self.found) + len(self.kept) + 1}")

    @text.register
    def _(self, one: ShortestNumber) -> str:
        of = self.text(one.of)
        return self._once(one, f"coalesce({plain(of)}, {of})")

    @text.register
    def _(self, one: OnlyIf) -> str:
        on, listed = self.text(one.on), ", ".join(quote_literal(value) for value in one.among if value is not None)
        conditions = [f"{on} in ({listed})"] * bool(listed) + [f"{on} is null"] * (None in one.among)
        return f"case when {' or '.join(conditions)} then {self.text(one.of)} end"

    @text.register
    def _(self, one: FirstDay) -> str:
        days = f"try_cast({self.text(one.hours)} as integer) // 24"
        return f"case when {days} > 0 then (try_cast(substr({self.text(one.last)}, 1, 10) as date) - ({days} - 1)::integer)::varchar end"

    @text.register
    def _(self, one: Remainder) -> str:
        if one.only:
            names = [named(self.columns, column) for column in one.only]
            return self._object({name: quote_identifier(name) for name in names if name})
        return "whole" if self.whole else self._object({name: self._beside(name) for name in self.columns})

    def _object(self, beside: Mapping[str, str]) -> str:
        """Values by their names as JSON."""
        pairs = ", ".join(
            f"{quote_literal(f'{json.dumps(name, ensure_ascii=False)}:')} || to_json({value})::varchar"
            for name, value in beside.items()
            if value
        )
        # What is null is left out: a cell without a value is not kept.
        return f"nullif('{{' || concat_ws(',', {pairs}) || '}}', '{{}}')" if pairs else "null::varchar"

    def _beside(self, name: str) -> str:
        """What of a column no field holds; of a date, its time."""
        if name not in self.held:
            return quote_identifier(name)
        return f"case when length({quote_identifier(name)}) > 10 then {quote_identifier(name)} end" if self.held[name] else ""

    def _once(self, one: Expression, sql: str) -> str:
        """The column of `base` for an expression; what depends on an item is computed for each."""
        return sql if _of_item(one) else self.kept.setdefault(sql, f"kept_{len(self.found) + len(self.kept) + 1}")


def _literal(text: str | None) -> str:
    return "null::varchar" if text is None else quote_literal(text)


def _of_item(expression: Expression) -> bool:
    """Whether an expression depends on which item of a cell its record is made for."""
    if isinstance(expression, ItemIds):  # These are the ids of all items.
        return _of_item(expression.items)
    return isinstance(expression, Item) or any(map(_of_item, expression.operands()))


# Every class of expressions has its SQL; `object` is the fallback of the dispatcher.
complete("Expressions.text in api/sql/duckdb/expressions.py", {*vars(Expressions)["text"].dispatcher.registry} - {object}, EXPRESSIONS)
