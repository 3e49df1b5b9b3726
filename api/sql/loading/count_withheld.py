"""The statements that count withheld claims, and verify the counts. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kinds import Kinds

IS_ANY = "select exists (select from withheld)"


def recount(kinds: Kinds) -> Iterator[str]:
    """Count the withheld claims and records again, by source and kind."""
    yield "delete from withheld"
    for kind in kinds:
        yield f"""
insert into withheld (source, kind, claims, records)
select w.source, '{kind}', count(*), count(distinct w.id) filter (where not exists (select from {kind} r where r.id = w.id))
from {kind}_withheld w where w.removed_in is null group by w.source
"""


def proofs(kinds: Kinds) -> Iterator[tuple[str, str]]:
    """The proofs of `verify` about withheld claims: their counts are right, and none of their sources has public claims."""
    counts = "\nunion all\n".join(
        f"select w.source, '{kind}' as kind, count(*) as claims, count(distinct w.id) filter (where not exists (select from {kind} r where r.id = w.id)) as records\n"
        f"from {kind}_withheld w where w.removed_in is null group by w.source"
        for kind in kinds
    )
    yield (
        "withheld claims are counted",
        f"select 'withheld ' || coalesce(t.kind, n.kind) || ' of ' || coalesce(t.source, n.source) || ': the stored count is wrong'\n"
        f"from withheld t full join ({counts}) n on n.source = t.source and n.kind = t.kind\n"
        f"where (t.claims, t.records) is distinct from (n.claims, n.records)",
    )
    yield (
        "no source has both public and withheld claims",
        "\nunion all\n".join(
            f"select '{kind} ' || w.id || ': has a withheld claim of ' || w.source || ', which also has public claims' from {kind}_withheld w "
            f"join source s on s.id = w.source join {kind}_claim c on c.source = s.key{' and c.record <> s.key' if kind == 'source' else ''} where w.removed_in is null"
            for kind in kinds
        ),
    )
