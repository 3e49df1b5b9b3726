"""What restores a database beside the rows of its backup."""

from __future__ import annotations

ANALYZE = "analyze"
TABLES = "select relname::text from pg_class where relkind = 'r' and relnamespace = to_regnamespace(current_schema())"
SET_SEQUENCE = "select setval(format('%I', $1::text)::regclass, $2::bigint, $3::boolean)"
