"""The arguments of a tool as parameters of REST: texts, exactly as they were given."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from schema.codelists.vocabularies import suggestion

from ..errors import BadArgument, BadCursor, TooMuch, UnknownArgument, shown
from ..http.query_string import TRACKING

MAX_ARGUMENTS, MAX_LENGTH = 100, 20_000  # Of one call: how many, and the characters of all.
EXACT_DIGITS = 15  # Significant digits of a decimal number that the floating-point numbers of JSON programs always keep.
# Parameters of REST that are not arguments: the tools set them, or have others in their place.
NOT_ARGUMENTS = ("fields", "provenance", "words", "explain", "count", "after", "search")
PAGING = ("cursor", "max_bytes")
DEFAULT_BYTES, MIN_BYTES, MAX_BYTES = 25_000, 4_000, 250_000


def texts(arguments: Mapping[str, Any], known: Iterable[str]) -> dict[str, str]:
    """Arguments by name, as the query string of REST has them; null is left out, and a list is separated by commas.

    `known` are those to suggest for one that REST has and the tool does not. Raises BadArgument, UnknownArgument and TooMuch.
    """
    if len(arguments) > MAX_ARGUMENTS:
        raise TooMuch(f"the call has {len(arguments):,} arguments, and {MAX_ARGUMENTS} is the limit; leave out conditions")
    length = sum(len(name) + _length(value) for name, value in arguments.items())
    if length > MAX_LENGTH:
        raise TooMuch(
            f"the arguments have {length:,} characters, and {MAX_LENGTH:,} is the limit; give shorter texts, or split a list over several calls"
        )
    for name in arguments:
        if name in NOT_ARGUMENTS or TRACKING.fullmatch(name) or not name.strip():
            raise UnknownArgument(f"{shown(name)}: is not an argument of this tool; {suggestion(name, [*known])}")
    return {name: _text(name, value) for name, value in arguments.items() if value is not None}


def _length(value: Any) -> int:
    """About how many characters a value has in a query string, before it is written."""
    if isinstance(value, list):
        return sum(len(item) + 1 if isinstance(item, str) else 2 for item in value)
    return len(value) if isinstance(value, (str, dict)) else 1


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(name, value)
    if isinstance(value, list) and value and all(isinstance(item, (str, int)) and "," not in str(item) for item in value):
        return ",".join(_text(name, item) for item in value)
    raise BadArgument(f"{shown(name)}: must be a text, a number, true or false, or a list of texts without commas")


def _number(name: str, value: float) -> str:
    """A number of JSON in its own digits. Raises BadArgument for one that may have been rounded when it was read."""
    text = repr(value)
    mantissa = text.partition("e")[0].replace("-", "").replace(".", "").strip("0")
    if not math.isfinite(value) or len(mantissa) > EXACT_DIGITS:
        raise BadArgument(f"{shown(name)}: has more digits than a JSON number keeps exactly; give it as a text")
    return text.removesuffix(".0")


def page_size(arguments: dict[str, Any]) -> int:
    """The argument `max_bytes`, which is taken out. Raises BadArgument."""
    size = arguments.pop(PAGING[1], None)
    if size is None:
        return DEFAULT_BYTES
    if not isinstance(size, int) or isinstance(size, bool) or not MIN_BYTES <= size <= MAX_BYTES:
        raise BadArgument(f"{PAGING[1]}: must be a whole number from {MIN_BYTES:,} to {MAX_BYTES:,}; {DEFAULT_BYTES:,} if it is left out")
    return size


def cursor_text(arguments: dict[str, Any]) -> str:
    """The argument `cursor`, which is taken out; empty if there is none. Raises BadCursor."""
    cursor = arguments.pop(PAGING[0], None)
    if cursor is None:
        return ""
    if not isinstance(cursor, str) or not cursor:
        raise BadCursor(f"{PAGING[0]}: must be the text that a result has as `next_cursor`")
    return cursor
