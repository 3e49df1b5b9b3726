"""What each revision did, counted from history, and compared with what its receipt says. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.kind import Kind
from schema.model.kinds import Kinds

CLAIM_COUNTS, RECORD_COUNTS = ("added", "changed", "retracted"), ("added", "changed", "removed")


def moved_records(name: str, which: str = "true") -> str:
    """A select of `revision` and of the numbers of records of a kind that it added, changed and removed."""
    began = f"select key, added_in as revision from {name} where {which} union all select key, added_in from {name}_history where {which}"
    return _moved(began, f"select key, removed_in as revision from {name}_history where {which}", RECORD_COUNTS)


def moved_claims(name: str) -> str:
    """A select of `revision` and of the numbers of claims about a kind that it added, changed and retracted; withholding is not counted."""
    began = (
        f"select key, added_in as revision from {name}_claim union all select key, added_in from {name}_claim_history "
        f"union all select key, added_in from claim_tombstone where kind = '{name}'"
    )
    ended = (
        f"select key, removed_in as revision from {name}_claim_history where reason <> 'withheld' "
        f"union all select key, removed_in from claim_tombstone where kind = '{name}' and reason <> 'withheld'"
    )
    return _moved(began, ended, CLAIM_COUNTS)


def _moved(began: str, ended: str, names: tuple[str, ...]) -> str:
    """Count versions that began (new), began where another ended (changed), and ended without a successor."""
    added, changed, removed = names
    return f"""
select revision, count(*) filter (where e.key is null) as {added}, count(*) filter (where e.key is not null and b.key is not null) as {changed},
  count(*) filter (where b.key is null) as {removed}
from ({began}) b full join ({ended}) e using (key, revision) group by revision"""


# Proofs


def proofs(kinds: Kinds, since: int) -> Iterator[tuple[str, str]]:
    """The proofs of `verify` about what revisions say that they did."""
    for kind in kinds.values():
        claims = _differing(kind, "claims", CLAIM_COUNTS, moved_claims(kind.name), since)
        records = _differing(kind, "records", RECORD_COUNTS, moved_records(kind.name), since)
        yield f"revisions count the {kind.plural} and claims about them that they changed", f"{claims}\nunion all\n{records}"
    yield "receipts agree with the counts of their revisions", _receipts(kinds, since)


def _differing(kind: Kind, sort: str, names: tuple[str, ...], moved: str, since: int) -> str:
    """Selects the revisions whose counts differ from history, with what withholding has removed from it since."""
    said = ", ".join(f"coalesce((r.counts -> '{sort}' -> '{kind.name}' ->> '{name}')::bigint, 0)" for name in names)
    purged = ("added", "changed", "removed")
    found = ", ".join(f"coalesce(m.{name}, 0) + coalesce(p.{other}, 0)" for name, other in zip(names, purged, strict=True))
    about = f"claims about {kind.plural}" if sort == "claims" else kind.plural
    return f"""
select 'revision ' || r.id || ': says of {about} that it {", ".join(names)} ' || concat_ws(', ', {said}) || '; it did ' || concat_ws(', ', {found})
from revision r left join ({moved}) m on m.revision = r.id
left join purged_count p on p.revision = r.id and p.kind = '{kind.name}' and p.sort = '{sort}'
where r.id >= {since} and ({said}) is distinct from ({found})"""


def _receipts(kinds: Kinds, since: int) -> str:
    """Selects the receipts that give other counts by kind than the counts of their revisions."""
    return "\nunion all\n".join(
        f"select 'revision ' || r.id || ': its receipt counts {sort} of {kind.plural} otherwise than the revision' from revision r\n"
        f"where r.id >= {since} and r.receipt is not null and ({_list(kind, 'r.receipt', sort, names)}) is distinct from ({_list(kind, 'r.counts', sort, names)})"
        for kind in kinds.values()
        for sort, names in (("claims", CLAIM_COUNTS), ("records", RECORD_COUNTS))
    )


def _list(kind: Kind, document: str, sort: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"coalesce(({document} -> '{sort}' -> '{kind.name}' ->> '{name}')::bigint, 0)" for name in names)
