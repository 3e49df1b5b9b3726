"""The statements that count what is withheld, and prove that it is. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kinds import Kinds


def recount(kinds: Kinds) -> Iterator[str]:
    """Count anew how much is withheld."""
    yield "delete from withheld"
    for kind in kinds:
        yield f"""
insert into withheld (source, kind, claims, records)
select w.source, '{kind}', count(*), count(distinct w.id) filter (where not exists (select from {kind} r where r.id = w.id))
from {kind}_withheld w where w.removed_in is null group by w.source
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
