"""A table keyed by a closed set must cover exactly that set."""

from __future__ import annotations

import pytest

from schema.model.completeness import complete
from schema.model.declaration_error import BadDeclaration


def test_a_table_with_exactly_the_keys_passes() -> None:
    complete("COLORS", {"red": 1, "blue": 2}, ["blue", "red"])
    complete("COLORS", ("red", "blue"), {"blue", "red"})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"red": 1}, "COLORS lacks blue, green; add an entry for each"),
        ({"red": 1, "blue": 2, "green": 3, "grey": 4}, "COLORS has grey, which nothing uses; remove each"),
        ({"red": 1, "blue": 2, "grey": 4}, "COLORS lacks green; add an entry for each, and has grey, which nothing uses; remove each"),
    ],
)
def test_missing_and_surplus_keys_are_named(table: dict[str, int], message: str) -> None:
    with pytest.raises(BadDeclaration) as caught:
        complete("COLORS", table, ["red", "green", "blue"])
    assert str(caught.value) == message


def test_a_class_is_named_by_its_name() -> None:
    with pytest.raises(BadDeclaration, match="PARSERS lacks int; add"):
        complete("PARSERS", {}, [int])
