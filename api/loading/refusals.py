"""Refuses loads, with the messages that say why; and warns of what a replacement removes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from schema.formats.format import FileFormat
from schema.model.claim import CURE_OF_CONTRADICTION
from schema.model.kind import Kind

from ..errors import LoadRefused
from ..intake.optional_columns import missing_columns
from ..intake.result import Intake

MAX_REJECTIONS_LISTED = 100  # Rejections that are printed.


def refuse_load(problems: Iterable[str]) -> None:
    """Raise LoadRefused with every problem, if there is any."""
    distinct = sorted(set(problems))
    if distinct:
        raise LoadRefused("\n".join(distinct) + "\nload refused; nothing was written")


def refuse_rejections(intake: Intake, cure: str, aside: Path | None = None) -> None:
    """Raise LoadRefused with the first rejected records of files, if there is any; `cure` is what to do about them, `aside` the file that has them."""
    if not intake.problems:
        return
    listed = "\n".join(map(str, intake.rejections[:MAX_REJECTIONS_LISTED]))
    more = f"\n… and {intake.problems - MAX_REJECTIONS_LISTED} more" if intake.problems > MAX_REJECTIONS_LISTED else ""
    read = intake.sum("read")
    records = f"{intake.sum('rejected')} of {read} record{'' if read == 1 else 's'} rejected"
    written = f" and written to {aside}; nothing else was written" if aside else "; nothing was written"
    raise LoadRefused(f"{listed}{more}\nload refused: {records}{written}. {cure}")


def refuse_mixed(formats: Sequence[FileFormat], names: Sequence[str]) -> None:
    """Raise LoadRefused for files of several formats, except our own tables, which belong together and name their sources."""
    first, last = formats[0], formats[-1]
    if first.name != last.name and not all(map(_names_sources, formats)):
        raise LoadRefused(
            f"{names[0]} is in the format {first.name}, and {names[len(formats) - 1]} in {last.name}: load the files of each "
            "format separately, since they are different datasets; nothing was written"
        )


def refuse_parts(intake: Intake, source: str) -> None:
    """Raise LoadRefused if the files are to replace all that a source claims, and say that they are only a part of it."""
    if intake.missing:
        raise LoadRefused(
            f"--replace {source}: {intake.files[-1].file} is only a part of what its publisher has ({intake.missing}), and the records of the other pages "
            "would be removed; give the files of all pages in one command; nothing was written"
        )


def warn_of_missing(intake: Intake, source: str) -> None:
    """Say which optional columns of a map the files lack that are to replace all that a source claims: what they said earlier is removed."""
    for number, file in enumerate(intake.files):
        if missing := missing_columns(file.format, file.columns):
            line = f"--replace {source} removes what was read earlier from columns that the file lacks: {', '.join(missing)}"
            intake.files[number] = replace(file, warnings=(*file.warnings, line))


def refuse_protected(intake: Intake, formats: Sequence[FileFormat], private: bool) -> None:
    """Raise LoadRefused for tables of claims with rows that must not be redistributed: their sources are their own, so they cannot be withheld here."""
    for file, format in zip(intake.files, formats, strict=True):
        if file.protected and _names_sources(format) and not private:
            raise LoadRefused(f"{file.file}: {file.protected}; load it into a database of your own, with PRIVATE=true; nothing was written")


def _names_sources(format: FileFormat) -> bool:
    """Whether every record of a format says who claims it, as those of our own tables do."""
    return not callable(format.records) and all(mapping.source is not None for mapping in format.records)


def rejected_record(kind: Kind, check: str, row: Mapping[str, Any]) -> str:
    """Why a settled record is refused; `check` is one of `checks.CHECKS`, and `row` a row of that statement."""
    id, field = row["id"], row["field"]
    if check == "contradictory":
        return (
            f"{kind.name} {id}, {field}: {row['source']} contradicts itself: {row['one']} ({row['first']}) and {row['other']} ({row['second']}); "
            f"{CURE_OF_CONTRADICTION}"
        )
    if check == "impossible":
        return (
            f"{kind.name} {id}, {field}: is {row['value'].replace('_', ' ')} in a claim of {row['source']} ({row['place']}), and another claim says that "
            f"{row['counted']} is counted, which cannot have such a number; correct one of the two"
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
