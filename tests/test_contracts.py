"""The committed contracts are what the code says, so that a change of one is seen in its diff."""

from __future__ import annotations

from api.contracts import contracts, stale


def test_every_committed_contract_is_what_the_code_says() -> None:
    assert stale() == [], "run `make contracts` and read the difference"


def test_contracts_are_made_alike_twice() -> None:
    assert contracts() == contracts()
