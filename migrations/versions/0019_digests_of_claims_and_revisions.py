"""Digests of claims and revisions, by which `verify` finds what was changed since it was recorded."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

KINDS = ("actor", "event", "figure", "location", "participation", "source")
TABLES = tuple(f"{kind}{table}" for kind in KINDS for table in ("_claim", "_claim_history", "_withheld"))
COMMENT = "128 bits of the SHA-256 of the row as it was recorded, by which `verify` finds what was changed since."

# The same digests as api/sql/loading/digests.py computes when a revision is recorded. A later migration that changes stored claims or revisions
# ends with `select seal_history()`; the digests of all revisions then change.
SEAL_HISTORY = r"""
create function seal_history() returns void language plpgsql as $$
declare
  name text;
  parts text;
  items text := '';
  kind text;
  one record;
  previous bytea := '';
begin
  for name in select table_name from information_schema.columns where table_schema = current_schema() and column_name = 'digest' and data_type = 'bytea'
    and table_name <> 'claim_tombstone' order by table_name
  loop
    kind := regexp_replace(name, '(_claim|_claim_history|_withheld)$', '');
    select string_agg(format(case data_type
        when 'text' then $f$'%1$s=' || length(%1$I) || ':' || %1$I$f$
        when 'ARRAY' then $f$'%1$s=' || nullif(%1$I, '{}')::text$f$
        when 'date' then $f$'%1$s=' || (%1$I - date '2000-01-01')$f$
        when 'id' then format($f$'id=' || length(%1$s) || ':' || %1$s$f$, format(
          $f$coalesce((select r.id from %1$I r where r.key = t.record), (select h.id from %2$I h where h.key = t.record limit 1),
            (select p.id from purged_record p where p.kind = '%1$s' and p.key = t.record))$f$, kind, kind || '_history'))
        else $f$'%1$s=' || %1$I::text$f$ end, column_name), ', ' order by column_name collate "C") into parts
    from (
      select column_name::text, data_type::text from information_schema.columns where table_schema = current_schema() and table_name = name
      union all select 'id', 'id' where name not like '%\_withheld'
    ) every where true
      and column_name not in ('digest', 'removed_in') and not (name like '%\_history' and column_name = 'reason')
      and not (name like '%\_withheld' and column_name = 'key');
    execute format($f$update %I t set digest = substring(sha256(convert_to(concat_ws(E'\n', %s), 'UTF8')) for 16)$f$, name, parts);
    if name like '%\_claim' then
      items := items || format($f$
        union all select added_in, convert_to('+%1$s:' || key, 'UTF8') || digest from %1$I_claim
        union all select added_in, convert_to('+%1$s:' || key, 'UTF8') || digest from %1$I_claim_history
        union all select removed_in, convert_to('-%1$s:' || key || ':' || reason, 'UTF8') || digest from %1$I_claim_history
        union all select added_in, convert_to('+%1$s:' || key, 'UTF8') || digest from claim_tombstone where kind = '%1$s'
        union all select removed_in, convert_to('-%1$s:' || key || ':' || reason, 'UTF8') || digest from claim_tombstone where kind = '%1$s'$f$, kind);
    end if;
  end loop;
  create temp table redacted_before on commit drop as select revision, redacted_in, quotes from revision_digest where redacted_in is not null;
  delete from revision_digest;
  execute format($f$create temp table claims_by_revision on commit drop as
    select revision, sha256(coalesce(string_agg(item, ''::bytea order by item), ''::bytea)) as claims
    from (select null::bigint as revision, null::bytea as item where false %s) i group by revision$f$, items);
  for one in
    select r.id,
      sha256(convert_to(jsonb_build_array(r.id, extract(epoch from r.recorded_at), r.kind, r.message, r.author, r.tool, r.rule, r.totals_rule, r.digest, r.counts)::text, 'UTF8')) as details,
      sha256(convert_to(coalesce((r.receipt - 'odd' - 'rejections')::text, ''), 'UTF8')) as receipt,
      coalesce(b.quotes, sha256(convert_to(jsonb_build_array(r.receipt -> 'odd', r.receipt -> 'rejections')::text, 'UTF8'))) as quotes,
      coalesce(c.claims, sha256(''::bytea)) as claims, b.redacted_in
    from revision r left join claims_by_revision c on c.revision = r.id left join redacted_before b on b.revision = r.id order by r.id
  loop
    previous := sha256(previous || one.details || one.receipt || one.quotes || one.claims);
    insert into revision_digest (revision, details, receipt, quotes, claims, history, redacted_in)
    values (one.id, one.details, one.receipt, one.quotes, one.claims, previous, one.redacted_in);
  end loop;
  drop table redacted_before, claims_by_revision;
