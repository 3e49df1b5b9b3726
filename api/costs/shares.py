"""Shares of records that meet conditions, as functions of the values of a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..query import bindings
from ..query.bindings import Parameter, Values

Share = Callable[[Values | None], float]


def product(shares: Sequence[Share]) -> Share:
    """The share of records that meet several conditions."""

    def share(values: Values | None) -> float:
        found = 1.0
        for one in shares:
            found *= one(values)
        return found

    return share


def value_of(value: object, values: Values | None) -> object:
    """The value of a request or, without values, of the one that was compiled."""
    if not isinstance(value, Parameter):
        return value
    return bindings.compiled_value(value) if values is None else bindings.request_value(value, values)
