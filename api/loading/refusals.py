"""The messages with which a transaction refuses a load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schema.model.claim import CURE_OF_CONTRADICTION
from schema.model.kind import Kind

from ..errors import LoadRefused
from ..intake.result import Intake

MAX_REJECTIONS_LISTED = 100  # Rejections that are printed.


def refuse_load(problems: Iterable[str]) -> None:
    """Raise LoadRefused with every problem, if there is any."""
    distinct = sorted(set(problems))
    if distinct:
        raise LoadRefused("\n".join(distinct) + "\nload refused; nothing was written")


def refuse_rejections(intake: Intake, cure: str) -> None:
    """Raise LoadRefused with the first rejected records of files, if there is any; `cure` is what to do about them."""
    if not intake.problems:
        return
    listed = "\n".join(map(str, intake.rejections[:MAX_REJECTIONS_LISTED]))
    more = f"\n… and {intake.problems - MAX_REJECTIONS_LISTED} more" if intake.problems > MAX_REJECTIONS_LISTED else ""
    read = intake.sum("read")
    raise LoadRefused(
        f"{listed}{more}\nload refused: {intake.sum('rejected')} of {read} record{'' if read == 1 else 's'} rejected; nothing was written. {cure}"
    )


def rejected_record(kind: Kind, check: str, row: Mapping[str, Any]) -> str:
    """Why a settled record is refused; `check` is one of `checks.CHECKS`, and `row` a row of that statement."""
    id, field = row["id"], row["field"]
    if check == "contradictory":
        return (
            f"{kind.name} {id}, {field}: {row['source']} contradicts itself: {row['one']} ({row['first']}) and {row['other']} ({row['second']}); "
            f"{CURE_OF_CONTRADICTION}"
        )
    if check == "rootless":
        return f"{kind.name} {id}, {field}: forms a cycle; remove one of its links"
    if field in [one.name for one in kind.told_together]:
        together = " and ".join(one.name for one in kind.describing)
        return f"{kind.name} {id}, {field}: no live claim gives {together} together, and every {kind.name} must have them from one claim"
    return f"{kind.name} {id}, {field}: no live claim gives it, and every {kind.name} must have it"


def undescribed_record(kind: Kind, id: str, source: str | None, file: str) -> str:
    """Why a claim cannot refer to a record; `source` as in `undescribed_reason`, `file` is where the claim is, or empty."""
    if source:
        return f"{kind.name} {id}: is referred to, but {undescribed_reason(source)}"
    place = f" (referred to in {file})" if file else ""
    return f"there is no {kind.name} {id!r}: {undescribed_reason(source)}{place}; load the file that describes it too"


def undescribed_reason(source: str | None, since: str = "") -> str:
    """Why there is no record: no claim describes it, or only claims of `source`, which are withheld."""
    return f"only {source} describes it, whose terms forbid redistribution" if source else f"no claim describes it{since}"
