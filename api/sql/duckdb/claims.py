"""The statements of DuckDB that turn the records of a foreign file into claims and find what is wrong with them. Text; no I/O.

The records of file n are in the table `base_n`: the number of a record in `record`, each column of the file as text, null if
empty, and the values that several claims need, computed once.

One module, although long: its statements run in the order in which they stand here, and share the names of one file's tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.formats.expressions import Constant, Identifier, Lookup, RowDigest
from schema.formats.format import FileFormat
from schema.formats.total_words import NOTE_PATTERN
from schema.model.claim import CURE_OF_CONTRADICTION, IDENTITY
from schema.model.claim_table import claim_table
from schema.model.kinds import Kinds
from schema.model.parsers import DAY_PATTERN

from ..text import quote_identifier, quote_literal
from . import ambiguous, columns, flags
from .cells import COUNT, DATE, NUMERIC_USES, TEXT, in_one_spelling, is_sentinel, untouched
from .flags import FlaggedCell
from .mapping import MappedField, MappedRecord, Mapper
from .sum_rows import TableColumns
from .types import ID_RULE, invalid_id

GEOMETRIES = ("geometry", "geometry.coordinates", "geometry.geometries")  # The columns of GeoJSON's geometries that are no simple point.
SEPARATORS = ("','", "';'", "'|'", "chr(9)")
# What is not seen in a name, and tells it from the same name without it: zero-width and no-break spaces, a byte order mark, marks of direction, two spaces.
# Not the joiners of Persian and of India's scripts, which are letters' shapes.
INVISIBLE = r"'[\x{ad}\x{a0}\x{202f}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}\x{180e}]|  '"
MAX_VALUE_LENGTH = 80  # Characters of a value that a message shows.


class ClaimStatements:
    """The statements for one file: its format, its columns, its number in the load, and the source whose claims it has.

    `collection` keeps these claims; if empty, the dataset is a collection of its own, named after the source.
    """

    def __init__(
        self, kinds: Kinds, format: FileFormat, columns: Sequence[str], source: str, file: int,
        has_raw_record: bool = True, collection: str = "", same_rows: str = "",
    ) -> None:  # fmt: skip
        self.same_rows = same_rows
        self.kinds, self.format, self.columns, self.file = kinds, format, columns, file
        self.mapper = Mapper(kinds, format, columns, source, has_raw_record, collection, same_rows == "keep")
        self.records, self.expressions, self.has_raw_record = self.mapper.records, self.mapper.expressions, has_raw_record
        entry = self.expressions.sql(format.entry) if format.entry else "null"
        self.entry = f"coalesce({entry}, 'record ' || record)"
        self.base = f"base_{file}"
        self.rejected = f"select record from problem where file = {file} and record is not null"

    @property
    def lookups(self) -> list[Lookup]:
        """The lists in which values are looked up."""
        parts = (part for record in self.records for part in record.mapping.walk())
        return list({part.name: part for part in parts if isinstance(part, Lookup)}.values())

    @property
    def exhaustive_lookups(self) -> Iterator[tuple[str, str, str]]:
        """Of each lookup in a list that should have every key: the name of the key in messages, and the SQL of the key and of the value."""
        for lookup in self.lookups:
            if lookup.exhaustive:
                yield self.mapper.checks.label(lookup.name, lookup.key), self.expressions.sql(lookup.key), self.expressions.sql(lookup)

    def read(self, records: str) -> Iterator[str]:
        """Fill `base_n` from a select of the file's records, and `problem` with what is wrong with them; `leave_out` follows."""
        looked_up, computed = (
            "".join(f",\n  {sql} as {name}" for sql, name in columns.items())
            for columns in (self.expressions.looked_up, self.expressions.computed)
        )
        spelled = in_one_spelling(
            records, self.columns, self.mapper.uses, self.mapper.codes, self.format.spellings, self.has_raw_record, self.format.unstored
        )
        joins = "".join(
            f" left join (select key as key_of_{spans}, spans as {spans} from {table}) on key_of_{spans} = {key}"
            for (table, key), spans in self.expressions.joined.items()
        )
        cells = f"(select cells.*{looked_up} from ({spelled}) cells{joins})" if looked_up else f"({spelled})"
        yield f"create table {self.base} as\nselect *{computed}\nfrom {cells} raw"
        is_blank = " and ".join(f"trim(coalesce({quote_identifier(name)}, '')) = ''" for name in self.columns)
        yield f"create or replace table blank as select record from {self.base} where {is_blank}"
        yield f"delete from {self.base} where record in (select record from blank)"
        if self.format.key:
            yield from self._check_keys()
        yield from self._check_identifiers()
        yield from self._check_fields()
        yield from self._reject_ambiguous_countries()
        yield from self._reject_ambiguous_cells()
        yield from self._reject_notes()
        yield self._find_repeated()
        yield self._reject_conflicting()
        yield from self._reject_same_rows()
        yield from self._reject_contradicting()

    def leave_out(self) -> Iterator[str]:
        """Fill `dropped` with the records without claims: rows that sum others, whatever else is wrong with them, repeated and rejected ones."""
        sums = f"select record from sum_row where file = {self.file}"
        yield f"delete from problem where file = {self.file} and record in ({sums})"
        yield f"delete from repeated where record in ({sums}) or first in ({sums})"
        yield f"insert into dropped {sums.replace('select record', f'select {self.file}, record')}"
        yield f"insert into dropped select {self.file}, record from ({self.rejected} union select record from repeated) dropped"
        yield f"insert into refused select {self.file}, record, {self._raw_record()} from {self.base} base where record in ({self.rejected})"

    def _raw_record(self) -> str:
        """A record as JSON, by the file's own names."""
        return "json_object(" + ", ".join(f"{quote_literal(name)}, {quote_identifier(name)}" for name in self.columns) + ")::varchar"

    def counts(self) -> str:
        """The numbers of records read, rejected, left out because they are repeated, and because they sum others; and of empty rows."""
        return f"""
select (select count(*) from {self.base}), (select count(distinct record) from problem where file = {self.file} and record is not null),
  (select count(*) from repeated where same and record not in ({self.rejected})), (select count(*) from sum_row where file = {self.file}),
  (select count(*) from blank)
"""

    def _check_keys(self) -> Iterator[str]:
        """Reject records of a format with a key that have no valid key, or of which no record of ours is made."""
        assert self.format.key is not None
        key = self.expressions.sql(self.format.key)
        conditions = " or ".join(record.condition for record in self.records if not record.mapping.shared)
        for invalid, field, value, reason in (
            (invalid_id(key), "id", f"substr({key}, 1, {MAX_VALUE_LENGTH})", ID_RULE),
            (f"not ({conditions})", "", "null", "has no value in any column that this format reads"),
        ):
            yield (
                f"insert into problem select {self.file}, record, {self.entry}, {quote_literal(field)}, {value}, {quote_literal(reason)} "
                f"from {self.base} base where {invalid}"
            )

    def _check_identifiers(self) -> Iterator[str]:
        """Reject records whose id does not have the form of the format's ids."""
        parts = [part for record in self.records for part in record.mapping.walk() if isinstance(part, Identifier)]
        for part in dict.fromkeys(parts):
            text = self.expressions.sql(part)
            reason = quote_literal(f"is no id of this format; it must look like {part.example}")
            yield (
                f"insert into problem select {self.file}, record, {self.entry}, {quote_literal(self.mapper.checks.label('id', part))}, "
                f"substr({text}, 1, {MAX_VALUE_LENGTH}), {reason} from {self.base} base where not regexp_full_match({text}, {quote_literal(part.pattern)})"
            )

    def flagged_cells(self) -> Iterator[FlaggedCell]:
        """What cells state and no field has, whatever the format: compared by what came out of them."""
        sentinels, fields = self.format.spellings.sentinels, columns.fields_of(self.mapper)
        for column in columns.stated(self.mapper):
            cell = quote_identifier(column.column)
            lost = f"{cell} is not null and not {column.kept}"
            if column.impossible != "false":
                yield FlaggedCell(flags.IMPOSSIBLE_VALUE, column.column, cell, f"{lost} and ({column.impossible})")
            unfit = f"({lost} and ({column.impossible}) is not true) or ({cell} is not null and ({column.no_link}))"
            yield FlaggedCell(flags.NOT_KEPT, column.column, cell, unfit)
            if column.is_date:
                yield FlaggedCell(
                    flags.TIME_OF_DAY, column.column, cell, f"length({cell}) > 10 and regexp_full_match({cell}, '{DAY_PATTERN}[T ].*')"
                )
        for name in self.columns:
            if name not in self.format.unstored and any(field.endswith((".name", ".title")) for field in fields[name]):
                cell = quote_identifier(name)
                yield FlaggedCell(flags.INVISIBLE_CHARACTER, name, cell, f"regexp_matches({cell}, {INVISIBLE})")
            if name not in self.format.unstored and self.mapper.uses.get(name, TEXT) == TEXT and len(self.columns) > 1:
                cell = quote_identifier(name)
                yield FlaggedCell(flags.POSSIBLE_ROWS, name, f"left({cell}, {MAX_VALUE_LENGTH})", self._has_rows(cell))
            if self.mapper.uses.get(name) == COUNT and name not in self.format.sentinels:
                cell = quote_identifier(name)
                yield FlaggedCell(flags.POSSIBLE_SENTINEL, name, cell, f"regexp_full_match({cell}, '9{{4,}}')")
        for name in self.columns if sentinels else ():
            if self.mapper.uses.get(name) == COUNT:
                yield FlaggedCell(
                    flags.SENTINEL,
                    name,
                    untouched(name),
                    f"untouched is not null and {is_sentinel(untouched(name), self.format.spellings)}",
                )
        for name in GEOMETRIES:
            if name in self.columns and name not in self.format.unstored and not {*fields[name]} - {"original"}:
                yield FlaggedCell(flags.NOT_KEPT, name, quote_identifier(name), f"{quote_identifier(name)} is not null")

    def _has_rows(self, cell: str) -> str:
        """Whether a line within a cell, but not its first or last, has as many cells as the table: an open quotation mark may have swallowed rows."""
        marks = " or ".join(f"len(string_split(line, {mark})) = {len(self.columns)}" for mark in SEPARATORS)
        return f"contains({cell}, chr(10)) and len(list_filter(string_split({cell}, chr(10))[2:], lambda line: {marks})) > 0"

    def _check_fields(self) -> Iterator[str]:
        """Insert a problem for each invalid value: the record, the field by its name in the file, the value, and the reason.

        A check that several records of ours share is made once, and many in one statement: each statement takes as long to plan as a small file to read.
        """
        by_items: dict[str, dict[tuple[str, str], dict[str, None]]] = {}
        for record in self.records:
            for field in record.fields:
                if field.check.invalid:
                    checks = by_items.setdefault(record.items, {})
                    checks.setdefault((field.check.invalid, _problem(field)), {})[record.condition] = None
        for items, checks in by_items.items():
            cases = [
                f"case when ({' or '.join(conditions)}) and ({invalid}) then {problem} end"
                for (invalid, problem), conditions in checks.items()
            ]
            for start in range(0, len(cases), flags.MAX_CHECKS):
                problems = ",\n    ".join(cases[start : start + flags.MAX_CHECKS])
                yield f"""
insert into problem
select distinct {self.file}, record, entry, p.field, p.value, p.reason from (
  select record, {self.entry} as entry, unnest(list_filter([
    {problems}
  ], lambda p: p is not null)) as p
  from ({self._rows(items)}) base
) problems
"""

    def _reject_ambiguous_countries(self) -> Iterator[str]:
        """Reject NA, which is Namibia among codes of two letters, in columns with codes of three, where statistics programs write it for an empty cell."""
        reason = "is Namibia among codes of two letters, and an empty cell elsewhere, and the column has codes of three letters: write NAM, or leave it empty"
        for name, codes in self.mapper.codes.items() if self.format.spellings.null_words else ():
            if {"na", "nam"} <= codes:
                cell = quote_identifier(name)
                yield (
                    f"insert into problem select {self.file}, record, {self.entry}, {quote_literal(name)}, {cell}, {quote_literal(reason)} "
                    f"from {self.base} base where lower({cell}) = 'na' and exists (from {self.base} where regexp_full_match({cell}, '[A-Za-z]{{3}}'))"
                )

    def _reject_ambiguous_cells(self) -> Iterator[str]:
        """Reject cells that can be read as two values, few in one statement: each may look into the object of changed cells."""
        for cell in ambiguous.of_cells(self.mapper):
            yield (
                f"insert into problem select {self.file}, record, {self.entry}, {quote_literal(cell.column)}, "
                f"substr({cell.shown}, 1, {MAX_VALUE_LENGTH}), {cell.reason} from {self.base} base where {cell.condition}"
            )

    def _reject_notes(self) -> Iterator[str]:
        """Reject lines below a table that say something of it, such as its source: rows without an id that have nothing but such a text, once or merged over all cells."""
        if self.table_columns() is None:
            return
        cells = ", ".join(map(quote_identifier, self.columns))
        stated = f"list_distinct(list_filter([{cells}], lambda cell: cell is not null))"
        reason = "is a note, not a record: remove the row, or load the others with --reject-to"
        yield (
            f"insert into problem select {self.file}, record, {self.entry}, '', substr(({stated})[1], 1, {MAX_VALUE_LENGTH}), {quote_literal(reason)} "
            f"from {self.base} base where len({stated}) = 1 and regexp_full_match(({stated})[1], {quote_literal(NOTE_PATTERN)}, 's')"
        )

    def _find_repeated(self) -> str:
        """The records that are the same claim as an earlier one: their number, that of the first, and whether both are the same throughout."""
        main = self.records[0]
        content = "md5(concat_ws(chr(31), " + ", ".join(f"coalesce({quote_identifier(name)}, chr(30))" for name in self.columns) + "))"
        if self.format.key:
            id, condition = self.expressions.sql(self.format.key), "true"
        else:  # Of a record that several rows share, each wording is a claim.
            id, condition = (content if main.mapping.shared else _claim_identity(main)), main.condition
        return f"""
create or replace table repeated as
with twice as (select {id} as id_, min(record) as first_ from {self.base} base where {condition} group by 1 having count(*) > 1)
select base.record, first_ as first, {content} = any_value(case when base.record = first_ then {content} end) over (partition by id_) as same
from {self.base} base join twice on {id} = id_
qualify base.record <> first_
"""

    def _reject_conflicting(self) -> str:
        """Reject records that have the id of an earlier record but differ from it."""
        field = self.records[0].fields[0]
        id = self.expressions.sql(self.format.key) if self.format.key else field.check.shown
        return f"""
insert into problem
select {self.file}, record, {self.entry}, {quote_literal(field.label)}, substr({id}, 1, {MAX_VALUE_LENGTH}),
  'is also the id of record ' || first || ', which differs; only one of them can be right'
from {self.base} base join repeated using (record) where not same
"""

    def table_columns(self) -> TableColumns | None:
        """The columns by which rows that sum others are found; None if the table cannot have any: a format's own columns are not anybody's."""
        totals = next((kind.totals for kind in self.kinds.values() if kind.totals), None)
        if totals is None or not any(isinstance(part, RowDigest) for record in self.records for part in record.mapping.walk()):
            return None
        fields, uses = columns.fields_of(self.mapper), self.mapper.uses
        numbers = {f"{kind.name}.{name}" for kind in self.kinds.values() if (of := kind.totals) for name in (of.low, of.best, of.high)}
        counts = [name for name in self.columns if numbers & {*fields[name]}]
        labels = [name for name in self.columns if name not in counts]
        names = {n for n, label in enumerate(labels) if f"{totals.event}.name" in fields[label]}
        located = {n for n, label in enumerate(labels) if any(field.startswith(f"{totals.place}.") for field in fields[label])}
        countries = {n for n, label in enumerate(labels) if any(field.endswith(f".{totals.country}") for field in fields[label])}
        dates, numeric = ({n for n, label in enumerate(labels) if uses.get(label) in wanted} for wanted in ((DATE,), NUMERIC_USES))
        constants = [record.mapping.fields.get(totals.country) for record in self.records if record.mapping.kind == totals.event]
        country = next((constant.value for constant in constants if isinstance(constant, Constant)), "")
        places = (names | located | countries) - dates - numeric
        return (
            TableColumns(counts, labels, frozenset(places), frozenset(countries), frozenset(dates), country) if counts and labels else None
        )

    def _reject_same_rows(self) -> Iterator[str]:
        """Reject rows without an id that are the same as an earlier one, unless the user said whether they count."""
        main = self.records[0]
        digests = [part for part in main.mapping.id.walk() if isinstance(part, RowDigest)]
        if digests and not self.same_rows:
            yield f"""
insert into problem
select {self.file}, record, {self.entry}, '', null,
  'is the same as record ' || first || ' in every cell, and has no id: `--same-rows keep` counts both, `--same-rows once` counts one'
from {self.base} base join repeated using (record)
where same and contains({main.fields[0].value}, {self.expressions.sql(digests[0])})
"""

    def _reject_contradicting(self) -> Iterator[str]:
        """Of a file that says who claims each record, reject records in which a source contradicts itself in what a record of ours is.

        Of other files, no two records make claims about the same record of ours, except about those that many share.
        """
        main = self.records[0]
        values = {field.name: field.value for field in main.fields}
        live = f"{values['rank']} is distinct from 'deprecated'" if "rank" in values else "true"
        for field in main.fields if main.mapping.source is not None else ():
            if field.name in [told.name for told in self.kinds[main.mapping.kind].told]:
                yield f"""
insert into problem
select {self.file}, record, entry, {quote_literal(field.label)}, substr(said, 1, {MAX_VALUE_LENGTH}),
  'contradicts record ' || first_record || ', where ' || source || ' says ' || first_said || {quote_literal("; " + CURE_OF_CONTRADICTION)}
from (
  select *, first_value(record) over first as first_record, first_value(said) over first as first_said from (
    select record, {self.entry} as entry, {values["id"]} as id, {values["source"]} as source, {field.value} as said
    from {self.base} base where {main.condition} and {live} and record not in ({self.rejected})
  ) told where said is not null
  window first as (partition by id, source order by record)
) compared where said <> first_said
"""

    def claims(self, kind: str, has_dropped: bool) -> Iterator[str]:
        """Selects of the claims about a kind: file and record, whether others may make the same claim, and the columns that COPY takes.

        `has_dropped`: some records of the file make no claims.
        """
        condition = f" and record not in (select record from dropped where file = {self.file})" if has_dropped else ""
        for record in self.records:
            mapping = record.mapping
            if mapping.kind == kind:
                yield f"""
select {self.file} as file, record, {str(mapping.shared).lower()} as shared, {str(mapping.otherwise).lower()} as otherwise,
  {self._values(record)}
from ({self._rows(record.items)}) base where {record.condition}{condition}"""

    def _values(self, record: MappedRecord) -> str:
        values = {field.name: field.value for field in record.fields}
        if (not record.mapping.shared or record is self.records[0]) and record.mapping.source is None:
            values.setdefault("locator", self.entry)
        columns = claim_table(self.kinds[record.mapping.kind])
        return ", ".join(f"{values.get(name, 'null')}::varchar as {name}" for name in columns)

    def _rows(self, items: str) -> str:
        return f"select *, unnest({items}) as item from {self.base}" if items else f"from {self.base}"


def _problem(field: MappedField) -> str:
    """What is wrong with an invalid value, as a struct."""
    shown = field.check.shown
    return (
        f"{{'field': {quote_literal(field.label)}, 'value': substr({shown}, 1, {MAX_VALUE_LENGTH}), "
        f"'reason': case when {shown} is null then 'is missing' else {field.check.reason} end}}"
    )


def _claim_identity(record: MappedRecord) -> str:
    """What no two records of a file may share: the id, or, if the file says who claims it, all that tells claims apart."""
    if record.mapping.source is None:
        return record.fields[0].value
    values = {field.name: field.value for field in record.fields}
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({values.get(name, 'null')}, '')" for name in ("id", "collection", *IDENTITY)) + ")"
