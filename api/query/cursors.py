"""Reads the cursors that SQL writes: base64url of a JSON array of order, revision and values."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from schema.model.field import Field
from schema.model.kind import Kind

from ..errors import BadCursor
from .bindings import bind, item, specialise
from .nodes import Cursor, Page

MAX_CACHED_CURSOR = 1000  # Characters from which a cursor is none that we wrote, as good as always: it is not kept.


def page_after(page: Page, text: Any) -> Page:
    """The page that follows a cursor of the same list, as of the cursor's revision. Raises BadCursor."""
    kind, order = page.kind, order_name(page)

    def cursor(asked: str) -> Cursor:
        return (_cursor if len(asked) < MAX_CACHED_CURSOR else _cursor.__wrapped__)(kind, order, asked)

    def values(asked: str) -> tuple[object, ...]:
        return cursor(asked).values

    known = specialise(text, lambda asked: [value is not None for value in values(asked)])
    slots = (bind(text, item(values, n)) if there else None for n, there in enumerate(known))
    return replace(page, after=Cursor(bind(text, lambda asked: cursor(asked).revision), tuple(slots)))


@lru_cache(maxsize=256)  # Each value of a cursor is asked for by itself, and its revision again once the answer is there.
def _cursor(kind: Kind, order: str, text: str) -> Cursor:
    """What a cursor of a list of a kind says, where it is of that order, as `order_name` writes it."""
    found, revision, *values = _unpacked(text)
    terms = order.split(",")
    if found != order:
        raise BadCursor(f"after: the cursor is of a list ordered by {found!r}, this one is ordered by {order!r}; keep the order")
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision < 2**63 or len(values) != len(terms):
        raise BadCursor("after: not a cursor of this list; take it from endCursor, or from `next`")
    return Cursor(
        revision, tuple(_value(kind.fields.get(term.removeprefix("-")), value) for term, value in zip(terms, values, strict=True))
    )


def _unpacked(text: str) -> list[object]:
    try:
        padded = text + "=" * (-len(text) % 4)
        unpacked = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True), parse_float=str)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor("after: not a cursor; take it from endCursor, or from `next`") from error
    if not isinstance(unpacked, list) or len(unpacked) < 3 or not isinstance(unpacked[0], str):
        raise BadCursor("after: not a cursor; take it from endCursor, or from `next`")
    return unpacked


def _value(one: Field | None, value: object) -> object:
    if value is None and one is not None:
        return None
    try:
        return _folded(value) if one is None or one.type.escaped else one.type.parse(value)
    except ValueError as error:
        raise BadCursor(f"after: not a cursor of this list: {error}") from error


def _folded(value: object) -> str:
    """Text is compared folded, and a folded text may be empty or begin with a space, which the field itself would refuse."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(f"{value!r} is no text")
    value.encode()  # Fails on half a character.
    return value


def order_name(page: Page) -> str:
    """The order of a page as REST writes it; a cursor of another order is refused."""
    return ",".join(("-" if term.descending else "") + (term.field.name if term.field else "id") for term in page.terms)
