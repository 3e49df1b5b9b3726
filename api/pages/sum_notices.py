"""Notices of totals in English: that a sum has changed, that nothing of it is counted any more, or that it may have counted what is withheld now."""

from __future__ import annotations

from dataclasses import dataclass

from .notice_words import HEADS, TAGS, NoticeText, both, day, why
from .notices import Event


@dataclass(frozen=True)
class SumText:
    """A row of totals as a card prints it."""

    label: str
    amount: str
    figures: int
    disputed: int


def changed_total(recorded_at: str, reasons: str, revision: int, details: tuple[str, ...], emptied: bool, exact: bool) -> NoticeText:
    """That a total changed. `emptied`: nothing of it is counted any more. `exact`: in this very revision, else in it or in an earlier one."""
    event = Event.EMPTIED if emptied else Event.CORRECTED
    head = f"Changed {'on' if exact else 'by'} {day(recorded_at)}"
    return NoticeText(event, TAGS[event] if emptied else "Changed", head, details, reasons if exact else "", revision, gone=emptied)


def redacted_total(recorded_at: str, message: str, revision: int) -> NoticeText:
    """That claims were withheld which a total may have counted."""
    head = HEADS[Event.REDACTED].format(date=day(recorded_at))
    return NoticeText(Event.REDACTED, TAGS[Event.REDACTED], head, (), why(("withheld",), message), revision)


def changed_sum(then: SumText | None, now: SumText | None, frozen: bool, last: bool) -> str:
    """What a row of totals was before a change, and after it; None: nothing was counted."""
    known = then or now
    assert known is not None
    if then is None or now is None:
        told = both(now.amount if now else "nothing is counted", then.amount if then else "nothing", frozen, last)
    elif then.amount != now.amount:
        told = both(now.amount, then.amount, frozen, last)
    elif then.label != now.label:
        return f"{then.label}: {both(now.label, then.label, frozen, last)}"
    elif then.figures != now.figures:
        told = both(f"a sum of {_figures(now.figures)}", f"of {_figures(then.figures)}", frozen, last)
    else:
        told = both(f"{_figures(now.disputed)} disputed", f"{then.disputed:,}", frozen, last)
    return f"{known.label}: {told}" if known.label else told


def _figures(count: int) -> str:
    return f"{count:,} figure{'s' if count != 1 else ''}"
