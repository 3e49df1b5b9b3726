"""The expressions of a format as SQL for DuckDB. Text; no I/O.

One module, although long: it has one short method for each expression, and is checked for completeness.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import singledispatchmethod

from schema.formats.date_patterns import DAY, MONTH, YEAR, precision
from schema.formats.expressions import (
    EXPRESSIONS,
    Coded,
    Column,
    Concat,
    Constant,
    DateSpelling,
    Digest,
    Expression,
    FirstDay,
    FirstKnown,
    Identifier,
    IfKnown,
    Item,
    ItemIds,
    Items,
    LoadedSource,
    LocalMidnight,
    Lookup,
    Matched,
    OnlyIf,
    ParsedDate,
    PeriodDay,
    PeriodPrecision,
    Remainder,
    RowDigest,
    ShortestNumber,
    Times,
    Unless,
)
from schema.model.claim import DIGEST_LENGTH
from schema.model.completeness import complete

from ..text import quote_identifier, quote_literal
from .cells import untouched
from .computed_columns import ComputedColumns
from .scan import renamed
from .types import NULL, SQL_WHITE_SPACE, among, literal, shortest

MAX_CODES_REPEATED = 50  # Codes of a list that each statement repeats; a longer list, such as the names of all countries, is a table.
# Of `base_n`: what is being written of each takes up to a megabyte of the memory of a load. More are made only for what is costly to compute.
MAX_COLUMNS = 64
MAX_REPEATED = (
    80  # Characters of SQL that several statements repeat; what is longer is a column of `base_n`, which costs less than planning it again.
)
# The expressions that are unknown if the one that they are made of is.
UNKNOWN_OF_UNKNOWN = (
    Coded,
    DateSpelling,
    LocalMidnight,
    Matched,
    ParsedDate,
    PeriodDay,
    PeriodPrecision,
    ShortestNumber,
    Times,
    Unless,
)
SEPARATOR = "chr(31)"  # The ASCII unit separator, between the values that a digest is made of.


def file_column(columns: Sequence[str], expression: Expression) -> str | None:
    """The name of the file's column that an expression is; None if it is another expression, or the file lacks the column."""
    if not isinstance(expression, Column):
        return None
    named = (name if name in columns else renamed(name, columns) for name in expression.names)
    return next((name for name in named if name is not None), None)


