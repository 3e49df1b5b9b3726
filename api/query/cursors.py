"""Parses the cursors that SQL writes: base64url of a JSON array of order, revision and values.

The revision is a number or, if the global ids on the page name it, a text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from schema.model.kind import Kind

from ..errors import BadCursor, shown
from .bindings import bind, item, specialise
from .nodes import Cursor, Page

MAX_CACHED_CURSOR = 1000  # Characters. A longer cursor is almost certainly not one of ours, and its parse is not cached.


def page_at(page: Page, text: Any) -> Page:
    """The page that follows a cursor of the same list or, if it is backward, ends before it; as of the cursor's revision. Raises BadCursor."""
    return replace(page, cursor=cursor_of(text, order_name(page), page.backward, page.kind))


def cursor_of(text: Any, order: str, backward: bool, kind: Kind | None = None) -> Cursor:
    """A cursor of a list in an order: of records of a kind, or of CLAIMS or REVISIONS. Raises BadCursor."""
    name = "before" if backward else "after"

    def cursor(raw: str) -> Cursor:
        return (_cursor if len(raw) < MAX_CACHED_CURSOR else _cursor.__wrapped__)(kind, order, raw, name)

    def values(raw: str) -> tuple[object, ...]:
        return cursor(raw).values

    not_null = specialise(text, lambda raw: [value is not None for value in values(raw)])  # Comparing with null is other SQL.
    parameters = (bind(text, item(values, n)) if is_value else None for n, is_value in enumerate(not_null))
    named = specialise(text, lambda raw: cursor(raw).named)
    return Cursor(bind(text, lambda raw: cursor(raw).revision), tuple(parameters), named)


@lru_cache(maxsize=256)  # Each value of a cursor is read by itself, and its revision again when the answer is checked.
def _cursor(kind: Kind | None, order: str, text: str, name: str) -> Cursor:
    """The cursor of a list, in the order that `order_name` returns. Raises BadCursor, which names the argument."""
    cursor_order, revision, *values = _decoded(text, name)
    terms = order.split(",")
    if cursor_order != order:
        raise BadCursor(
            f"{name}: the cursor is of a list ordered by {shown(str(cursor_order))!r}, this one is ordered by {order!r}; keep the order"
        )
    named = isinstance(revision, str) and re.fullmatch(r"[0-9]{1,18}", revision) is not None
    if named:
        revision = int(str(revision))
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision < 2**63 or len(values) != len(terms):
        raise BadCursor(f"{name}: not a cursor of this list; {cure(name)}")
    try:
        read = (_value(kind, term, value) for term, value in zip(terms, values, strict=True))
        return Cursor(revision, tuple(read), named)
    except ValueError as error:
        raise BadCursor(f"{name}: not a cursor of this list: {error}") from error


def cure(name: str) -> str:
    """Where a client finds a valid cursor for the argument of this name."""
    return "use `startCursor` of `pageInfo`" if name.endswith("before") else "use `endCursor` of `pageInfo`, or the URL in `next`"


def _decoded(text: str, name: str) -> list[object]:
    try:
        padded = text + "=" * (-len(text) % 4)
        decoded = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True), parse_float=str)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor(f"{name}: not a cursor; {cure(name)}") from error
    if not isinstance(decoded, list) or len(decoded) < 3 or not isinstance(decoded[0], str):
        raise BadCursor(f"{name}: not a cursor; {cure(name)}")
    return decoded


def _value(kind: Kind | None, term: str, value: object) -> object:
    """A value of a term of an order. Raises ValueError."""
    if kind is None:
        return OTHERS[term](value)
    field = kind.fields.get(term.removeprefix("-"))  # None is the id.
    if value is None and field is not None:
        return None
    return _folded(value) if field is None or field.type.escaped else field.type.parse(value)


def _folded(value: object) -> str:
    """Text is compared folded. Folded text may be empty or begin with a space, which the type of the field would refuse."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(f"{shown(str(value))!r} is not text")
    value.encode()  # Fails on a lone surrogate.
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise ValueError(f"{shown(str(value))!r} is not the number of a revision")
    return value


CLAIMS, REVISIONS = "claims", "revisions"  # The orders of the lists that are not of records.
OTHERS: dict[str, Callable[[object], object]] = {CLAIMS: _folded, REVISIONS: _number}


def order_name(page: Page) -> str:
    """The order of a page, written as in REST. A cursor contains it, and is refused in a list of another order."""
    return ",".join(("-" if term.descending else "") + (term.field.name if term.field else "id") for term in page.terms)
