"""The files of a list of numbers: one with the rows that may be added up for each basis, and the rows that must not be added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schema.codelists.vocabularies import BASIS
from schema.model.completeness import complete
from schema.model.kind import Kind

from ..rest.parameters import Parameters
from .citing import COUNTED, NAMES, Copied, query_text

UNSTATED = ("best.known", "false")
BASES = {"flow": "counts of a period", "stock": "counts at one time", "cumulative": "running totals"}
complete("BASES in api/pages/downloads.py", BASES, BASIS.codes)
ADDED = (
    "You may add up `best`, but only rows with the same measure, unit, basis and origin. Never add running totals to counts of a period: they count the "
    "same people. Do not add up `low` or `high`: the totals have bounds. The file is empty if every number here is already included in a larger one."
)
LACKING = "A sum of `best` lacks their people: their sources state no best estimate."
EVERY = "Its rows must not be summed: some include others, and `counted_in` says why a row does not count."


def bases(
    kind: Kind, params: Parameters, rows: Sequence[Mapping[str, Any]], complete: bool, used: Mapping[str, Sequence[str]] | None
) -> tuple[str, ...]:
    """The bases of the numbers of a list, each of which has a file of its own: those of its rows, if they are all, else those that its measure has.

    `used`: the bases of the numbers of each measure; None if they are not known.
    """
    if kind.totals is None:
        return ()
    name, asked = kind.totals.basis, dict(params)
    vocabulary = kind.fields[name].type.vocabulary
    codes = [*vocabulary.codes] if vocabulary else []
    if complete:
        return tuple(code for code in codes if code in {row.get(name) for row in rows})
    if name in asked:
        return (asked[name],)
    if used is not None:
        of = (
            used.get(asked[kind.totals.measure], ())
            if kind.totals.measure in asked
            else {code for found in used.values() for code in found}
        )
        codes = [code for code in codes if code in of]
    some = asked.get(f"{name}.one_of")
    return tuple(code for code in codes if some is None or code in some.split(","))


def downloads(origin: str, kind: Kind, params: Parameters, found: Iterable[str]) -> tuple[tuple[Copied, ...], ...]:
    """The files of a list with numbers of the bases `found`: the rows that may be added up, those of them that only have bounds, and all rows."""
    if kind.totals is None:
        return ()
    kept = [(name, text) for name, text in params if name not in ("limit", "after")]
    counted = [*((name, text) for name, text in kept if name.partition(".")[0] != COUNTED[0].partition(".")[0]), COUNTED]
    unstated = [*((name, text) for name, text in counted if name != UNSTATED[0]), UNSTATED]

    def file(name: str, note: str, conditions: Parameters, suffix: str = "csv") -> Copied:
        path = f"/v1/{kind.plural}.{suffix}{query_text(conditions)}"
        return Copied(name, f"{origin}{path}", note, path)

    several = len(codes := [*found]) > 1
    files = []
    for number, code in enumerate(codes or [""]):
        basis = [(kind.totals.basis, code)] if code and (kind.totals.basis, code) not in counted else []
        what = f": {BASES[code]}" if several else ""
        conditions = [*counted, *basis]
        first = file(f"Download the rows that count{what} ({NAMES['csv']})", "" if number else ADDED, conditions)
        files.append((first, file(f"The same for {NAMES['xlsx']}", "", conditions, "xlsx")))
    only = file("Download the rows that have only a bound (CSV)", LACKING, unstated)
    return (*files, (only,), (file("Download every row (CSV)", EVERY, kept),))
