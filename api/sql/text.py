"""SQL literals and identifiers, quoted for PostgreSQL and DuckDB alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from schema.model.parsers import LIST_JOINT, LIST_SEPARATOR

LITERAL = re.compile("'[^']*'")


def planned_length(sql: str) -> int:
    """The characters of a statement that PostgreSQL plans: all but its literals, of which one may be a statement that is only planned if it is needed."""
    return len(sql) - sum(map(len, LITERAL.findall(sql)))


def quote_literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_identifier(name: str) -> str:
    """A name, such as that of a column of a file, as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literals(values: Iterable[str]) -> str:
    """Texts as literals, separated by commas."""
    return ", ".join(map(quote_literal, values))


def list_as_text(value: str) -> str:
    """For PostgreSQL: a list as schema/model/parsers.py reads it from one text; a test holds the two together."""
    joined = f"array_to_string({value}, {quote_literal(LIST_JOINT)})"
    plain = f"cardinality({value}) > 0 and strpos(array_to_string({value}, ''), {quote_literal(LIST_SEPARATOR)}) = 0 and left({joined}, 1) <> '['"
    return f"case when {plain} then {joined} else to_json({value})::text end"
