"""The statement that counts the records of a load which count in no total. Text; no I/O."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.model.totals import LACKING

from ..answering.admission import among, reasons


def uncounted(kind: Kind) -> str:
    """Select how many records that revision $1 added or changed give a number that counts in no total, as its unit or its basis is not known: reason and number."""
    assert kind.totals is not None
    reason = reasons(kind.totals, (), derived=True)
    return (
        f"select r.reason, count(*) as number from {kind.name} f cross join lateral (select {reason} as reason) r "
        f"where f.added_in = $1 and {among('r.reason', LACKING)} group by r.reason order by number desc, r.reason"
    )
