"""The statement that counts the records of a load which count in no total. Text; no I/O."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.model.totals import LACKING

from ..answering.summable import among, reasons


def uncounted(kind: Kind, every: bool) -> str:
    """Select how many records that revision $1 added or changed give a number that counts in no total, as its unit or its basis is not known: reason and number.

    They are among the touched records, unless `every` record is new.
    """
    assert kind.totals is not None
    reason = reasons(kind.totals, (), derived=True)
    records = f"{kind.name} f" if every else f"(select distinct record from touched_{kind.name}) t join {kind.name} f on f.key = t.record"
    return (
        f"select r.reason, count(*) as number from {records} cross join lateral (select {reason} as reason) r "
        f"where f.added_in = $1 and {among('r.reason', LACKING)} group by r.reason order by number desc, r.reason"
    )
