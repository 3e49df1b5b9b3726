"""How a claim is graded: the reliability of its source and its own credibility, by the Admiralty code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.codelists.vocabularies import CREDIBILITY, RELIABILITY, Vocabulary

from .nouns import label

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Grade:
    """The reliability of a source and the credibility of its claim, each a code and its words; empty where nobody has graded."""

    source: tuple[str, str] = ("", "")
    claim: tuple[str, str] = ("", "")

    @property
    def code(self) -> str:
        """Both in one: "B2"."""
        return self.source[0] + self.claim[0]

    @property
    def words(self) -> str:
        """Both in one: "usually reliable; probably true"."""
        return "; ".join(words for _, words in (self.source, self.claim) if words)

    @property
    def sentence(self) -> str:
        """What to print behind a sentence: "Source graded B (usually reliable), claim graded 2 (probably true)"; empty if there is no grade."""
        parts = [f"{what} graded {code} ({words})" for what, (code, words) in (("source", self.source), ("claim", self.claim)) if code]
        text = ", ".join(parts)
        return text[:1].upper() + text[1:]


def grade(claim: Document | None, sources: Mapping[str, Document]) -> Grade:
    """The grade of a claim; none of no claim."""
    if claim is None:
        return Grade()
    reliability, credibility = (sources.get(claim["source"]) or {}).get("reliability"), claim.get("credibility")
    return Grade(_coded(RELIABILITY, reliability), _coded(CREDIBILITY, credibility))


def _coded(vocabulary: Vocabulary, code: object) -> tuple[str, str]:
    return (str(code), label(vocabulary, str(code))) if code else ("", "")
