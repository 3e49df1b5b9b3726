"""The words by which a search finds codes."""

from __future__ import annotations

import pytest

from schema.codelists.vocabularies import MEASURE, POPULATION, Vocabulary


@pytest.mark.parametrize(
    ("vocabulary", "word", "codes"),
    [
        (MEASURE, "Wounded", ["injured"]), (MEASURE, "deaths", ["killed"]), (MEASURE, "killed", ["killed"]), (MEASURE, "displac", ["displaced"]),
        (POPULATION, "journalists", ["media"]), (POPULATION, "children", ["children"]), (POPULATION, "men", ["men"]), (POPULATION, "everything", []),
    ],
)  # fmt: skip
def test_codes_are_found_by_the_beginning_of_their_words(vocabulary: Vocabulary, word: str, codes: list[str]) -> None:
    assert vocabulary.codes_with(word) == codes


def test_words_are_those_of_codes() -> None:
    with pytest.raises(ValueError, match="thing has words for b, which are not among its codes"):
        Vocabulary("thing", "", "", [("a", "A", "")], {"a": "first", "b": "second"})
