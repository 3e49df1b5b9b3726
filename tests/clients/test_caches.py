"""Apollo Client and urql's graphcache, with the settings in docs/queries.md, hold what is and what was side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import HERE, documented

SETTINGS = {
    "apollo.mjs": 'import { InMemoryCache } from "@apollo/client"',
    "urql.mjs": 'import { cacheExchange } from "@urql/exchange-graphcache"',
}


@pytest.fixture(scope="module", params=SETTINGS)
def page(request: pytest.FixtureRequest, run_js: Callable[..., Any], corrected_server: str) -> Any:
    """What a page got, watched, and finds in its cache at the end."""
    settings = documented("docs/queries.md", "js", SETTINGS[request.param])
    return run_js(settings, Path(HERE, request.param).read_text("utf-8"), SERVER=corrected_server)


def _values(of: dict[str, Any]) -> dict[str, Any]:
    """An object without the names of types, which a client adds to each."""
    return {name: _values(value) if isinstance(value, dict) else value for name, value in of.items() if name != "__typename"}


def test_a_page_gets_both_values_and_its_cache_keeps_both(page: Any) -> None:
    assert _values(page["live"])["figure"] == {"id": "figure:killed", "best": 15_000}
    assert _values(page["past"])["snapshot"]["figure"]["best"] == 14_000
    cached = _values(page["cached"])
    assert cached["figure"]["best"] == 15_000
    assert cached["snapshot"]["figure"] == {"id": "figure:killed@1", "best": 14_000}
    assert cached["snapshot"]["event"]["name"] == "A battle"


def test_who_watches_the_current_value_is_never_told_the_past_one(page: Any) -> None:
    assert set(page["watched"]) == {15_000}


def test_the_claims_of_two_fields_stay_apart(page: Any) -> None:
    provenance = page["cached"]["figure"]["provenance"]
    (low,), (best,) = provenance["low"]["claims"], provenance["best"]["claims"]
    assert (low["value"], best["value"]) == (14_000, 15_000)
    assert low["id"] != best["id"] and low["id"].partition(".")[0] == best["id"].partition(".")[0]


def test_what_two_queries_read_of_one_provenance_is_merged(page: Any) -> None:
    low = page["cached"]["figure"]["provenance"]["low"]
    assert (low["disputed"], low["origins"]) == (False, 1)


def test_what_two_queries_read_of_the_same_totals_is_merged(page: Any) -> None:
    totals = page["cached"]["totals"]
    assert totals["rows"][0]["best"] == 15_000 and totals["rule"].startswith("widest/")


def test_what_two_queries_read_of_the_same_check_is_merged(page: Any) -> None:
    check = page["cached"]["checkClaim"]
    assert check["verdict"] and check["evidence"][0]["match"] and check["evidence"][0]["status"]


def test_the_client_has_nothing_to_complain_of(page: Any) -> None:
    assert page["messages"] == []
