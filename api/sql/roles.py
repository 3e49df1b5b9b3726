"""The statements about the three roles of a database: what creates them, what they may do, and what a role may do beyond that.

The reading role may select what is served, by the names of tables, and nothing else. The loading role may change facts, but no table. The
migrating role owns the tables. Text; no I/O.

One module, although long: what each role may do stands beside the checks that it may do no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from schema.model.kinds import Kinds
from schema.storage.access import SERVED_REVISION_COLUMNS, UNSERVED_COLUMNS, served_tables, unserved_tables

from . import planned_keys, withheld_functions
from .revision import MIGRATION_LOCK_KEY
from .text import literals, quote_identifier, quote_literal

MARK = "withheld_as_of(bigint)"  # The function whose comment tells which version of the privileges a database has.
# The comment of a role, with the name of its database, or of every database in a cluster of our own.
READING, LOADING, EVERY_DATABASE = "Conflict Facts: reads from ", "Conflict Facts: loads into ", "every database"

OF_MIGRATIONS = "seal_history()"  # The function that only migrations call. All others that they create compute a value from arguments, or run a query with the rights of the caller.


@dataclass(frozen=True)
class Roles:
    """The names of the three roles."""

    reading: str = "reader"
    loading: str = "loader"
    migrating: str = "migrator"
    everywhere: bool = False  # Whether they are those of every database of the cluster, which is the embedded one.


# Creating the roles. Only a superuser may run all of it; what others may not do is left out, since a managed PostgreSQL has no superuser.

# Functions that every role may call, with which a role that may only read could write, or stop others: large objects take room, an advisory
# lock stops all loads, and signals end the sessions of the same role.
UNWANTED = r"^(lo_.*|loread|lowrite|pg_(try_)?advisory_.*|pg_(cancel|terminate)_backend|pg_logical_emit_message)$"
LOCKS = "pg_advisory_xact_lock(bigint), pg_try_advisory_xact_lock(bigint)"
IS_SUPERUSER = "(select rolsuper from pg_roles where rolname = current_user)"


def create_role(name: str) -> str:
    """Create a role that may connect, or take from an existing one what none of ours needs."""
    role, is_it = quote_identifier(name), f"rolname = {quote_literal(name)}"
    return f"""do $$ begin
  if not exists (select from pg_roles where {is_it}) then
    create role {role} login;
  elsif exists (select from pg_roles where {is_it} and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)) then
    alter role {role} nosuperuser nocreaterole nocreatedb noreplication nobypassrls;
  end if;
end $$"""


def describe_role(name: str, purpose: str, everywhere: bool) -> str:
    """Comment a role with its purpose in this database: migrations give it its privileges by that."""
    database = quote_literal(EVERY_DATABASE) if everywhere else "current_database()"
    described = f"format('comment on role {quote_identifier(name)} is %L', {quote_literal(purpose)} || {database})"
    return f"do $$ begin execute {described}; end $$"


def clear_settings(name: str) -> str:
    """Forget the settings of a role's sessions, which the role itself can change."""
    return f"""do $$ begin
  alter role {quote_identifier(name)} reset all;
  execute format('alter role {quote_identifier(name)} in database %I reset all', current_database());
end $$"""


def no_memberships(name: str) -> str:
    """Take a role out of the roles of PostgreSQL that may read or write everything, of which it may be a member from before."""
    return f"""do $$ declare granted text; begin
  for granted in select m.roleid::regrole from pg_auth_members m where m.member = {quote_literal(quote_identifier(name))}::regrole and m.roleid::regrole::text like 'pg\\_%' loop
    execute format('revoke %s from {quote_identifier(name)}', granted);
  end loop;
end $$"""


# In this database, for every role: without the right to create anything, or to call such functions.
WITHHOLD_FROM_PUBLIC = f"""do $$ declare called regprocedure; begin
  execute format('revoke temporary, create on database %I from public', current_database());
  execute format('revoke create on schema %I from public', current_schema());
  if {IS_SUPERUSER} then
    for called in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ '{UNWANTED}' loop
      execute format('revoke execute on function %s from public', called);
    end loop;
  end if;
end $$"""


# In a cluster of our own, the databases that PostgreSQL itself makes: no role but a superuser has anything to do there.
MADE_BY_POSTGRES = ("postgres", "template1")
WITHHOLD_OTHER_DATABASES = f"""do $$ declare other text; begin
  for other in
    select d.datname from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
    where d.datname in ({literals(MADE_BY_POSTGRES)}) and a.grantee = 0 group by 1
  loop
    execute format('revoke all on database %I from public', other);
  end loop;
end $$"""


