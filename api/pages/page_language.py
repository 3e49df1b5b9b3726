"""Sentences of pages and cards in the language that a reader asks for; all else on them is in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.codelists.vocabularies import LANGUAGE, suggestion

from .. import words
from ..errors import BadArgument, shown
from ..words.languages import LANGUAGES, speaking

LANG = "lang"
ENGLISH = "en"
ABOUT = (
    f"The language of the sentence on a card of a figure: {', '.join(f'`{code}`' for code in LANGUAGES)}. Notices and labels stay English."
)


@dataclass(frozen=True)
class Spoken:
    """The language of a sentence: its code, its own name, and the direction in which it is read."""

    code: str
    name: str
    direction: str

    def sentence(self, figure: Mapping[str, Any], sources: Mapping[str, Any]) -> str:
        with speaking(self.code):
            return words.figure_sentence(figure, sources)


SPOKEN = {code: Spoken(code, language.name, "rtl" if language.rtl else "ltr") for code, language in LANGUAGES.items()}


def spoken(code: str) -> Spoken:
    """A language by its code. Raises BadArgument."""
    if code not in SPOKEN:
        raise BadArgument(f"{LANG}: there is no language {shown(code)!r}; {suggestion(code, LANGUAGE.codes)}")
    return SPOKEN[code]
