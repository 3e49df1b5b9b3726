"""The statements that export claims, one table per kind, with ids in place of keys, as a load reads them back. Text; no I/O."""

from __future__ import annotations

from schema.model.claim_table import claim_table
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.parsers import LIST_SEPARATOR

from ..duckdb.parquet import PARQUET_TYPES, table_of_texts
from ..text import list_as_text, quote_identifier, quote_literal

REVISION = "select coalesce(max(id), 0) from revision"


def column_names(kind: Kind) -> list[str]:
    """The columns of the claim table of a kind."""
    return list(claim_table(kind))


def claims(kinds: Kinds, kind: Kind, cells: bool) -> str:
    """Every live claim about a kind. With `cells`, lists become one text with ` | ` between items, or JSON where that would be ambiguous."""
    columns, joins = [], [f"join {kind.name} record_ on record_.key = c.record", "join source source_ on source_.key = c.source"]
    for name, field in claim_table(kind).items():
        if field is None:
            columns.append(f"{'record_' if name == 'id' else 'source_'}.id as {name}" if name != "collection" else "c.collection")
        elif field.type.ref and not field.type.many:
            joins.append(f"left join {field.type.ref} to_{name} on to_{name}.key = c.{name}")
            columns.append(f"to_{name}.id as {name}")
        else:
            columns.append(f"{_value(field, cells)} as {name}")
    listed, joined = ",\n  ".join(columns), "\n".join(joins)
    order = 'order by record_.id, source_.id, c.collection collate "C", c.locator collate "C", c.attributed_to collate "C", c.key'
    return f"select\n  {listed}\nfrom {kind.name}_claim c\n{joined}\n{order}"


def _value(field: Field, cells: bool) -> str:
    value = f"c.{field.name}"
    if field.type.many and field.type.ref:
        ids = f"select array_agg(o.id order by u.n) from unnest({value}) with ordinality u(key, n) join {field.type.ref} o on o.key = u.key"
        value = f"case when {value} is not null then coalesce(({ids}), array[]::text[]) end"
    if not cells:
        return value
    return f"(select {list_as_text('v')} from (select {value} as v) list_)" if field.type.many else f"{value}::text"


def as_json(statement: str) -> str:
    """Each row as one object of JSON."""
    return f"select row_to_json(row_)::text from ({statement}) row_"


def parquet(kind: Kind, table: str, path: str) -> str:
    """For DuckDB: converts a CSV table of texts, with lists joined or in JSON, to Parquet with types."""
    cells = ",\n  ".join(f"{_parquet_value(name, field)} as {quote_identifier(name)}" for name, field in claim_table(kind).items())
    return f"""
copy (
  select {cells}
  from {table_of_texts(column_names(kind), table)}
) to {quote_literal(path)} (format parquet, compression zstd)
"""


def _parquet_value(name: str, field: Field | None) -> str:
    column = quote_identifier(name)
    if field is None or (field.type.ref and not field.type.many):
        return column
    if field.type.many:
        cut = f"list_transform(string_split({column}, {quote_literal(LIST_SEPARATOR)}), lambda item: trim(item))"
        return f"case when left({column}, 1) = '[' then from_json({column}, '[\"varchar\"]') else {cut} end"
    return f"{column}::{PARQUET_TYPES[field.type.sql]}" if field.type.sql in PARQUET_TYPES else column