def allow_in_database(roles: Roles) -> str:
    """What each role may do in this database, beside reading and writing tables."""
    reading, loading, migrating = map(quote_identifier, (roles.reading, roles.loading, roles.migrating))
    return f"""do $$ begin
  execute format('grant connect on database %I to {reading}, {loading}, {migrating}', current_database());
  execute format('grant temporary on database %I to {loading}', current_database());
  execute format('grant temporary, create on database %I to {migrating}', current_database());
  execute format('grant usage on schema %I to {reading}, {loading}', current_schema());
  execute format('grant usage, create on schema %I to {migrating}', current_schema());
  if {IS_SUPERUSER} then
    grant execute on function {LOCKS} to {loading}, {migrating};
    grant set on parameter session_replication_role to {loading}, {migrating};
  end if;
end $$"""


def give_tables(kinds: Kinds, migrating: str) -> str:
    """Make the migrating role the owner of our tables, and of the functions that belonged to their owner."""
    tables = literals([*served_tables(kinds), *unserved_tables(kinds), "alembic_version"])
    return f"""do $$ declare owned record; begin
  for owned in
    select 'function' as sort, p.oid::regprocedure::text as name from pg_proc p join pg_class r on r.oid = to_regclass('revision') and r.relowner = p.proowner
    where p.pronamespace = r.relnamespace and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    union all
    select 'table', oid::regclass::text from pg_class where oid in (select to_regclass(name) from unnest(array[{tables}]) name)
  loop
    execute format('alter %s %s owner to {quote_identifier(migrating)}', owned.sort, owned.name);
  end loop;
end $$"""


def roles_statements(kinds: Kinds, roles: Roles) -> list[str]:
    """The statements that create the roles in this database, or correct them, in their order. They may be run again at any time."""
    reading, loading, migrating = roles.reading, roles.loading, roles.migrating
    return [
        f"select pg_advisory_xact_lock({MIGRATION_LOCK_KEY})",  # Another process that starts may be doing the same.
        *map(create_role, (reading, loading, migrating)),
        describe_role(reading, READING, roles.everywhere),
        describe_role(loading, LOADING, roles.everywhere),
        *map(no_memberships, (reading, loading)),
        *map(clear_settings, (reading, loading)),
        f"alter role {quote_identifier(reading)} set default_transaction_read_only = on",
        WITHHOLD_FROM_PUBLIC,
        *([WITHHOLD_OTHER_DATABASES] if roles.everywhere else ()),
        allow_in_database(roles),
        f"do $$ begin if not {IS_SUPERUSER} then grant {quote_identifier(migrating)} to current_user; end if; end $$",
        give_tables(kinds, migrating),
    ]


def script(kinds: Kinds, roles: Roles, migration: str) -> list[str]:
    """The same, and the privileges of the roles if the tables are of this migration."""
    granted = privileges(kinds, roles.reading, roles.loading, migration)
    return [*roles_statements(kinds, roles), f"set local role {quote_identifier(roles.migrating)}", granted, "reset role"]


# What the owner of the tables grants: after every migration, since it may have added a table.


def privileges(kinds: Kinds, reading: str = "", loading: str = "", migration: str = "") -> str:
    """Create the functions that answers call, and give every reading and loading role exactly its privileges on tables.

    Roles that `roles_statements` created, or that have such privileges, keep them as tables are added; `reading` and `loading` name others. Nothing is done
    for a role that does not exist, nor in a database without tables or, with `migration`, whose tables are of another one.
    """
    return _privileges(kinds, reading, loading, migration).replace("$VERSION$", version(kinds))


