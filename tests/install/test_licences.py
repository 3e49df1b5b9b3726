"""The check of licences itself: it finds what must not be shipped."""

from __future__ import annotations

import pytest

from . import licences


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True), ("Apache-2.0 OR BSD-2-Clause", True), ("GPL-3.0-only OR MIT", True), ("LGPL-2.1-only", True), ("MIT License", True),
        ("GPL-2.0-or-later", False), ("GNU General Public License v3 (GPLv3)", False), ("AGPL-3.0", False), ("MPL-2.0", False), ("unknown", False),
        ("Proprietary", False), ("LGPL-3.0", False),
    ],
)  # fmt: skip
def test_what_may_be_shipped(licence: str, allowed: bool) -> None:
    assert licences.may_ship(licence) == allowed


def test_everything_that_we_ship_may_be_shipped() -> None:
    listed = [*licences.findings()]
    assert {"duckdb", "openpyxl", "graphiql"} <= {name for name, _, _ in listed}
    assert [name for name, _, allowed in listed if not allowed] == []
