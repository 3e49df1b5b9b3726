"""One file of a load, as the statements of DuckDB see it: its format, its columns, its mapped records, and its table `base_n`. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from schema.formats.expressions import Lookup, RowDigest
from schema.formats.format import FileFormat
from schema.model.kinds import Kinds

from ..text import quote_identifier, quote_literal
from .cells import untouched
from .mapping import Mapper
from .types import SQL_WHITE_SPACE
from .wide import record_words

MAX_VALUE_LENGTH = 80  # Characters of a value that a message shows.


class MappedFile:
    """The file of this number in the load, whose claims are those of a source.

    `collection` keeps the claims; if empty, the dataset is a collection of its own, named after the source. `same_rows`: what to do with rows without an
    id that are the same in every cell: `keep`, `once`, or reject them. `stores_numbers`: the container of the file tells numbers from texts.
    """

    def __init__(
        self, kinds: Kinds, format: FileFormat, columns: Sequence[str], source: str, file: int,
        has_raw_record: bool = True, collection: str = "", same_rows: str = "", stores_numbers: bool = False,
    ) -> None:  # fmt: skip
        self.same_rows, self.stores_numbers = same_rows, stores_numbers
        self.kinds, self.format, self.columns, self.file = kinds, format, columns, file
        self.mapper = Mapper(kinds, format, columns, source, has_raw_record, collection, same_rows == "keep")
        self.records, self.expressions, self.has_raw_record = self.mapper.records, self.mapper.expressions, has_raw_record
        entry = self.expressions.sql(format.entry) if format.entry else "null"
        self.entry = f"coalesce({entry}, {record_words('record')})"
        self.base = f"base_{file}"
        self.rejected = f"select record from problem where file = {file} and record is not null"

    @property
    def lookups(self) -> list[Lookup]:
        """The lists in which values are looked up."""
        of_records = (part for record in self.records for part in record.mapping.walk())
        compared = (part for agreement, _ in self.mapper.contradictions for operand in agreement.operands() for part in operand.walk())
        parts = (*of_records, *compared)
        return list({part.name: part for part in parts if isinstance(part, Lookup)}.values())

    @property
    def exhaustive_lookups(self) -> Iterator[tuple[str, str, str]]:
        """Of each lookup in a list that should have every key: the name of the key in messages, and the SQL of the key and of the value."""
        for lookup in self.lookups:
            if lookup.exhaustive:
                yield self.mapper.checks.label(lookup.name, lookup.key), self.expressions.sql(lookup.key), self.expressions.sql(lookup)

    @cached_property
    def row_digests(self) -> list[RowDigest]:
        """The digests of all cells that identify rows without an id; empty if all rows have one."""
        return [part for record in self.records for part in record.mapping.walk() if isinstance(part, RowDigest)]

    def rows(self, items: str) -> str:
        """The rows of the table, or one for each item of the lists of this SQL."""
        return f"select *, unnest({items}) as item from {self.base}" if items else f"from {self.base}"

    def raw_record(self) -> str:
        """A record as JSON, by the file's own names."""
        return "json_object(" + ", ".join(f"{quote_literal(name)}, {quote_identifier(name)}" for name in self.columns) + ")::varchar"

    def as_stated(self, field: str, value: str) -> str:
        """The text that a message shows of a field: the cell as the file has it, if the value is that of a column with this name."""
        if field not in self.columns or field in self.format.unstored:
            return value
        return f"case when {value} = base.{quote_identifier(field)} then coalesce(trim({untouched(field)}, {SQL_WHITE_SPACE}), {value}) else {value} end"

    def reject(self, condition: str, field: str, value: str, reason: str) -> str:
        """Add a problem for each record of the table, `base`, that meets a condition; `value` and `reason` are SQL. `condition` may begin with a join."""
        return (
            f"insert into problem select {self.file}, record, {self.entry}, {quote_literal(field)}, substr({self.as_stated(field, value)}, 1, {MAX_VALUE_LENGTH}), {reason} "
            f"from {self.base} base {condition}"
        )