class Expressions:
    """The expressions of a format for a file with these columns, over a row of its table `base_n`.

    `held` has the columns whose values fields store unchanged, each with the condition, in SQL, under which one does.
    `has_raw_record`: the table has each record as JSON, in the column `whole`. `source`: the source that the file is loaded as.
    `unstored`: the columns that must be stored nowhere. `keeps_same_rows`: rows that are the same in all cells have ids of their own.

    What is costly to compute, or long to repeat, is computed once per record, in the columns `computed` of `base_n`.
    """

    def __init__(
        self,
        columns: Sequence[str],
        has_raw_record: bool,
        source: str = "",
        unstored: Sequence[str] = (),
        keeps_same_rows: bool = False,
    ) -> None:
        self.columns, self.has_raw_record, self.source = list(columns), has_raw_record, source
        self.unstored, self.keeps_same_rows = frozenset(unstored), keeps_same_rows
        self.held: dict[str, str] = {}  # Filled by the mapper, before the first Remainder is asked for.
        self.computed = ComputedColumns()
        self.code_tables: dict[tuple[tuple[str, str | None], ...], str] = {}  # The names of the tables of long lists of codes.

    def sql(self, expression: Expression) -> str:
        """An expression as SQL of type text; null is unknown."""
        if isinstance(expression, UNKNOWN_OF_UNKNOWN) and self.sql(expression.of) == NULL:
            return NULL
        sql = self._written(expression)
        return sql if isinstance(expression, (Column, Constant, LoadedSource)) else self.once_if_long(sql, expression)

    @singledispatchmethod
    def _written(self, expression: Expression) -> str:
        raise TypeError(f"{expression!r} is not an expression of a format")

    @_written.register
    def _(self, expression: Column) -> str:
        name = file_column(self.columns, expression)
        return NULL if name is None else quote_identifier(name)

    @_written.register
    def _(self, expression: Constant) -> str:
        return quote_literal(expression.value)

    @_written.register
    def _(self, expression: LoadedSource) -> str:
        return quote_literal(self.source)

    @_written.register
    def _(self, expression: IfKnown) -> str:
        known, text = self.sql(expression.known), self.sql(expression.of)
        if NULL in (known, text):
            return NULL
        return text if literal(known) is not None else f"case when {known} is not null then {text} end"

    @_written.register
    def _(self, expression: Item) -> str:
        return "item"

    @_written.register
    def _(self, expression: Coded) -> str:
        key, codes = self.coded(expression)
        translated = self._translated(expression, key, codes)
        if expression.otherwise is None:
            return translated
        return (
            f"case when {self.listed(expression)} then {translated} when {key} is not null then {quote_literal(expression.otherwise)} end"
        )

    def _translated(self, expression: Coded, key: str, codes: Mapping[str, str | None]) -> str:
        """The code of ours that a key stands for. A long list is a table: as a literal, it is read again by each statement, and for each record."""
        if len(codes) > MAX_CODES_REPEATED and not depends_on_item(expression):
            entries = tuple(codes.items())
            table = self.code_tables.setdefault(entries, f"codes_{len(self.code_tables) + 1}")
            return self.computed.once(self.computed.join(table, key))
        return f"map {{{', '.join(f'{quote_literal(theirs)}: {_nullable(ours)}' for theirs, ours in codes.items())}}}[{key}]"

    def listed(self, expression: Coded) -> str:
        """Whether a code is listed; null or false without one. A long list is looked through once."""
        key, codes = self.coded(expression)
        if len(codes) > MAX_CODES_REPEATED and None not in codes.values():
            return f"{self.sql(replace(expression, otherwise=None))} is not null"
        return f"{key} in ({', '.join(map(quote_literal, codes))})"

    def coded(self, expression: Coded) -> tuple[str, Mapping[str, str | None]]:
        """The SQL of a code as it is looked up, and the codes that it is looked up among: in any case, unless case tells two codes apart."""
        code, folded = self.sql(expression.of), {theirs.lower(): ours for theirs, ours in expression.codes.items()}
        ambiguous = any(folded[theirs.lower()] != ours for theirs, ours in expression.codes.items())
        return (code, expression.codes) if ambiguous else (f"lower({code})", folded)

    @_written.register
    def _(self, expression: Concat) -> str:
        parts = [self.sql(part) for part in expression.parts]
        if expression.lenient:
            known = [part for part in parts if part != NULL]
            return f"nullif(concat_ws({quote_literal(expression.by)}, {', '.join(known)}), '')" if known else NULL
        if NULL in parts:
            return NULL
        return f"({(f' || {quote_literal(expression.by)} || ' if expression.by else ' || ').join(parts)})"

    @_written.register
    def _(self, expression: FirstKnown) -> str:
        parts = [part for part in map(self.sql, expression.of) if part != NULL]
        parts = parts[: next((nth for nth, part in enumerate(parts, 1) if literal(part) is not None), len(parts))]
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0] if parts else NULL

    @_written.register
    def _(self, expression: Matched) -> str:
        match = f"regexp_extract({self.sql(expression.of)}, {quote_literal(expression.pattern)}, 1)"
        return f"nullif(trim({match}, {SQL_WHITE_SPACE}), '')"

    @_written.register
    def _(self, expression: ParsedDate) -> str:
        text = self.sql(expression.of)
        day = f"{_strptime(text, expression.patterns)}::date"
        # DuckDB reads a year of two digits as one of the first century: such a text is left for the date's check to reject.
        return self._once(expression, f"coalesce(case when {day} >= date '1000-01-01' then ({day})::varchar end, {text})")

    @_written.register
    def _(self, expression: LocalMidnight) -> str:
        text = self.sql(expression.of)
        at = f"substr({text}, 12, 5) in ({', '.join(map(quote_literal, expression.times))}) and regexp_full_match(substr({text}, 17), '(:00([.]0+)?)?Z')"
        return self._once(expression, f"case when {at} then (try_cast(left({text}, 10) as date) + 1)::varchar else {text} end")

    @_written.register
    def _(self, expression: PeriodDay) -> str:
        text, dates = self.sql(expression.of), self._period_dates(expression)
        month, year = (
            (f"last_day({dates.month})", f"make_date(year({dates.year}), 12, 31)") if expression.last else (dates.month, dates.year)
        )
        return self._once(expression, f"coalesce(({dates.day})::varchar, ({month})::varchar, ({year})::varchar, {text})")

    @_written.register
    def _(self, expression: PeriodPrecision) -> str:
        dates, codes = self._period_dates(expression), (expression.month, expression.year)
        month, year = map(quote_literal, codes)
        known = f"when {dates.month} is not null then {month} when {dates.year} is not null then {year}"
        return self._once(expression, f"case when {dates.day} is not null then null {known} end")

    @_written.register
    def _(self, expression: DateSpelling) -> str:
        text, dates = self.sql(expression.of), self._period_dates(expression)
        parts = (dates.spelled, f"left(({dates.month})::varchar, 7)", f"left(({dates.year})::varchar, 4)", _iso_spelling(text), text)
        return self._once(expression, f"coalesce({', '.join(parts)})")

    @_written.register
    def _(self, expression: Unless) -> str:
        text = self.sql(expression.of)
        return f"case when {among(text, expression.words_for_none)} then null else {text} end"

    @_written.register
    def _(self, expression: Digest) -> str:
        parts = [self.sql(part) for part in expression.parts]
        any_known = " or ".join(f"{part} is not null" for part in parts if part != NULL)
        if not any_known:
            return NULL
        joined = f" || {SEPARATOR} || ".join("''" if part == NULL else f"coalesce({part}, '')" for part in parts)
        return self._once(
            expression, f"case when {any_known} then {quote_literal(expression.prefix)} || substr(md5({joined}), 1, {DIGEST_LENGTH}) end"
        )

    @_written.register
    def _(self, expression: RowDigest) -> str:
        digest = self.sql(Digest("", expression.parts))
        if not self.keeps_same_rows:
            return digest
        cells = ", ".join(self.sql(part) for part in expression.parts)
        number = self.computed.once(f"row_number() over (partition by {cells} order by record)")
        return f"({digest} || case when {number} > 1 then '-' || {number} else '' end)"

    @_written.register
    def _(self, expression: Items) -> str:
        stripped = f"{quote_literal(expression.strip)} || {SQL_WHITE_SPACE}" if expression.strip else SQL_WHITE_SPACE
        separator, text = expression.separator, self.sql(expression.of)
        if text == NULL:
            return "null::varchar[]"
        inner = f"regexp_extract({text}, {quote_literal(expression.within)}, 1)" if expression.within else text
        if expression.begins:
            marked = f"regexp_replace({inner}, {quote_literal(f'{separator}({expression.begins})')}, {SEPARATOR} || '\\1', 'g')"
            parts = f"string_split({marked}, {SEPARATOR})"
        else:
            parts = f"regexp_split_to_array({inner}, {quote_literal(separator)})"
        if expression.within:
            parts = f"case when regexp_matches({text}, {quote_literal(expression.within)}) then {parts} when {text} is not null then [{text}] end"
        trimmed = f"list_transform({parts}, lambda item: trim(item, {stripped}))"
        known_items = self._once(expression, f"list_filter({trimmed}, lambda item: item <> '')")
        return self._once(expression, f"list_filter({known_items}, lambda item, nth_0: list_position({known_items}, item) = nth_0)")

    @_written.register
    def _(self, expression: ItemIds) -> str:
        ids = f"list_transform({self.sql(expression.items)}, lambda item: {self.sql(expression.id)})"
        return self._once(expression, f"nullif('{{' || array_to_string({ids}, ',') || '}}', '{{}}')")

    @_written.register
    def _(self, expression: Lookup) -> str:
        day, name = f"substr({self.sql(expression.on)}, 1, 10)", f"lookup_{expression.name}"
        spans = self.computed.join(name, self.sql(expression.key))
        found = f"list_filter({spans}, lambda span: {day} between span.since and span.until)[1].value"
        return self.computed.once(found)

    @_written.register
    def _(self, expression: ShortestNumber) -> str:
        text = self.sql(expression.of)  # A column has its numbers in their shortest form already.
        return text if isinstance(expression.of, Column) else self._once(expression, f"coalesce({shortest(text)}, {text})")

    @_written.register
    def _(self, expression: Times) -> str:
        text = self.sql(expression.of)
        product = f"(try_cast({text} as decimal(27, 9)) * {expression.factor}::decimal(10, 0))::varchar"
        # A product with too many digits is left as it is, for the number's check to reject.
        return self._once(expression, f"case when {shortest(text)} is null then {text} else coalesce({shortest(product)}, {product}) end")

    @_written.register
    def _(self, expression: Identifier) -> str:
        return self.sql(expression.of)  # Its column has numbers in their shortest form; `Mapper` checks the pattern.

    @_written.register
    def _(self, expression: OnlyIf) -> str:
        if self.sql(expression.of) == NULL:
            return NULL
        on, values = self.sql(expression.on), ", ".join(quote_literal(value) for value in expression.among if value is not None)
        conditions = [f"{on} in ({values})"] * bool(values) + [f"{on} is null"] * (None in expression.among)
        return f"case when {' or '.join(conditions)} then {self.sql(expression.of)} end"

    @_written.register
    def _(self, expression: FirstDay) -> str:
        days = f"try_cast({self.sql(expression.hours)} as integer) // 24"
        last = f"try_cast(substr({self.sql(expression.last)}, 1, 10) as date)"
        return f"case when {days} > 0 then ({last} - ({days} - 1)::integer)::varchar end"

    @_written.register
    def _(self, expression: Remainder) -> str:
        if expression.only:
            names = [name for column in expression.only if (name := file_column(self.columns, column))]
            return _json_object({name: f"coalesce({untouched(name)}, {quote_identifier(name)})" for name in names})
        if self.has_raw_record:
            return "whole"
        rest = _json_object({name: self._unheld(name) for name in self.columns if name not in self.unstored})
        # Cells that had another spelling, or white space around them, are kept as the file has them, to the last space.
        return f"case when untouched is null then {rest} else json_merge_patch(coalesce({rest}, '{{}}'), untouched)::varchar end"

    def _unheld(self, name: str) -> str:
        """A column's value where no field has it; empty if one always does."""
        column, held = quote_identifier(name), self.held.get(name)
        if held is None:
            return column
        return f"case when not {held} then {column} end" if held else ""

    def _period_dates(self, expression: DateSpelling | PeriodDay | PeriodPrecision) -> _PeriodDates:
        dates = _PeriodDates(self.sql(expression.of), expression.patterns)
        for name, date in vars(dates).items():
            setattr(dates, name, self.once_if_long(date, expression))
        return dates

    def _once(self, expression: Expression, sql: str) -> str:
        """The column of `base_n` that has this SQL; the SQL itself if it depends on an item, for each of which it is computed."""
        return sql if depends_on_item(expression) else self.computed.once(sql)

    def once_if_long(self, sql: str, *expressions: Expression) -> str:
        """The column of `base_n` that has SQL made of these expressions, if repeating it would cost more; else the SQL itself.

        What remains of a record is used once, and long.
        """
        parts = (part for expression in expressions for part in expression.walk())
        has_room = len(self.columns) + len(self.computed.names) < MAX_COLUMNS or sql in self.computed.names
        is_repeated = len(sql) > MAX_REPEATED and has_room and not any(map(depends_on_item, expressions))
        return self.computed.once(sql) if is_repeated and not any(isinstance(part, Remainder) for part in parts) else sql


