"""Filters of REST and GraphQL read the spellings that files do, and reject those that files reject; see tests/support/spellings.py."""

from __future__ import annotations

import pytest

from api.errors import BadArgument
from api.query.conditions import parse_argument

from ..support.spellings import BAD_SPELLINGS, GOOD_SPELLINGS, WITH_TIME, as_text


def test_a_filter_reads_every_spelling() -> None:
    for type, text, value in GOOD_SPELLINGS:
        assert as_text(parse_argument(type, text, "field")) == value, (type.name, text)


def test_a_filter_rejects_what_files_reject_and_names_the_argument() -> None:
    times = [(type, text) for type, _, _ in GOOD_SPELLINGS if type.is_date for text in WITH_TIME]
    for type, text in [*BAD_SPELLINGS, *times]:
        with pytest.raises(BadArgument, match=r"^field: ") as refused:
            parse_argument(type, text, "field")
        assert len(str(refused.value)) < 4000
