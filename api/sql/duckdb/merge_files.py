"""The statements of DuckDB over all files of a load: their claims by kind, their problems and their flags. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schema.model.claim import IDENTITY
from schema.model.claim_table import claim_table
from schema.model.kind import Kind

from ..text import quote_identifier, quote_literal
from .mapped_file import MAX_VALUE_LENGTH
from .wide import record_words

NOT_UTF8 = "is not UTF-8; the file may be ISO 8859-1 (Latin-1), or Windows-1252, 1251 (Cyrillic) or 1256 (Arabic): convert it to UTF-8"
# What is wrong with a line, by DuckDB's kind of error, in SQL.
REASONS = {
    "INVALID ENCODING": quote_literal(NOT_UTF8),
    "MISSING COLUMNS": "'missing columns: the header has ' || regexp_extract(error_message, 'Columns: (\\d+)', 1) || ' names, and the line ' || "
    "regexp_extract(error_message, 'Found: (\\d+)', 1) || case when error_message like '%Found: 1' then ' cell' else ' cells' end || "
    "'; write a delimiter for each cell that is empty, and look for a quotation mark that is not closed'",
    "TOO MANY COLUMNS": "'too many columns: the header has ' || regexp_extract(error_message, 'Columns: (\\d+)', 1) || ' names, and the line more cells; "
    "put a cell that contains the delimiter between quotation marks'",
    "UNQUOTED VALUE": "'unterminated or misplaced quotation mark' || case when contains(lines.text, chr(10)) then "
    "', which takes the lines up to ' || (lines.line + length(lines.text) - length(replace(lines.text, chr(10), ''))) || ' with it' else '' end || "
    "': close it, and write one that is part of a text twice'",
}
MAX_RECORDS_IN_TABLES = 5_000  # Records of files whose claims are computed once. Measured: 60,000 records of UCDP take a fifth longer so.
MAX_DUPLICATES_LISTED = 5  # Claims of two files that a refusal names.

# DuckDB keeps the rows that it could not cut into cells in tables that one read of a CSV file creates and the next adds to.
DROP_REJECTS = "drop table if exists reject_errors; drop table if exists reject_scans"
REJECTED_POSITIONS = """
select file_path, list(line_byte_position order by line_byte_position), list(number order by line_byte_position), any_value(delimiter) from (
  select file_path, line_byte_position, min(line) as number, any_value(delimiter) as delimiter
  from reject_errors join reject_scans using (scan_id, file_id) group by file_path, line_byte_position
) rejected group by file_path
"""
# Arguments: the positions, and what to call the line at each, its number and its text. DuckDB itself gives the number of a record, which may span lines.
CREATE_LINES = "create or replace table lines as select unnest(?) as start, unnest(?) as entry, unnest(?) as line, unnest(?) as text"
NO_BLANK_LINES = "create or replace table blank_lines (line bigint)"
FIND_BLANK_LINES = r"""insert into blank_lines select line from lines where regexp_full_match(text, '[\s,;|"]*')"""
MISPLACED_QUOTES = (
    "select distinct text from reject_errors join lines on lines.start = line_byte_position where error_type::varchar = 'UNQUOTED VALUE'"
)
SKIPPED_LINES = "select any_value(skip_rows) from reject_scans"
# Each record that could not be cut, by the number of its first line.
COUNT_REJECTED_LINES = "select coalesce(sum(lines), 0) from (select any_value(1 + length(text) - length(replace(text, chr(10), ''))) as lines from lines group by line) records"
COUNT_BLANK_LINES = "select count(*) from blank_lines"


def count_lines(records: str, columns: Sequence[str]) -> str:
    """The number of lines that these records of a text have, those within cells among them."""
    breaks = " + ".join(f"coalesce(length({cell}) - length(replace({cell}, chr(10), '')), 0)" for cell in map(quote_identifier, columns))
    return f"select coalesce(sum(1 + {breaks}), 0) from ({records})"


def insert_rejects(file: int) -> str:
    """Add the rows that could not be cut into cells to the problems, each with its line."""
    cases = " ".join(f"when {quote_literal(kind)} then {reason}" for kind, reason in REASONS.items())
    reason = f"case error_type::varchar {cases} else lower(error_type::varchar) || ': ' || error_message end"
    return f"""
insert into problem select distinct {file}, null::bigint, lines.entry, '', null, {reason}
from reject_errors join lines on lines.start = line_byte_position where lines.line not in (from blank_lines);
insert into unreadable select distinct {file}, entry, text from lines
"""


def create_claims(kind: Kind, selects: Sequence[str], records: int) -> str:
    """The claims of all files about a kind: a table if the files have few records, else a view, whose claims are computed when they are read.

    Of few records, planning a view anew for each statement takes longest; of many, writing a table does, and takes three times the space.
    """
    relation = "table" if records <= MAX_RECORDS_IN_TABLES else "view"
    return f"create {relation} claims_{kind.name} as" + "\nunion all".join(selects)


def create_wordings_table(kind: Kind, has_defaults: bool = False) -> str:
    """The claims about records that several records of a file share: each wording once, with its number.

    A second wording is told apart by the record in which it was found first. `has_defaults`: some claims are left out
    if a file says more of the same record elsewhere.
    """
    columns = list(claim_table(kind))
    others = ", ".join(name for name in columns if name != "locator")
    condition = (
        f" and (not otherwise or id not in (select id from claims_{kind.name} where shared and not otherwise))" if has_defaults else ""
    )
    located = ", ".join(
        f"coalesce(locator, case when wording > 1 then 'first in ' || {record_words('record')} end) as locator"
        if name == "locator"
        else name
        for name in columns
    )
    return f"""