# `object` is the dispatcher's fallback.
complete(
    "Expressions._written in api/sql/duckdb/expressions.py", {*vars(Expressions)["_written"].dispatcher.registry} - {object}, EXPRESSIONS
)


def _json_object(values: Mapping[str, str]) -> str:
    """An object of JSON with these values, SQL by name, without those that are null; null if all are. An empty SQL is left out."""
    pairs = ", ".join(
        f"{quote_literal(f'{json.dumps(name, ensure_ascii=False)}:')} || to_json({value})::varchar"
        for name, value in values.items()
        if value
    )
    return f"nullif('{{' || concat_ws(',', {pairs}) || '}}', '{{}}')" if pairs else NULL


ISO_WITH_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
EARLIEST_DATE = "date '1000-01-01'"  # DuckDB reads a year of two digits as one of the first century.


class _PeriodDates:
    """The SQL of a text as a day, as the first day of a month, and as that of a year, by patterns of strptime; null if no pattern matches."""

    def __init__(self, text: str, patterns: Sequence[str]) -> None:
        days, months, years = ([pattern for pattern in patterns if precision(pattern) == stated] for stated in (DAY, MONTH, YEAR))
        self.day = _parsed(text, days) if days else "null::date"
        self.spelled = f"case when {self.day} is not null then {_spelled(_strptime(text, days))} end" if days else NULL
        self.month, self.year = _parsed(text, [*months, "%Y-%m"]), _parsed(text, [*years, "%Y"])


