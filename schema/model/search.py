"""What a search across kinds returns, in words: the one list of the reasons why a record is found."""

from __future__ import annotations

# The best first. Code and meaning.
MATCHES = {
    "id": "The text is its id, or a number or id that somebody else gave it.",
    "name": "The text is one of its names.",
    "start": "Its name begins with the text.",
    "words": "Its names have every word.",
    "related": "Every word is in its names, in those of its place or event, or in what it measures; and one of its days is named in the text.",
}
MATCHES_SENTENCE = "Why a search found a record; the first that applies, of `" + "`, `".join(MATCHES) + "`."
SEARCH_SENTENCE = (
    "Records of all kinds that have names, and figures: those whose id or name is the text first, then those whose names have every word, then "
    "those that refer to them or have a day of the text. Ties are broken by kind and id."
)
DAYS_SENTENCE = "A day, a month or a year, such as `30 November 2024`, `2024-11` or `2024`, is also looked for in the dates of {}."
TEXT_SENTENCE = (
    "Words in any script, regardless of case and accents; an id; or a day, a month or a year, such as `30 November 2024`, `2024-11-30`, "
    "`November 2024` or `2024`, also between words."
)
