"""The statements of DuckDB that turn the records of a foreign file into claims, and tell what is wrong with them. Text; no I/O.

The records of file n lie in the table base_n: the number of a record in `record`, a column of text, null where empty, for each of the file's
own, and what several claims need of it, computed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema.formats.expressions import (  # fmt: skip
    Coded,
    Concat,
    Constant,
    Digest,
    Expression,
    FirstDay,
    FirstKnown,
    ItemIds,
    Lookup,
    Matched,
    OnlyIf,
    ParsedDate,
    Remainder,
    ShortestNumber,
)
from schema.formats.format import FileFormat, RecordMapping, target_field
from schema.model.claim import IDENTITY
from schema.model.kinds import Kinds
from schema.model.parsers import ID_PATTERN

from ..columns import stage_columns
from ..text import quote_identifier, quote_literal
from .expressions import Expressions, named
from .types import reading

NO_ID = "must be an id of letters, digits, '-', '_' and '.', at most 128 of them"
SHOWN = 80  # Characters of a value that a message shows.
LISTED = 30  # Codes that a message lists.


@dataclass(frozen=True)
class Cell:
    """A field of a claim: its value as COPY takes it; where it can be wrong, when, what to say, and of which column of the file."""

    name: str
    value: str
    wrong: str = ""
    reason: str = ""
    told: str = ""
    shown: str = "null"


@dataclass(frozen=True)
class MappedRecord:
    """A record of a format, for one file: its cells, and when there is one."""

    record: RecordMapping
    cells: tuple[Cell, ...]
    there: str
    items: str = ""


class ClaimStatements:
    """A format, for a file with these columns that is loaded as the claims of a source."""

    def __init__(self, kinds: Kinds, format: FileFormat, columns: Sequence[str], source: str, file: int, whole: bool = True) -> None:
        self.kinds, self.format, self.columns, self.source, self.file = kinds, format, columns, source, file
        records = format.records_for(columns)
        self.expressions = Expressions(columns, self._held(records), whole=format.container == "json" and whole, source=source)
        self.made = [self._made(record) for record in records]
        entry = self.expressions.text(format.entry) if format.entry else "null"
        self.entry = f"coalesce({entry}, 'record ' || record)"

    def _held(self, records: Sequence[RecordMapping]) -> dict[str, bool]:
        """The columns that fields hold as they are, and whether they hold the day alone.

        Shared records may differ from the one that names them, but for what their id is made of.
        """
        held = {}
        for record in records:
            for name, one in record.fields.items():
                column = named(self.columns, one.of if isinstance(one, ShortestNumber) else one)
                if column is not None and (column in self._told_by_id(record) if record.shared or record.each else True):
                    held[column] = target_field(self.kinds, record, name).type.name == "date"
            for one in (part for rest in record.fields.values() if isinstance(rest, Remainder) for part in rest.only):
                column = named(self.columns, one)
                if column is not None and column in self._told_by_id(record):
                    held[column] = False
        return held

    def _told_by_id(self, record: RecordMapping) -> set[str | None]:
        """The columns whose values a digest tells apart: who names the record names them."""
        parts = record.id.parts if isinstance(record.id, Digest) else ()
        return {named(self.columns, part.of if isinstance(part, ShortestNumber) else part) for part in parts}

    def _made(self, record: RecordMapping) -> MappedRecord:
        text = self.expressions.text
        there = f"{text(record.when)} is not null" if record.when else "true"
        return MappedRecord(record, tuple(self._cells(record)), there, text(record.each) if record.each else "")

    def _cells(self, record: RecordMapping) -> Iterator[Cell]:
        text, id = self.expressions.text, self.expressions.text(record.id)
        wrong = f"regexp_full_match({id}, {quote_literal(ID_PATTERN)}) is not true"
        if self.format.key and not record.shared:  # It is checked once.
            wrong = ""
        yield Cell("id", id, wrong, quote_literal(NO_ID), self._told("id", record.id), id)
        claimant = text(record.source) if record.source else quote_literal(self.source)
        wrong = f"regexp_full_match({claimant}, {quote_literal(ID_PATTERN)}) is not true" if record.source else ""
        yield Cell("source", claimant, wrong, quote_literal(NO_ID), "source", claimant)
        yield Cell("collection", text(record.collection) if record.collection else quote_literal(self.source))
        for name, one in record.fields.items():
            yield self._cell(record, name, one)

    def _cell(self, record: RecordMapping, name: str, one: Expression) -> Cell:
        field, text = target_field(self.kinds, record, name), self.expressions.text(one)
        if isinstance(one, Constant):
            field.type.parse(one.value)  # A wrong declaration is found at once, not at the first record.
        read = reading(field.type, text)
        if isinstance(one.of if isinstance(one, OnlyIf) else one, (Constant, ItemIds, Remainder)):  # What we make ourselves is right.
            return Cell(name, read.value if field.type.many and not isinstance(one, ItemIds) else text)
        if isinstance(one, Matched):  # It was looked for in prose: what is no value there is none.
            return Cell(name, f"case when not {read.wrong} then {read.value} end" if read.wrong else read.value)
        wrong, reason, shown = read.wrong, quote_literal(read.reason), text
        if coded := _coded(one):
            shown = self.expressions.text(coded.of)
            listed = ", ".join(map(quote_literal, coded.codes))
            unlisted = f"coalesce({shown} not in ({listed}), false)" if coded.otherwise is None else ""
            wrong = unlisted if one is coded else f"({text} is null and {unlisted} or {wrong or 'false'})" if unlisted else wrong
            shown = shown if one is coded else f"coalesce({text}, {shown})"
            known = ", ".join(coded.codes) if len(coded.codes) <= LISTED else f"the {len(coded.codes)} that are known"
            reason = quote_literal(f"is none of {known}")
        if isinstance(one, FirstDay):
            shown = self.expressions.text(one.hours)
            whole = f"regexp_full_match({shown}, '[0-9]{{1,6}}') and try_cast({shown} as integer) % 24 = 0"
            wrong, reason = (
                f"{shown} is not null and ({whole}) is not true",
                quote_literal("must be a number of hours that makes whole days"),
            )
        if field.required and record.source is None:
            wrong = f"({text} is null or {wrong})" if wrong else f"{text} is null"
        return Cell(name, read.value, wrong, reason, self._told(name, one), shown)

    def _told(self, name: str, one: Expression) -> str:
        """What a message calls a field: as the file does, where the file has it."""
        coded = _coded(one)
        of = coded.of if coded else one.of if isinstance(one, (ParsedDate, OnlyIf)) else one.hours if isinstance(one, FirstDay) else one
        parts = of.of if isinstance(of, FirstKnown) else of.parts if isinstance(of, Concat) else (of,)
        return next((found for part in parts if (found := named(self.columns, part))), None) or name

    @property
    def base(self) -> str:
        return f"base_{self.file}"

    @property
    def looked(self) -> list[Lookup]:
        """The lists that values are looked up in."""
        return list({part.name: part for made in self.made for part in made.record.walk() if isinstance(part, Lookup)}.values())

    @property
    def unlisted(self) -> Iterator[tuple[str, str, str]]:
        """Of each value that is looked up: the field as the file calls it, its text, and what is found."""
        for one in (one for one in self.looked if one.exhaustive):
            yield self._told(one.name, one.key), self.expressions.text(one.key), self.expressions.text(one)

    def statements(self, records: str) -> Iterator[str]:
        """From a select of the records of the file to `base_n`, what is wrong with them in `problem`, and which make no claims in `dropped`."""
        found, kept = (
            "".join(f",\n  {sql} as {name}" for sql, name in of.items()) for of in (self.expressions.found, self.expressions.kept)
        )
        looked_up = f"(select *{found} from (\n{records}\n) cells)" if found else f"(\n{records}\n)"
        yield f"create table {self.base} as\nselect *{kept}\nfrom {looked_up} raw"
        yield from self._problems()
        yield self._repeated()
        yield self._differing()
        wrong = f"select record from problem where file = {self.file} and record is not null"
        yield f"insert into dropped select {self.file}, record from ({wrong} union select record from repeated) dropped"
        yield f"insert into refused select {self.file}, record, {self._whole()} from {self.base} base where record in ({wrong})"

    def _whole(self) -> str:
        """A record by the file's own names."""
        return "json_object(" + ", ".join(f"{quote_literal(name)}, {quote_identifier(name)}" for name in self.columns) + ")::varchar"

    def counts(self) -> str:
        """How many records were read, refused, and left out because they come twice."""
        return f"""
select (select count(*) from {self.base}), (select count(distinct record) from problem where file = {self.file} and record is not null),
  (select count(*) from repeated where same and record not in (select record from problem where file = {self.file} and record is not null))
"""

    def _keyed(self) -> Iterator[str]:
        """Where a record becomes several of ours: those without a key, and those that become none."""
        assert self.format.key is not None
        key, own = self.expressions.text(self.format.key), [made for made in self.made if not made.record.shared]
        checks = [(f"regexp_full_match({key}, {quote_literal(ID_PATTERN)}) is not true", "id", f"substr({key}, 1, {SHOWN})", NO_ID)]
        checks.append((f"not ({' or '.join(made.there for made in own)})", "", "null", "holds nothing that is known of this format"))
        for wrong, field, value, reason in checks:
            yield (
                f"insert into problem select {self.file}, record, {self.entry}, {quote_literal(field)}, {value}, {quote_literal(reason)} "
                f"from {self.base} base where {wrong}"
            )

    def _problems(self) -> Iterator[str]:
        """What is wrong, one row each: the record, the field as the file calls it, its text, and the reason."""
        if self.format.key:
            yield from self._keyed()
        for made in self.made:
            found = ",\n    ".join(
                f"case when {cell.wrong} then {{'field': {quote_literal(cell.told)}, 'value': substr({cell.shown}, 1, {SHOWN}), "
                f"'reason': case when {cell.shown} is null then 'is missing' else {cell.reason} end}} end"
                for cell in made.cells if cell.wrong
            )  # fmt: skip
            if not found:
                continue
            yield f"""
insert into problem
select distinct {self.file}, record, entry, p.field, p.value, p.reason from (
  select record, {self.entry} as entry, unnest(list_filter([
    {found}
  ], lambda p: p is not null)) as p
  from ({self._rows(made)}) base where {made.there}
) found
"""

    def _repeated(self) -> str:
        """Records that are the same claim as an earlier one: their number, that of the first, and whether both are the same throughout."""
        main = self.made[0]
        whole = "md5(concat_ws(chr(31), " + ", ".join(f"coalesce({quote_identifier(one)}, chr(30))" for one in self.columns) + "))"
        if self.format.key:
            id, there = self.expressions.text(self.format.key), "true"
        else:  # Of a record that many speak of, each wording stands.
            id, there = (whole if main.record.shared else _told_apart(main)), main.there
        return f"""
create or replace table repeated as
with twice as (select {id} as id_, min(record) as first_ from {self.base} base where {there} group by 1 having count(*) > 1)
select base.record, first_ as first, {whole} = any_value(case when base.record = first_ then {whole} end) over (partition by id_) as same
from {self.base} base join twice on {id} = id_
qualify base.record <> first_
"""

    def _differing(self) -> str:
        cell = self.made[0].cells[0]
        id = self.expressions.text(self.format.key) if self.format.key else cell.shown
        return f"""
insert into problem
select {self.file}, record, {self.entry}, {quote_literal(cell.told)}, substr({id}, 1, {SHOWN}),
  'is that of record ' || first || ' too, which says something else; only one of them can be right'
from {self.base} base join repeated using (record) where not same
"""

    def said(self, kind: str, dropped: bool) -> Iterator[str]:
        """Selects of the claims about a kind: the number of the record, whether others may say the same, and the columns that COPY takes."""
        for made in self.made:
            if made.record.kind == kind:
                left = f" and record not in (select record from dropped where file = {self.file})" if dropped else ""
                yield f"""
select {self.file} as file, record, {str(made.record.shared).lower()} as shared, {str(made.record.otherwise).lower()} as otherwise,
  {self._values(made)}
from ({self._rows(made)}) base where {made.there}{left}"""

    def _values(self, made: MappedRecord) -> str:
        values = {cell.name: cell.value for cell in made.cells}
        if (not made.record.shared or made is self.made[0]) and made.record.source is None:
            values.setdefault("locator", self.entry)
        columns = stage_columns(self.kinds[made.record.kind])
        return ", ".join(f"{values.get(name, 'null')}::varchar as {name}" for name in columns)

    def _rows(self, made: MappedRecord) -> str:
        return f"select *, unnest({made.items}) as item from {self.base}" if made.items else f"from {self.base}"


def _coded(one: Expression) -> Coded | None:
    """The codes that decide whether a value can be right: those of the expression, or those that come last where there are others."""
    last = one.of[-1] if isinstance(one, FirstKnown) else one
    return last if isinstance(last, Coded) else None


def _told_apart(made: MappedRecord) -> str:
    """What no two records of a file may share: the id, or, where the file says who claims it, all that tells claims apart."""
    if made.record.source is None:
        return made.cells[0].value
    values = {cell.name: cell.value for cell in made.cells}
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({values.get(name, 'null')}, '')" for name in ("id", "collection", *IDENTITY)) + ")"
