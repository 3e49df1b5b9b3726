"""The function that plans a part of a statement for its values, while the rest keeps one plan for all values.

It has the rights of whoever calls it. Text; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable

from .text import quote_literal

NAME = "planned_keys"
SIGNATURE = f"{NAME}(text, text[])"
COMMENT = "The keys that a query finds, in its order. It is planned for its values: $1 in it is their array."
# As in a session whose statements are planned for their values, without material; see answering/plan_mode.py.
DEFINITION = f"""create or replace function {NAME}(query text, given text[]) returns bigint[]
language plpgsql stable set enable_material = off as $body$
declare
  keys bigint[];
begin
  execute 'select array(' || query || ')' into keys using given;
  return keys;
end
$body$"""


def planned_keys(query: str, given: Iterable[str]) -> str:
    """The array of the keys that a query finds; `given` are SQL expressions of text, which it reads as `($1)[1]` and so on."""
    return f"{NAME}({quote_literal(query)}, array[{', '.join(given)}]::text[])"
