"""The proof of `verify` that what is withheld is readable by those who load alone. Text; no I/O."""

from __future__ import annotations

from schema.model.kinds import Kinds
from schema.storage.access import unserved_tables

from ..text import literals


def hidden_from_others(kinds: Kinds) -> str:
    """Every privilege on a table of what is withheld, or on a column of one, of a role that neither owns it nor may load."""
    return f"""
with hidden as (
  select oid, relname, relowner, relacl from pg_class where oid in (select name::regclass from unnest(array[{literals([*unserved_tables(kinds)])}]) name)
), granted as (
  select h.relname::text as name, h.relowner, a.grantee, a.privilege_type from hidden h, aclexplode(h.relacl) a
  union all
  select format('%s.%s', h.relname, c.attname), h.relowner, a.grantee, a.privilege_type
  from hidden h join pg_attribute c on c.attrelid = h.oid cross join aclexplode(c.attacl) a
)
select format('%s: %s may %s', name, case grantee when 0 then 'everybody' else pg_get_userbyid(grantee) end, string_agg(lower(privilege_type), ', ' order by privilege_type))
from granted where grantee <> relowner and (grantee = 0 or not has_table_privilege(grantee, 'revision', 'insert'))
group by name, grantee order by 1
"""