def version(kinds: Kinds) -> str:
    """A digest of everything that makes the roles of a database what they are."""
    parts = [*roles_statements(kinds, Roles()), WITHHOLD_OTHER_DATABASES, _privileges(kinds, "", "", "")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _privileges(kinds: Kinds, reading: str, loading: str, migration: str) -> str:
    served, unserved, all_functions = served_tables(kinds), unserved_tables(kinds), ", ".join(FUNCTIONS)
    read = ", ".join(["alembic_version", *(name for name in served if name not in UNSERVED_COLUMNS)])
    everything = ", ".join([*served, *unserved])
    keys = literals([*(f"{kind}{suffix}" for kind in kinds for suffix in ("", "_claim", "_withheld"))])
    return f"""do $privileges$ declare name text; begin
  perform pg_advisory_xact_lock({MIGRATION_LOCK_KEY});
  if to_regclass('alembic_version') is null then
    raise notice 'there are no tables yet: the command that creates them gives the roles their privileges';
    return;
  elsif {quote_literal(migration)} not in ('', (select version_num from alembic_version)) then
    raise notice 'the tables are of another version: the command that updates them gives the roles their privileges';
    return;
  end if;
  perform set_config('search_path', format('%I, pg_temp', current_schema()), true);
{_functions(kinds)}
  revoke all on function {all_functions}, {OF_MIGRATIONS} from public;
  revoke all on {everything} from public;
  for name in {_roles("select", "withheld", READING, reading)} except {_roles("insert", "revision", LOADING, loading)} loop
    execute format('revoke all on {everything} from %I', name);
    execute format('grant select on {read} to %I', name);
    execute format('grant select ({", ".join(SERVED_REVISION_COLUMNS)}) on revision to %I', name);
    execute format('grant execute on function {all_functions} to %I', name);
  end loop;
  for name in {_roles("insert", "revision", LOADING, loading)} loop
    execute format('grant select, insert, update, delete on {everything} to %I', name);
    execute format('grant select on alembic_version to %I', name);
    execute format('grant execute on function {all_functions} to %I', name);
    execute (
      select string_agg(format('grant usage on sequence %s to %I', pg_get_serial_sequence(filled, 'key'), name), '; ') from unnest(array[{keys}]) filled
    );
    if current_setting('server_version_num')::int >= 170000 then  -- So that a load can make statistics.
      execute format('grant maintain on {everything} to %I', name);
    end if;
  end loop;
end $privileges$"""


# Functions that roles may execute, by signature, with their comments.
FUNCTIONS = {**withheld_functions.SIGNATURES, planned_keys.SIGNATURE: planned_keys.COMMENT}


def _functions(kinds: Kinds) -> str:
    """Create the functions that roles may execute, with their comments."""
    definitions = [*withheld_functions.definitions(kinds), planned_keys.DEFINITION]
    return "\n".join(
        [
            *(f"  execute $function$ {text} $function$;" for text in definitions),
            *(
                f"  comment on function {signature} is {quote_literal(comment + (' Privileges: $VERSION$.' if signature == MARK else ''))};"
                for signature, comment in FUNCTIONS.items()
            ),
        ]
    )


def _roles(privilege: str, table: str, purpose: str, role: str) -> str:
    """A select of the roles with a purpose: by their comment, by a privilege that they were granted, or by name; the owner is none of them."""
    return f"""(
    select r.rolname from pg_roles r join pg_class c on c.oid = '{table}'::regclass and c.relowner <> r.oid
    where r.rolname = {quote_literal(role)} or shobj_description(r.oid, 'pg_authid') in ({quote_literal(purpose)} || current_database(), {quote_literal(purpose + EVERY_DATABASE)})
      or exists (select from aclexplode(c.relacl) a where a.grantee = r.oid and a.privilege_type = '{privilege.upper()}')
  )"""


PRIVILEGES_VERSION = f"select substring(obj_description(to_regprocedure('{MARK}'), 'pg_proc') from 'Privileges: (\\w+)')"

# What the role of the session may do: whether it has its privileges, and what more it may do than read.
MAY_READ = (
    f"select current_user::text as username, coalesce(has_function_privilege(to_regprocedure('{MARK}'), 'execute'), false) as allowed"
)
CAN_GRANT = "select pg_has_role(relowner, 'usage') and not current_setting('transaction_read_only')::boolean from pg_class where oid = 'revision'::regclass"
MAY_LOAD = "select current_user::text as username, has_table_privilege('revision', 'insert') as allowed"


def excess(kinds: Kinds) -> str:
    """What the role of the session may do beyond reading what is served: a sentence for each, without its subject."""
    everything = literals([*served_tables(kinds), *unserved_tables(kinds)])
    hidden = literals([*unserved_tables(kinds)])
    return f"""
select array_remove(array[
  case when r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls then 'can administer the server' end,
  case when has_schema_privilege(current_schema(), 'create') or has_database_privilege(current_database(), 'create')
    or exists (select from unnest(array[{everything}]) t where has_table_privilege(t, 'insert, update, delete, truncate')) then 'can write' end,
  case when exists (select from unnest(array[{hidden}]) t where has_any_column_privilege(t, 'select')) then 'can read what is withheld' end
], null) as found, current_user::text as username
from pg_roles r where r.rolname = current_user
"""
