"""The options of a card: live, or frozen at a revision, and which changes it tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import BadArgument, UnknownArgument, shown
from ..query.conditions import DATE_PATTERN, parse_time
from ..query.nodes import NOW, At
from ..rest.conditions import parse_number
from .page_language import ABOUT, ENGLISH, LANG, SPOKEN, Spoken, spoken

OPTIONS = {
    "revision": "The card stays as it is in this revision, and tells what has happened since; without it, the card shows the newest facts.",
    "notice": "`off` leaves these notices out. What has been retracted is marked all the same.",
    "corrected_since": "A live card tells what was corrected since this day or time, in UTC.",
    LANG: ABOUT,
}
REVISION, NOTICE, CORRECTED_SINCE, _ = OPTIONS


@dataclass(frozen=True)
class CardOptions:
    """`at`: the facts that a card shows. `base`: what they are compared with, or what the newest are; None if nothing is compared."""

    at: At = NOW
    base: At | None = None
    notices: bool = True
    language: Spoken = SPOKEN[ENGLISH]

    @property
    def frozen(self) -> bool:
        return not self.at.now


def card_options(params: Mapping[str, str], translated: bool = False) -> CardOptions:
    """The options that are given; `translated`: whether the card has its sentence in every language. Raises BadArgument and UnknownArgument."""
    if LANG in params and not translated:
        raise UnknownArgument(f"{LANG}: only cards of figures have their sentence in other languages; leave it out")
    language = spoken(params.get(LANG, ENGLISH))
    if (notice := params.get(NOTICE, "on")) not in ("on", "off"):
        raise BadArgument(f"{NOTICE}: must be 'on' or 'off', not {shown(notice)!r}")
    if REVISION in params:
        if CORRECTED_SINCE in params:
            raise BadArgument(f"{CORRECTED_SINCE}: is for cards without {REVISION}; a card of a revision tells every change since")
        at = At(revision=parse_number(REVISION, params[REVISION]))
        return CardOptions(at, at, notice == "on", language)
    base = At(time=_before(params[CORRECTED_SINCE])) if CORRECTED_SINCE in params else None
    return CardOptions(NOW, base, notice == "on", language)


def _before(text: str) -> dt.datetime:
    """The last moment that is not part of what `corrected_since` asks for: before a day, or at a time."""
    time = parse_time(text, CORRECTED_SINCE)
    return time - dt.timedelta(days=1) if DATE_PATTERN.fullmatch(text) and time.date() > dt.date.min else time
