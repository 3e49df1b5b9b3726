"""The statements that tell of what is withheld: how much it is, whose, and whether all of it is. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind, Kinds

# What the kinds show of withheld is asked once a revision, with the last revision that took back what had been shown.
KNOWN = """
select coalesce((select jsonb_object_agg(kind, records) from (select kind, sum(records) as records from withheld group by kind) k), '{}')::text as records,
  coalesce((select max(id) from revision where counts ? 'taken_back'), 0) as taken_back, (select coalesce(max(id), 0) from revision) as revision
"""


def tell(kinds: Kinds) -> Iterator[str]:
    """Count anew how much is withheld."""
    yield "delete from withheld"
    for kind in kinds:
        yield f"""
insert into withheld (source, kind, claims, records)
select w.source, '{kind}', count(*), count(distinct w.id) filter (where not exists (select from {kind} r where r.id = w.id))
from {kind}_withheld w where w.removed_in is null group by w.source
"""


def standing(kind: Kind) -> str:
    """The source of a record ($1) that was withheld at a revision ($2; null: now), as the problem of who asks for it tells it."""
    return f"""
select coalesce(s.id, w.source) as id, s.title, s.url
from {kind.name}_withheld w left join source s on s.id = w.source
where w.id = $1 and w.added_in <= coalesce($2::bigint, w.added_in) and (w.removed_in is null or w.removed_in > $2::bigint)
order by w.source limit 1
"""


def bare(kinds: Kinds) -> str:
    """A source whose claims may not be passed on and can be read all the same."""
    permits = kinds["source"].permits
    claimed = " or ".join(
        f"exists (select from {table} c where c.source = s.key{' and c.record <> s.key' if name == 'source' else ''})"
        for name in kinds for table in (f"{name}_claim", f"{name}_claim_history")
    )  # fmt: skip
    return f"""
select s.id from source_claim p join source s on s.key = p.record where p.{permits} is false and p.rank <> 'deprecated' and ({claimed}) limit 1
"""


def proofs(kinds: Kinds) -> Iterator[tuple[str, str]]:
    """What `verify` proves of what is withheld: it is counted as it is, and nothing that is shown is of it."""
    told = "\nunion all\n".join(
        f"select w.source, '{kind}' as kind, count(*) as claims, count(distinct w.id) filter (where not exists (select from {kind} r where r.id = w.id)) as records\n"
        f"from {kind}_withheld w where w.removed_in is null group by w.source"
        for kind in kinds
    )
    yield (
        "what is withheld is counted",
        f"select 'withheld ' || coalesce(t.kind, n.kind) || ' of ' || coalesce(t.source, n.source) || ': is not as counted'\n"
        f"from withheld t full join ({told}) n on n.source = t.source and n.kind = t.kind\n"
        f"where (t.claims, t.records) is distinct from (n.claims, n.records)",
    )
    yield (
        "no source has claims that are shown and claims that are withheld",
        "\nunion all\n".join(
            f"select '{kind} ' || w.id || ': has a claim of ' || w.source || ' that is withheld, and others of it are shown' from {kind}_withheld w "
            f"join source s on s.id = w.source join {kind}_claim c on c.source = s.key{' and c.record <> s.key' if kind == 'source' else ''} where w.removed_in is null"
            for kind in kinds
        ),
    )
