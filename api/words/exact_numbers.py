"""JSON whose numbers keep every digit: a float has 15 of them, and an area, or a number that a source computed, can have more."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

MARK = "\x00"  # No text of PostgreSQL has it.
MARKED = re.compile(rf'"{re.escape(json.dumps(MARK)[1:-1])}([^"]*)"')
DECODER = json.JSONDecoder(parse_float=Decimal)


def read_json(text: str) -> Any:
    """What a JSON text says. Whole numbers are of type int, and others are Decimals."""
    return DECODER.decode(text)


def write_json(document: Any, compact: bool = False) -> str:
    """A document as JSON, with Decimals as numbers; `compact`: without spaces."""
    separators = (",", ":") if compact else None
    return MARKED.sub(r"\1", json.dumps(document, ensure_ascii=False, separators=separators, default=_marked))


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not a type of JSON")
    return f"{MARK}{value:f}"
