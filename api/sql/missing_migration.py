"""Finds declared kinds and fields for which no migration has been written yet."""

from __future__ import annotations

from schema.model.kinds import Kinds
from schema.storage.columns import live_names

from .text import quote_literal

MISSING_MIGRATION = "CFM01"  # The SQLSTATE of the error.


def refuse_missing_migration(kinds: Kinds) -> str:
    """A statement that fails with MISSING_MIGRATION if a kind has no table, or a field no column; the message names the first of them, and `make migration`."""
    stored = ((kind.name, name) for kind in kinds.values() for name in live_names(kind) if name in kind.fields)
    declared = ", ".join(f"({quote_literal(kind)}, {quote_literal(field)})" for kind, field in stored)
    return f"""do $missing$ declare what text; begin
  select case when to_regclass(kind) is null then format('the kind %s has no table', kind) else format('the field %s of the kind %s has no column', field, kind) end
  into what from (values {declared}) as declared(kind, field)
  where not exists (select from pg_attribute where attrelid = to_regclass(kind) and attname = field and not attisdropped) limit 1;
  if what is not null then
    raise exception using errcode = '{MISSING_MIGRATION}', message = what || ': no migration creates it; write one with `make migration MESSAGE="Add …"`';
  end if;
end $missing$"""
