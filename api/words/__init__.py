"""Facts in words: a figure as a phrase that never states a bound as the number, and as a sentence with its sources. Functions of REST documents.

What is said is decided in `amounts.py`, `phrases.py`, `attributed.py`, `rivals.py`, `dates.py` and `totals_rows.py`; how a language says it is in
`languages/`, a file for each. What other modules use of these is here, too.

Imports query, pauses and schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.kinds.figure import QUANTITIES

from .amounts import amount, bound, number, ordered
from .attributed import CITED, attributed, beside, circumstances
from .attribution import attribution, chosen
from .languages import say
from .phrases import counted, event_of, joined, own_place, own_span, phrase, place
from .rivals import claimed, disputed

__all__ = [
    "CITED", "amount", "attributed", "beside", "bound", "circumstances", "claimed", "counted", "disputed", "event_of", "figure_sentence", "joined", "number", "ordered", "own_place", "own_span", "phrase", "place",
]  # fmt: skip
Document = Mapping[str, Any]


def figure_sentence(figure: Document, sources: Mapping[str, Document] | None = None, rivals: bool = True) -> str:
    """A figure as a printable sentence without a full stop, with its attribution, its event and, if it is disputed, what others say.

    What stands before "according to" is what the claim says that gives the number. What other claims give follows, each with its source; then
    the event, with the place and the days that the figure has from there.

    `figure` is a REST record, whose `event`, `location` and `actor` may have fields of their own; the attribution is from its `claims` and
    `provenance`, and `sources` are those of the same response.
    """
    sources, own, claim = sources or {}, attributed(figure), chosen(figure, QUANTITIES.numbers)
    sentence = joined(phrase(own), own_place(own), own_span(own))
    if claim:
        sentence += f"{say('comma')}{say('according', attribution([claim], sources))}{beside(figure, sources)}"
    sentence += f"{say('semicolon')}{say('event', event)}" if (event := event_of(figure)) else ""
    return sentence + (disputed(figure, sources) if rivals else "")
