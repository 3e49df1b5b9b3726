"""Filter operators in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from schema.model.field import Field

from .invented import fold


def comparison_value(one: Field | None, value: Any) -> Any:
    """The value that operators compare: exact numbers, and texts without surrounding white space."""
    if value is None or one is None:
        return value
    if isinstance(value, list):
        return [comparison_value(one, item) for item in value]
    if one.type.name == "number":
        return Decimal(str(value))
    return value.strip() if isinstance(value, str) else value


PYTHON_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, asked: have is not None and have == asked,
    "ne": lambda have, asked: have != asked,
    "one_of": lambda have, asked: have is not None and have in asked,
    "gt": lambda have, asked: have is not None and have > asked,
    "gte": lambda have, asked: have is not None and have >= asked,
    "lt": lambda have, asked: have is not None and have < asked,
    "lte": lambda have, asked: have is not None and have <= asked,
    "contains": lambda have, asked: have is not None and fold(asked) in fold(have),
    "has": lambda have, asked: have is not None and asked in have,
    "known": lambda have, asked: (have is not None) == asked,
}