create table wordings_{kind.name} as
select file, record, wording, {located} from (
  select *, row_number() over (partition by id order by file, record, {", ".join(name for name in columns if name != "id")}) as wording from (
    select min(file) as file, min(record) as record, arg_min(locator, (file, record)) as locator, {others}
    from claims_{kind.name} where shared{condition} group by {others}
  ) once
) numbered
"""


def duplicates(kind: Kind) -> str:
    """The claims that two files make: the id, and the numbers of the first and the last of these files."""
    identity = ", ".join(("id", "collection", *IDENTITY))
    return (
        f"select id, min(file), max(file) from claims_{kind.name} where not shared group by {identity} "
        f"having min(file) < max(file) limit {MAX_DUPLICATES_LISTED}"
    )


def count_claims(kind: Kind, file: int) -> str:
    """How many claims a file makes about a kind of which there are any."""
    return f"select count(*) from claims_{kind.name} where file = {file}"


def described(kind: str) -> str:
    """The ids that claims about a kind are about, among those of the list that is the argument."""
    return f"select distinct id from claims_{kind} where id in (select unnest(?))"


def copy_claims(kind: Kind, path: Path, shared: bool) -> str:
    """Write the claims about a kind as CSV without a header; the statement returns their number. `shared`: whether there is a table of wordings."""
    columns = ", ".join(claim_table(kind))
    wordings = f"union all select {columns} from wordings_{kind.name}" if shared else ""
    return f"""
copy (
  select {columns} from claims_{kind.name} where not shared {wordings}
) to {quote_literal(str(path))} (format csv, header false)
"""


def copy_unstated(selects: Sequence[str], path: Path) -> str:
    """Write what rows could say and do not as CSV without a header, each once; the statement returns their number."""
    return (
        f"copy (select distinct * from ({' union all '.join(selects)}) unstated) to {quote_literal(str(path))} (format csv, header false)"
    )


# Several fields of ours may be made of one column of the file: its value is one problem.
MERGE_PROBLEMS = """
create or replace table problem as
select file, record, entry, field, value, min(reason) as reason from problem group by file, record, entry, field, value
"""
# A name that is made of a long cell is too long as well: the cell is named, and once.
MERGE_LONG_VALUES = f"""
delete from problem v where length(v.value) = {MAX_VALUE_LENGTH} and exists (
  select 1 from problem w where (w.file, w.record, w.field, w.reason) = (v.file, v.record, v.field, v.reason) and length(w.value) = {MAX_VALUE_LENGTH}
    and contains(v.value, left(w.value, 40)) and not contains(w.value, left(v.value, 40)))
"""
DISTINCT_PROBLEMS = "select distinct reason, value from problem where value is not null limit {limit}"
# Arguments: lists of reasons, of values, and of what to do about them.
ADD_CURES = """
update problem set reason = problem.reason || cure.text from (select unnest(?) as reason, unnest(?) as value, unnest(?) as text) cure
where problem.reason = cure.reason and problem.value = cure.value
"""
COUNT_PROBLEMS = "select count(*) from problem"
COUNT_FLAGS = "select code, count(*) from flag group by 1 order by 1"


def first_problems(limit: int) -> str:
    return f"select file, entry, field, value, reason from problem order by file, record nulls first, entry, field limit {limit}"


def first_flags(limit: int, per_code: int) -> str:
    """The first flagged values as text, at most `per_code` of one code, so that no code crowds out the others."""
    return f"""
select file, {record_words("record")} || case when field <> '' then ', ' || field else '' end || coalesce(': ' || value, '') || ' (' || code || ')'
from (from flag qualify row_number() over (partition by code order by file, record, field, value) <= {per_code})
order by file, record, field, code limit {limit}
"""


def copy_rejects(path: Path, names: Sequence[str]) -> str:
    """Write the rejected records of the files with these names as JSON, with the reasons; a row that could not be cut into cells as its text."""
    return f"""
copy (
  select [{", ".join(map(quote_literal, names))}][p.file + 1] as file, any_value(p.entry) as entry, list(distinct concat_ws(': ', nullif(p.field, ''), p.value, p.reason)) as reasons,
    coalesce(any_value(r.whole)::json, to_json(any_value(u.text))) as record
  from problem p left join refused r on r.file = p.file and r.record = p.record
    left join unreadable u on p.record is null and u.file = p.file and u.entry = p.entry
  group by p.file, p.record, case when p.record is null then p.entry end order by p.file, p.record
) to {quote_literal(str(path))} (format json)
"""
