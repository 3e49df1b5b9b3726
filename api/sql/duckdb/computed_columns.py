"""The columns of `base_n` beside those of the file: values that are computed once per record, in SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

NAME = re.compile(r"\b(?:kept|spans)_[0-9]+\b")


class ComputedColumns:
    """Names `kept_n` for SQL that is computed once, and names `spans_n` for what a table of lookups has by a key."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # By SQL, which may use columns that were added before.
        self.joined: dict[tuple[str, str], str] = {}  # By the table and the SQL of the key.
        self.is_complete = False  # Set when `base_n` is made.

    def once(self, sql: str) -> str:
        """The column that has this SQL, which depends on the record alone; the SQL itself once the table is made."""
        if self.is_complete:
            return self.names.get(sql, sql)
        return self.names.setdefault(sql, f"kept_{len(self.names) + 1}")

    def join(self, table: str, key: str) -> str:
        """The name of what a table of lookups has by a key. Only columns that are computed once may use it."""
        return self.joined.setdefault((table, key), f"spans_{len(self.joined) + 1}")

    def layers(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The columns in several selects, each of the one before: what a select joins, and its columns, SQL by name.

        A select uses no column of its own, because DuckDB would repeat its SQL.
        """
        used = {name: set(NAME.findall(sql)) for sql, name in self.names.items()}
        keys = {spans: set(NAME.findall(key)) for (_, key), spans in self.joined.items()}
        done = set[str]()
        while left := {name: sql for sql, name in self.names.items() if name not in done}:
            ready = {spans for spans, needed in keys.items() if needed <= done}
            layer = {name: sql for name, sql in left.items() if used[name] <= done | ready}
            yield "".join(self._join(spans) for spans in keys if any(spans in used[name] for name in layer)), layer
            done |= {*layer}

    def _join(self, spans: str) -> str:
        table, key = next(joined for joined, name in self.joined.items() if name == spans)
        return f" left join (select key as key_of_{spans}, spans as {spans} from {table}) on key_of_{spans} = {key}"