def _strptime(text: str, patterns: Sequence[str]) -> str:
    """A text as a time; null if it has no digit, because DuckDB reads "epoch" and "infinity" by every pattern."""
    return f"try_strptime(regexp_extract({text}, '(?s)^.*[0-9].*$'), [{', '.join(map(quote_literal, patterns))}])"


def _spelled(time: str) -> str:
    """A timestamp as text; a day alone if it is midnight."""
    return f"replace(regexp_replace(({time})::timestamp::varchar, ' 00:00:00$', ''), ' ', 'T')"


def _iso_spelling(text: str) -> str:
    """A day with a time, without a time zone, in one spelling; null for other texts."""
    shaped = f"regexp_full_match({text}, {quote_literal(ISO_WITH_TIME)})"
    return f"case when {shaped} then {_spelled(f'try_cast({text} as timestamp)')} end"


def _parsed(text: str, patterns: Sequence[str]) -> str:
    day = f"{_strptime(text, patterns)}::date"
    return f"case when {day} >= {EARLIEST_DATE} then {day} end"


def _nullable(text: str | None) -> str:
    return NULL if text is None else quote_literal(text)


def depends_on_item(expression: Expression) -> bool:
    """Whether an expression depends on which item of a cell its record is made for."""
    if isinstance(expression, ItemIds):  # One value, with the ids of all items.
        return depends_on_item(expression.items)
    return isinstance(expression, Item) or any(map(depends_on_item, expression.operands()))
