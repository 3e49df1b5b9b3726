"""The statements that recognize a claim whose place in its file is only the number of a row, after the row has moved. Text; no I/O.

A row without an id has its number as locator, which is a part of what identifies a claim. Whoever inserts a row at the top of a table moves all others: their claims would
be retracted and made again. So a staged claim takes the locator of the stored one that it continues.
"""

from __future__ import annotations

from schema.model.claim import IDENTITY
from schema.model.claim_table import claim_table
from schema.model.kind import Kind
from schema.storage.columns import claim_names

from ..columns import column_list
from .keys import claims_with_keys

# A locator that the reader of files made; see api/sql/duckdb/wide.py and merge_files.py.
NUMBERED = "locator ~ '^(first in )?record [0-9]+(, column [0-9]+)?$'"


def any_numbered(kind: Kind) -> str:
    return f"select exists (select from stage_{kind.name} where placed_by_reader and {NUMBERED})"


def keep_locators(kind: Kind) -> str:
    """Give staged claims the locators of the public claims that they continue. $1: the collections."""
    content = [name for name in claim_names(kind) if name not in ("record", "collection", "added_in", *IDENTITY)]
    staged = f"{claims_with_keys(kind, 'stage.ctid as row_, stage.placed_by_reader')} where stage.{NUMBERED}"
    stored = f"select * from {kind.name}_claim where {NUMBERED} and collection = any($1) and record in (select record from staged)"
    return _keep_locators(f"stage_{kind.name}", "record", staged, stored, content)


def keep_withheld_locators(kind: Kind) -> str:
    """The same of withheld claims, which have ids in place of keys; the staged ones are set aside. $1: the collections."""
    content = [name for name in claim_table(kind) if name not in ("id", "collection", *IDENTITY)]
    staged = f"select *, ctid as row_ from aside_{kind.name} where {NUMBERED}"
    stored = f"select * from {kind.name}_withheld where {NUMBERED} and removed_in is null and collection = any($1) and id in (select id from staged)"
    return _keep_locators(f"aside_{kind.name}", "id", staged, stored, content)


def _keep_locators(table: str, record: str, staged: str, stored: str, content: list[str]) -> str:
    """A claim continues the one of the same record, collection, source and quotation, if it is the only one and that too, or says the same.

    If any other claim of them then had the locator of such a one, all keep their own.
    """
    alike = f"row({record}, {column_list([name for name in IDENTITY if name != 'locator'])}, collection, locator like 'first in %')::text"
    columns = f"{alike} as alike, md5(row({column_list(content)})::text) as content"
    counted = "count(*) over (partition by alike) as rivals, row_number() over (partition by alike, content order by number_) as nth"
    return f"""
with staged as (
  {staged}
), staged_ as (
  select *, {counted} from (select row_ as number_, placed_by_reader, locator, {columns} from staged) s
), stored_ as (
  select *, {counted} from (select key as number_, locator, {columns} from ({stored}) c) s
), continued as (
  select s.number_, s.alike, c.locator from staged_ s join stored_ c using (alike)
  where s.rivals = 1 and c.rivals = 1 or s.content = c.content and s.nth = c.nth
), taken as (
  select s.alike from staged_ s join continued c on c.alike = s.alike and c.locator = s.locator where s.number_ not in (select number_ from continued)
)
update {table} t set locator = c.locator from staged_ s join continued c using (number_)
where t.ctid = s.number_ and s.placed_by_reader and c.locator <> s.locator and s.alike not in (select alike from taken)
"""
