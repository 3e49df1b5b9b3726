"""Annotations over types that are created at run time."""

from __future__ import annotations

from typing import Any, Optional


def list_of(python: Any) -> Any:
    return list[python]


def optional(python: Any) -> Any:
    return Optional[python]  # `X | None` does not accept the types that Strawberry creates.
