"""The statements of DuckDB that turn the records of a foreign file into claims. Text; no I/O.

The records of file n are in the table `base_n`: the number of a record in `record`, each column of the file as text, null if
empty, and the values that several claims need, computed once. The statements run in the order in which they stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from schema.formats.expressions import Column
from schema.formats.format import RecordMapping
from schema.formats.maps import MapFormat
from schema.model.claim_table import claim_table

from ..text import quote_identifier
from . import rejections, repeated
from .cells import in_one_spelling
from .expressions import file_column
from .mapped_file import MappedFile
from .mapping import MappedRecord


class ClaimStatements(MappedFile):
    """The statements for one file."""

    def read(self, records: str) -> Iterator[str]:
        """Fill `base_n` from a select of the file's records, and `problem` with what is wrong with them; `failing_checks` and `reject_records` follow."""
        spelled = in_one_spelling(
            records, self.columns, self.mapper.uses, self.mapper.codes, self.format.spellings, self.has_raw_record, self.format.unstored
        )
        rows = f"({spelled})"
        for joins, computed in self.expressions.computed.layers():
            columns = "".join(f",\n  {sql} as {name}" for name, sql in computed.items())
            rows = f"(select raw.*{columns}\nfrom {rows} raw{joins})"
        self.expressions.computed.is_complete = True
        yield f"create table {self.base} as\nfrom {rows}"
        if self.is_wide:
            yield f"create table {self.base}_blank as from {self.base} where record < 0"
            yield f"delete from {self.base} where record < 0"
        first_cell = f"coalesce({', '.join(map(quote_identifier, self.columns))})"  # A cell without a text is null.
        yield f"create or replace table blank as select record from {self.base} where {first_cell} is null"
        yield f"delete from {self.base} where record in (select record from blank)"
        yield from rejections.of_records(self)

    @property
    def is_wide(self) -> bool:
        """Whether each cell of some columns is a record; those that are empty are in a table beside the others."""
        return isinstance(self.format, MapFormat) and self.format.wide is not None

    @cached_property
    def checks(self) -> list[rejections.FieldCheck]:
        return rejections.field_checks(self)

    def failing_checks(self) -> Iterator[str]:
        """Selects of the numbers of the checks of fields that some record fails."""
        return rejections.failing_checks(self, self.checks)

    def reject_records(self, failing: Iterable[int]) -> Iterator[str]:
        """Fill `problem` with what these checks find, and with what several records say differently; `leave_out` follows."""
        yield from rejections.of_fields(self, self.checks, failing)
        yield from repeated.of_records(self)

    def leave_out(self) -> Iterator[str]:
        """Fill `dropped` with the records without claims: rows that sum others, whatever else is wrong with them, repeated and rejected ones."""
        sums = f"select record from sum_row where file = {self.file}"
        yield f"delete from problem where file = {self.file} and record in ({sums})"
        yield f"delete from repeated where record in ({sums}) or first in ({sums})"
        yield f"insert into dropped {sums.replace('select record', f'select {self.file}, record')}"
        yield f"insert into dropped select {self.file}, record from ({self.rejected} union select record from repeated) dropped"
        yield f"insert into refused select {self.file}, record, {self.raw_record()} from {self.base} base where record in ({self.rejected})"

    def counts(self) -> str:
        """The numbers of records read, rejected, left out because they are repeated, and because they sum others; and of empty rows."""
        return f"""
select (select count(*) from {self.base}), (select count(distinct record) from problem where file = {self.file} and record is not null),
  (select count(*) from repeated where same and record not in ({self.rejected})), (select count(*) from sum_row where file = {self.file}),
  (select count(*) from blank)
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
from ({self.rows(record.items)}) base where {record.condition}{condition}"""

    def unstated(self, kind: str, has_dropped: bool) -> Iterator[str]:
        """Selects of what the rows could say about a kind and do not, since the columns that they would say it in are empty: id and locator.

        Only of claims that one row makes alone, and of rows that have an id: the number of a row is that of another row in another file.
        """
        condition = f" and record not in (select record from dropped where file = {self.file})" if has_dropped else ""
        for record in self.records:
            mapping = record.mapping
            if (
                mapping.kind == kind
                and self.format.entry
                and self._has_columns(mapping)
                and not (mapping.shared or mapping.each or mapping.source)
            ):
                values = {field.name: field.value for field in record.fields}
                locator = values.get("locator", self.expressions.sql(self.format.entry))
                yield f"""
select {values["id"]} as id, {locator} as locator from {self.base} base
where ({record.condition}) is not true and {values["id"]} is not null and {locator} is not null{condition}"""
                if self.is_wide:
                    yield f"""
select {values["id"]} as id, {locator} as locator from {self.base}_blank base where {values["id"]} is not null and {locator} is not null"""

    def _has_columns(self, mapping: RecordMapping) -> bool:
        """Whether the file has every column that decides whether a row makes a claim. A column that it lacks says nothing about any row."""
        parts = [part for part in mapping.when.walk() if isinstance(part, Column) and part.names] if mapping.when else []
        return bool(parts) and all(file_column(self.columns, part) for part in parts)

    def _values(self, record: MappedRecord) -> str:
        values = {field.name: field.value for field in record.fields}
        if (not record.mapping.shared or record is self.records[0]) and record.mapping.source is None:
            values.setdefault("locator", self.entry)
        columns = claim_table(self.kinds[record.mapping.kind])
        return ", ".join(f"{values.get(name, 'null')}::varchar as {name}" for name in columns)
