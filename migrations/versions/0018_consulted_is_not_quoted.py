"""Distinguish sources that were consulted from those that are quoted, and state how UCDP GED divides its deaths.

The articles that UCDP and ACLED list for an event were stored as `quoted_from` of every claim about it. They become `consulted` of the claim about the
event. `quoted_from` is part of what identifies a claim, so claims are rewritten in place, in history too: loading the same file again then changes nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

KINDS = ('actor', 'event', 'figure', 'location', 'participation', 'source')
COMMENT = "The sources that this claim's source consulted for the record, without crediting any of them for a value; they are no origins."

# The columns with the key of a claim, by kind.
CHOSEN = {
    'event': ('name', 'kind', 'violence', 'time', 'country', 'place', 'clarity', 'part_of', 'summary', 'ucdp_id'),
    'participation': ('event', 'actor', 'role', 'remark'),
    'figure': ('event', 'measure', 'population', 'actor', 'location', 'value', 'basis', 'period', 'origin'),
}
ARTICLES = """
create temp table article on commit drop as
select distinct key from (select key, id from source union all select key, id from source_history) s
where id like 'ucdp-article-%' or id like 'acled-source-%'
"""
# The claims that a load of GED or ACLED made, in every version. `kept`: the key of the first of those that differ only in the articles.
CITED = """
create temp table cited on commit drop as
with claims as (
  select c.key, c.record, c.source, c.collection, c.locator, c.added_in, c.removed_in, r.id
  from (
    select key, record, source, collection, locator, attributed_to, quoted_from, added_in, null::bigint as removed_in from {kind}_claim
    union all
    select key, record, source, collection, locator, attributed_to, quoted_from, added_in, removed_in from {kind}_claim_history
  ) c
  join (select key, id from {kind} union select key, id from {kind}_history) r on r.key = c.record
  join (select key, id from source union select key, id from source_history) s on s.key = c.source
  where c.collection = s.id and c.attributed_to is null
    and (r.id like 'ucdp-ged-%' and c.locator like 'id %' or r.id like 'acled-%' and c.locator like 'event %')
    and (c.quoted_from = '{{}}' or c.quoted_from[1] in (select key from article))
), ordered as (
  select *, min(key) over one as kept,
    lead(added_in) over (partition by record, source, collection, locator order by added_in) < coalesce(removed_in, 9223372036854775807) as beside
  from claims window one as (partition by record, source, collection, locator)
), counted as (
  select *, bool_or(beside) over (partition by record, source, collection, locator) as rivals from ordered
)
select distinct key, record, kept, id like 'ucdp-ged-%' and id ~ '-(side-a|side-b|civilians|unknown)$' as by_side
from counted where rivals is not true
"""
REWRITTEN = {
    'event': "consulted = nullif(c.quoted_from, '{}'), quoted_from = '{}'",
    'participation': "quoted_from = '{}'",
    'figure': "quoted_from = '{}', disaggregation = case when m.by_side then 'ucdp-deaths' end",
}
# The claim that the rule chooses among those that state a disaggregation: the one chosen for the measure, if it states one.
DISAGGREGATION = """
update {table} f set disaggregation = 'ucdp-deaths', disaggregation_claim = d.claim
from (
  select f.key, f.added_in, (
    select c.key from ({claims}) c join (select key, reliability, published_on, id from source) s on s.key = c.source
    where c.record = f.key and c.disaggregation is not null and c.rank <> 'deprecated' and {stands}
    order by c.key is distinct from f.measure_claim, c.rank <> 'preferred', s.reliability nulls last, c.credibility nulls last,
      s.published_on desc nulls last, s.id collate "C"
    limit 1
  ) as claim
  from {table} f where f.key in (select record from cited where by_side)
) d
where d.key = f.key and d.added_in = f.added_in and d.claim is not null
"""
CLAIM_COLUMNS = 'key, record, source, disaggregation, rank, credibility, added_in'
PAST_CLAIMS = (
    f"select {CLAIM_COLUMNS}, null::bigint as removed_in from figure_claim union all select {CLAIM_COLUMNS}, removed_in from figure_claim_history"
)
# Withheld claims name their sources by id.
WITHHELD = """
update {kind}_withheld set {changes} where quoted_from <> '{{}}' and collection = source
  and (id like 'ucdp-ged-%' and locator like 'id %' and quoted_from[1] like 'ucdp-article-%'
    or id like 'acled-%' and locator like 'event %' and quoted_from[1] like 'acled-source-%')