end $$
"""

# What counts say and history does not have: withholding removed it, before there were tombstones, or an earlier migration made one claim of several.
PURGED = """
insert into purged_count (revision, kind, sort, added, changed, removed)
select revision, '{kind}', '{sort}', added, changed, removed from (
  select r.id as revision, {differences} from revision r left join (
    select revision, count(*) filter (where e.key is null) as added, count(*) filter (where e.key is not null and b.key is not null) as changed,
      count(*) filter (where b.key is null) as removed
    from (select key, added_in as revision from {table} union all select key, added_in from {table}_history) b
    full join (select key, removed_in as revision from {table}_history{which}) e using (key, revision) group by revision
  ) m on m.revision = r.id
) d where added <> 0 or changed <> 0 or removed <> 0
"""


def upgrade() -> None:
    op.execute("select pg_advisory_xact_lock(7202)")  # No load is under way.
    op.create_table('claim_tombstone',
    sa.Column('kind', sa.Text(), nullable=False, comment='The kind that the claim is about.'),
    sa.Column('key', sa.BigInteger(), nullable=False, comment='The key that the claim had.'),
    sa.Column('added_in', sa.BigInteger(), nullable=False, comment='The revision that added this version of the claim.'),
    sa.Column('removed_in', sa.BigInteger(), nullable=False, comment='The revision that removed it.'),
    sa.Column('reason', sa.Text(), nullable=False, comment='Why it was removed.'),
    sa.Column('digest', sa.LargeBinary(), nullable=False, comment='The digest that it had.'),
    sa.Column('withheld_in', sa.BigInteger(), nullable=False, comment='The revision that removed it from history.'),
    sa.PrimaryKeyConstraint('kind', 'key', 'added_in', name=op.f('claim_tombstone_pkey')),
    comment='The digests of claims that were public and are withheld, so that the digests of revisions can still be verified.'
    )
    op.create_index(op.f('claim_tombstone_removed_in_idx'), 'claim_tombstone', ['removed_in'], unique=False)
    op.create_table('purged_count',
    sa.Column('revision', sa.BigInteger(), nullable=False, comment='The revision whose counts these are part of.'),
    sa.Column('kind', sa.Text(), nullable=False, comment='The kind of the claims or records.'),
    sa.Column('sort', sa.Text(), nullable=False, comment='What is counted: claims, records, or claims taken back.'),
    sa.Column('added', sa.BigInteger(), nullable=False, comment='How many of those that it added are no longer in history.'),
    sa.Column('changed', sa.BigInteger(), nullable=False, comment='How many of those that it changed are no longer in history.'),
    sa.Column('removed', sa.BigInteger(), nullable=False, comment='How many of those that it removed are no longer in history.'),
    sa.PrimaryKeyConstraint('revision', 'kind', 'sort', name=op.f('purged_count_pkey')),
    comment='What withholding has removed from history, by the revisions whose counts include it.'
    )
    op.create_table('purged_record',
    sa.Column('kind', sa.Text(), nullable=False, comment='The kind of the record.'),
    sa.Column('key', sa.BigInteger(), nullable=False, comment='The key that it had.'),
    sa.Column('id', sa.Text(collation='C'), nullable=False, comment='The id that it had.'),
    sa.PrimaryKeyConstraint('kind', 'key', name=op.f('purged_record_pkey')),
    comment='The ids of records of which withholding left no version.'
    )
    op.create_table('revision_digest',
    sa.Column('revision', sa.BigInteger(), nullable=False, comment='The revision.'),
    sa.Column('details', sa.LargeBinary(), nullable=False, comment='The SHA-256 of its time, kind, message, author, tool, rules, digest of files and counts.'),
    sa.Column('receipt', sa.LargeBinary(), nullable=False, comment='The SHA-256 of its receipt without the values that it quotes.'),
    sa.Column('quotes', sa.LargeBinary(), nullable=False, comment='The SHA-256 of the values that its receipt quotes.'),
    sa.Column('claims', sa.LargeBinary(), nullable=False, comment='The SHA-256 of the digests of the claims that it added and removed, in order.'),
    sa.Column('history', sa.LargeBinary(), nullable=False, comment='The SHA-256 of the same digest of the revision before it and of these four.'),
    sa.Column('redacted_in', sa.BigInteger(), nullable=True, comment='The revision that removed the quotes because it withheld claims; null if they are there.'),
    sa.PrimaryKeyConstraint('revision', name=op.f('revision_digest_pkey')),
    comment='The digests of revisions, each of which contains the one before it.'
    )
    for table in TABLES:
        op.add_column(table, sa.Column('digest', sa.LargeBinary(), nullable=True, comment=COMMENT))
    op.execute(SEAL_HISTORY)
    op.execute("comment on function seal_history() is 'Computes the digests of all claims and revisions again, after a migration that changes them.'")
    op.execute("select seal_history()")
    for table in TABLES:
        op.alter_column(table, 'digest', nullable=False)
    for kind in KINDS:
        for sort, table, last, which in (("claims", f"{kind}_claim", "retracted", " where reason <> 'withheld'"), ("records", kind, "removed", "")):
            differences = ", ".join(
                f"coalesce((r.counts -> '{sort}' -> '{kind}' ->> '{said}')::bigint, 0) - coalesce(m.{found}, 0) as {found}"
                for said, found in (("added", "added"), ("changed", "changed"), (last, "removed"))
            )
            op.execute(PURGED.format(kind=kind, sort=sort, table=table, which=which, differences=differences))
    op.execute(
        "insert into purged_count (revision, kind, sort, added, changed, removed) "
        "select id, '', 'taken_back', 0, (counts ->> 'taken_back')::bigint, 0 from revision where (counts ->> 'taken_back')::bigint > 0"
    )


def downgrade() -> None:
    op.execute("drop function seal_history()")
    for table in TABLES:
        op.drop_column(table, 'digest')
    for table in ('revision_digest', 'purged_record', 'purged_count', 'claim_tombstone'):
        op.drop_table(table)
