"""The source of a file for which none was named."""

from __future__ import annotations

from schema.formats.format import FileFormat

from .open_table import OpenedFile


def stated_source(file: OpenedFile) -> str:
    """The source of a file for which none was named: the release that the file states, or the one source of its format. May be empty."""
    releases = file.format.releases
    return releases.source_of(file.title) if releases else file.format.default_source


def missing_source(format: FileFormat) -> str:
    """What to do about a file for which no source was named, and that states none: the end of a sentence."""
    recognized = f"is in the format {format.name} ({format.title})"
    if format.releases:
        return (
            f"{recognized}, whose releases are sources of their own, because they differ about the same records; the file does not state "
            f"its release. Add --source ID, for example --source {format.releases.example}"
        )
    return f"{recognized}, which does not name its source; add --source ID, for example --source my-table"
