"""What a search looks for if nothing has all its words: the words of a question, such as "how many", are in no name."""

from __future__ import annotations

from ..query.search import read_text

QUESTION_WORDS = frozenset(
    "a an and any are at be been between by can could did do does during for from had has have how in into is it its many much of on or "
    "since that the their them there these they this those to until was were what when where which who whom whose why will with".split()
)


def without_question_words(text: str) -> str:
    """The words of a text that are not those of a question; the same text if there are no others."""
    words = text.split()
    kept = [word for word in words if word.strip("?!.,;:()\"'“”‘’").lower() not in QUESTION_WORDS]
    return " ".join(kept) if any(map(str.isalnum, "".join(kept))) else text


def parts(text: str) -> list[str]:
    """The words of a text, each by itself, and its days together: each is searched for alone, to learn which of them nothing has."""
    read = read_text(text)
    return [*dict.fromkeys(read.others), *([" ".join(read.of_days)] if read.of_days else [])]


def is_number(part: str) -> bool:
    """Whether a part of a text is a number, such as 79, 1,200 or 5.5, which no name has unless it is found."""
    return part.replace(",", "").replace(".", "", 1).isdecimal()
