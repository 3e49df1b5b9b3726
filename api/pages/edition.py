"""The line that says where something is from: this service and its revision, what was taken, at which address, and whose it is.

Pages, pictures, cards and readmes all have it from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..words import dates

NAME = "Conflict Facts"
MANY_SOURCES = 4  # More are counted.
MAX_LICENCE = 30  # Characters; longer terms are on the page of the source.


def edition(revision: int, recorded_at: str = "") -> str:
    """The revision and, if it is known when it was recorded, its day: "Conflict Facts, revision 3 of 1 December 2026"."""
    return f"{NAME}, revision {revision}{f' of {dates.day(recorded_at[:10])}' if recorded_at else ''}"


def edition_of_card(revision: int, recorded_at: str, frozen: bool) -> str:
    """The same as a card says it, which has no room for more; `frozen`: whether it stays at its revision."""
    day = f", {dates.day(recorded_at[:10])}" if recorded_at else ""
    return f"{NAME} · {'as of ' if frozen else ''}revision {revision}{day}"


def citation(revision: int, *taken: str, whose: Iterable[str] = ()) -> str:
    """The line to print below what is `taken`, such as a figure and its address; `whose`: sentences with the sources."""
    sentences = (", ".join([edition(revision), *taken]), *whose)
    return " ".join(text if text.endswith(".") else f"{text}." for text in sentences)


def source_line(sources: Sequence[Mapping[str, Any]]) -> str:
    """The sources with their licences, as far as there is room; a publisher of several is named once."""
    named = list(dict.fromkeys(f"{source.get('publisher') or source.get('title') or source['id']}{_licence(source)}" for source in sources))
    more = [f"and {len(named) - MANY_SOURCES:,} more"] if len(named) > MANY_SOURCES else []
    return f"{names([*named[:MANY_SOURCES], *more])}." if named else ""


def names(sources: Sequence[str]) -> str:
    """The names of sources: "Sources: Ministry of Health; Tech for Palestine"."""
    return f"Source{'s' if len(sources) > 1 else ''}: {'; '.join(sources)}"


def _licence(source: Mapping[str, Any]) -> str:
    licence = source.get("license") or "no licence stated"
    return f" ({licence if len(licence) <= MAX_LICENCE else 'terms of its own'})"
