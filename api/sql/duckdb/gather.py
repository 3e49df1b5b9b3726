"""The statements of DuckDB over all files of a load: what cannot be read, what they say about each kind, what is wrong and odd. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schema.model.claim import IDENTITY
from schema.model.kind import Kind

from ..columns import stage_columns
from ..text import quote_literal

TABLES = (
    "create table problem (file integer, record bigint, entry varchar, field varchar, value varchar, reason varchar)",
    "create table flag (file integer, code varchar, record bigint, field varchar, value varchar)",
    "create table dropped (file integer, record bigint)",
    "create table refused (file integer, record bigint, whole varchar)",
    "create table box (country varchar, west double, south double, east double, north double)",
)


def boxes(listed: Sequence[tuple[str, float, float, float, float]]) -> str:
    """Fill the table of the boxes around countries."""
    return "insert into box values " + ", ".join(f"({quote_literal(country)}, {', '.join(map(str, edges))})" for country, *edges in listed)


# The file, and where in it records start that could not be cut into cells; then the lines that these are on. DuckDB itself counts records.
UNREAD = """
select file_path, list(distinct line_byte_position order by line_byte_position)
from reject_errors join reject_scans using (scan_id, file_id) group by file_path
"""
LINES = "create or replace table lines as select unnest(?) as start, unnest(?) as line"
# Several of our fields may be made of one of the file's.
ONCE = """
create or replace table problem as
select file, record, entry, field, value, min(reason) as reason from problem group by file, record, entry, field, value
"""
REJECTS = "select 1 from duckdb_tables() where table_name = 'reject_errors'"
PROBLEMS = "select count(*) from problem"
FLAGS = "select code, count(*) from flag group by 1 order by 1"
FORGET = "drop table if exists reject_errors; drop table if exists reject_scans"


def unread(file: int) -> str:
    """What could not be cut into cells."""
    return f"""
insert into problem select distinct {file}, null::bigint, 'line ' || lines.line, '', null, lower(error_type::varchar) || ': ' || error_message
from reject_errors join lines on lines.start = line_byte_position
"""


def create_claims_view(kind: Kind, said: Sequence[str]) -> str:
    """What the files say about a kind, claim by claim; computed where it is asked."""
    return f"create view said_{kind.name} as" + "\nunion all".join(said)


def duplicates(kind: Kind) -> str:
    """Claims that two files make: the id, and the numbers of the first and the last of these files."""
    told = ", ".join(("id", "collection", *IDENTITY))
    return f"select id, min(file), max(file) from said_{kind.name} where not shared group by {told} having min(file) < max(file) limit 5"


def create_wordings_table(kind: Kind, otherwise: bool = False) -> str:
    """Of what many records say about one, each wording once; the second is told apart by where it was found. `otherwise`: some is to be
    left out where others say more."""
    columns = list(stage_columns(kind))
    others = ", ".join(name for name in columns if name != "locator")
    unless = f" and (not otherwise or id not in (select id from said_{kind.name} where shared and not otherwise))" if otherwise else ""
    located = ", ".join(
        "coalesce(locator, case when wording > 1 then 'first in record ' || record end) as locator" if name == "locator" else name
        for name in columns
    )
    return f"""
create table worded_{kind.name} as
select file, record, wording, {located} from (
  select *, row_number() over (partition by id order by file, record) as wording from (
    select min(file) as file, min(record) as record, arg_min(locator, (file, record)) as locator, {others} from said_{kind.name} where shared{unless} group by {others}
  ) once
) numbered
"""


def copy(kind: Kind, path: Path) -> str:
    """Write the claims about a kind; the statement returns how many."""
    columns = ", ".join(stage_columns(kind))
    return f"""
copy (
  select {columns} from said_{kind.name} where not shared
  union all select {columns} from worded_{kind.name}
) to {quote_literal(str(path))} (format csv, header false)
"""


def problems(limit: int) -> str:
    return f"select file, entry, field, value, reason from problem order by file, record nulls first, entry, field limit {limit}"


def odd(limit: int, each: int) -> str:
    """What is flagged, at most so many of a code, lest one drown the others."""
    return f"""
select file, 'record ' || record || case when field <> '' then ', ' || field else '' end || coalesce(': ' || value, '') || ' (' || code || ')'
from (from flag qualify row_number() over (partition by code order by file, record, field, value) <= {each})
order by file, record, field, code limit {limit}
"""


def rejects(path: Path) -> str:
    """Refused records, as JSON by the file's own names, with the reasons; what could not be cut into cells has its line alone."""
    return f"""
copy (
  select p.file, any_value(p.entry) as entry, list(distinct concat_ws(': ', nullif(p.field, ''), p.value, p.reason)) as reasons, any_value(r.whole)::json as record
  from problem p left join refused r on r.file = p.file and r.record = p.record
  group by p.file, p.record, case when p.record is null then p.entry end order by p.file, p.record
) to {quote_literal(str(path))} (format json)
"""