"""


def upgrade() -> None:
    for kind in KINDS:
        for table in (f'{kind}_claim', f'{kind}_claim_history'):
            op.add_column(table, sa.Column('consulted', postgresql.ARRAY(sa.BigInteger()), nullable=True, comment=COMMENT))
        op.add_column(f'{kind}_withheld', sa.Column('consulted', postgresql.ARRAY(sa.Text()), nullable=True, comment=COMMENT))
    op.execute(ARTICLES)
    for kind, chosen in CHOSEN.items():
        op.execute(CITED.format(kind=kind))
        op.execute('analyze cited')
        _rewrite(kind, chosen)
        if kind == 'figure':
            op.execute(DISAGGREGATION.format(table='figure', claims=f'select {CLAIM_COLUMNS} from figure_claim', stands='true'))
            op.execute(DISAGGREGATION.format(
                table='figure_history', claims=PAST_CLAIMS, stands='c.added_in <= f.added_in and (c.removed_in is null or c.removed_in > f.added_in)',
            ))
        if kind != 'event':
            _pack(kind)
        op.execute('drop table cited')
        changes = "consulted = quoted_from, quoted_from = '{}'" if kind == 'event' else "quoted_from = '{}'"
        op.execute(WITHHELD.format(kind=kind, changes=changes))
    op.execute(
        "update figure_withheld set disaggregation = 'ucdp-deaths' where collection = source and locator like 'id %' "
        "and id like 'ucdp-ged-%' and id ~ '-(side-a|side-b|civilians|unknown)$'"
    )
    for kind in KINDS:
        op.create_index(f'{kind}_claim_consulted_idx', f'{kind}_claim', ['consulted'], postgresql_using='gin')
    op.execute('set constraints all immediate')


def _rewrite(kind: str, chosen: tuple[str, ...]) -> None:
    """Rewrite the claims; those that differed only in the articles become versions of one claim, whose key the settled records get."""
    changed = ' or '.join(["c.quoted_from <> '{}'", 'm.key <> m.kept', *(['m.by_side'] if kind == 'figure' else [])])
    for table in (f'{kind}_claim', f'{kind}_claim_history'):
        op.execute(f'update {table} c set key = m.kept, {REWRITTEN[kind]} from cited m where m.key = c.key and ({changed})')
    for table in (kind, f'{kind}_history'):
        for group in chosen:
            op.execute(f'update {table} r set {group}_claim = m.kept from cited m where m.key <> m.kept and m.record = r.key and r.{group}_claim = m.key')


def _pack(kind: str) -> None:
    """Copy the changed records into their events."""
    changed = "m.by_side or m.key <> m.kept" if kind == 'figure' else 'm.key <> m.kept'
    op.execute(f"""
update event e set packed_{kind}s = p.rows
from (
  select p.event as key, array_agg(p order by p.id) as rows from {kind} p
  where p.event in (select r.event from cited m join {kind} r on r.key = m.record where {changed})
  group by p.event
) p
where p.key = e.key
""")


def downgrade() -> None:
    for kind in reversed(KINDS):
        op.drop_index(f'{kind}_claim_consulted_idx', table_name=f'{kind}_claim')
        for table in (f'{kind}_withheld', f'{kind}_claim_history', f'{kind}_claim'):
            op.drop_column(table, 'consulted')
