"""What a check of a sentence takes: it reads the records of an event or of a country, judges each claim about them, and writes a few."""

from __future__ import annotations

from collections.abc import Callable

from ..query.bindings import Values
from ..query.claim_checks import MAX_EVIDENCE
from ..query.conditions import linked
from ..query.nodes import Check, CheckClaim, CheckEvidence, CheckFigure, CheckTotals, Condition, Evidence, Page, Where
from ..sql.answering.records import SOURCE
from .cost import Part
from .prices import Reading
from .records import RecordCosting, Selected
from .widths import LONG

RELATIONS = 40  # The statement of a check takes as long to plan as so many lists.
CONDITIONS = 30  # To judge a claim about an event takes as long as to evaluate so many conditions.
CONDITIONS_OF_COUNTRY = 5  # Of those about a country, only the few that give its number are judged.
FIELDS = 30  # To prepare it takes as long as to prepare so many fields.


def records_of(node: Check) -> Page:
    """The list of the records that a check looks at: all of the event, or of the country."""
    assert node.kind.totals is not None
    link = node.kind.fields[node.kind.totals.event]
    about = linked([link], (node.about,)) if node.totals else Condition(link, "eq", node.about.value)
    return Page("", node.kind, (), where=Where("all", (about,)))


def check_part(
    costing: RecordCosting, node: Check, path: tuple[str, ...], past: bool, reading: Reading, planning: Callable[[int, bool], float],
    totals: tuple[Part, Part] | None,
) -> Part:  # fmt: skip
    """The cost of one check, with what is selected of its evidence; a total is computed to judge it, and once more if other parts of it are selected.

    `totals`: the total today and as of the past. Earlier states of it are computed too, by the newest rule alone, so that they take as long to plan as today's:
    none or two, some from before most was loaded, so half of one is priced where there are earlier revisions.
    """
    prices, slower, selected = costing.prices, costing.slower(past), Selected(fields=FIELDS)
    for part in node.parts:
        for item in part.parts if isinstance(part, CheckEvidence) else ():
            if isinstance(item, CheckFigure):
                selected.add(costing.selected(node.kind, item.selection, path, past))
            if isinstance(item, CheckClaim):
                selected.add(costing.selected(node.kind, (Evidence("", (SOURCE,)),), path, past))
                selected.size += costing.widths.claim(node.kind)
            selected.size += costing.widths.member(node.kind, item)
    judged = CONDITIONS if node.totals is None else CONDITIONS_OF_COUNTRY
    each = costing.statistics.claims_of(node.kind) * (prices.claim + judged * prices.compared) + prices.fetched
    # Of a country, they are found among all: twice the records, also to tell when the total changed, and once the claims.
    scanned = 0.0 if totals is None else 2 * costing.scan(node.kind.name) + costing.scan(f"{node.kind.name}_claim")
    today, earlier = totals or (None, None)
    total = earlier if past else today
    times = 1 + sum(isinstance(part, CheckTotals) and node.totals is not None and part.parts != node.totals.parts for part in node.parts)

    def found(occurs: float, size: float, values: Values | None) -> tuple[float, float]:
        records = reading.share(values) * reading.rows
        summed = times * total.found(occurs, size, values)[1] if total else 0.0
        summed += earlier.found(occurs, size, values)[1] / 2 if earlier and costing.statistics.revision > 1 else 0.0
        return min(size, 1 + records), slower * (reading.all(values) + records * each) + scanned + summed

    planned = RELATIONS * planning(0, False) * slower + planning(selected.fields, past) + (times * total.planned if total else 0.0)
    planned += today.planned if today else 0.0
    return Part(
        path, MAX_EVIDENCE, found, planned, 0.0, prices.record + selected.time, 3, 1 + selected.values, LONG + len(node.key), selected.size, is_list=True, varies=True,
        below=tuple(selected.lists),
    )  # fmt: skip
