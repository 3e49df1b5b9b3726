"""Results of limited size: as many items as fit, and a cursor to the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import BadCursor, TooMuch
from .arguments import MAX_BYTES, PAGING
from .cursors import REPEATED, Position

Document = Mapping[str, Any]
MESSAGE = 300  # Bytes at most of a message of JSON-RPC around a result, with an id of 100 characters.


@dataclass(frozen=True)
class ToolResult:
    """What a tool returns: sentences to print, and the values with their provenance; or why it refuses."""

    text: str
    structured: dict[str, Any]
    refused: bool = False


@dataclass(frozen=True)
class Pages:
    """The items of an answer, and how some of them are shown.

    `structured` gets those items, `lines` too; `head` and `foot` are the text before and after the lines. `next_page` is the cursor of REST
    after the last item.
    """

    items: Sequence[Any]
    structured: Callable[[Sequence[Any]], dict[str, Any]]
    lines: Callable[[Sequence[Any]], list[str]]
    head: list[str] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    next_page: str | None = None
    most: int | None = None  # Items of one result, also if more would fit.

    def result(self, position: Position, revision: int, call: str, size: int, added: int = 0) -> ToolResult:
        """As many items from a position on as fit into `size` bytes, with `added` bytes that are put in later. Raises BadCursor and TooMuch."""
        position = replace(position, revision=revision)
        rest = self.items[position.skipped :]
        if position.skipped and not rest:
            raise BadCursor(f"cursor: points beyond the end of the list; {REPEATED}")
        most = min(len(rest), self.most or len(rest))
        if bytes_of(result := self._shown(rest, most, position, call)) + added <= size:
            return result
        least = 1 if rest else 0
        if (needed := bytes_of(result := self._shown(rest, least, position, call)) + added) > size:
            raise TooMuch(
                f"{PAGING[1]}: one record takes {needed:,} bytes; give {PAGING[1]}={-(-needed // 1000) * 1000}"
                if needed <= MAX_BYTES - 1000
                else f"{PAGING[1]}: one record takes {needed:,} bytes, more than a tool returns; get it from `/v1`, with the fields that you need"
            )
        while most - least > 1:
            middle = (least + most) // 2
            if bytes_of(tried := self._shown(rest, middle, position, call)) + added <= size:
                least, result = middle, tried
            else:
                most = middle
        return result

    def _shown(self, rest: Sequence[Any], count: int, position: Position, call: str) -> ToolResult:
        shown, cursor = rest[:count], None
        if count < len(rest):
            cursor = replace(position, skipped=position.skipped + count).text(call)
        elif self.next_page:
            cursor = Position(position.revision, 0, self.next_page).text(call)
        more = [f"There is more: repeat the call with cursor={cursor}"] if cursor else []
        text = "\n".join((*self.head, *self.lines(shown), *self.foot, *more))
        return ToolResult(text, {**self.structured(shown), "next_cursor": cursor})


def bytes_of(result: ToolResult) -> int:
    """The size of a result as it is sent at most: in its message, as JSON with every other character than those of ASCII escaped."""
    return MESSAGE + len(json.dumps([result.text, result.structured], separators=(",", ":")))


def common(document: Mapping[str, Any], address: str) -> dict[str, Any]:
    """What every result has."""
    warnings = {"warnings": document["warnings"]} if document.get("warnings") else {}
    return {"revision": document["revision"], "address": as_of(address, document), **warnings}


def as_of(address: str, document: Mapping[str, Any]) -> str:
    separator = "" if address.endswith("?") else "&" if "?" in address else "?"
    return f"{address}{separator}revision={document['revision']}"


def cite(document: Mapping[str, Any], address: str) -> str:
    return f"Cite as of revision {document['revision']}: {as_of(address, document)}"


def cited(sources: Sequence[str], document: Mapping[str, Any], address: str) -> list[str]:
    return [*([f"Source: {' '.join(sources)}"] if sources else []), cite(document, address)]


def cited_sources(claims: Sequence[Document], sources: Mapping[str, Document]) -> dict[str, Document]:
    """The sources of some claims, and those that these name."""
    kept: dict[str, Document] = {}
    waiting = [id for claim in claims for id in (claim.get("source"), *(claim.get("quoted_from") or ()))]
    while waiting:
        id = waiting.pop()
        if id in sources and id not in kept:
            kept[id] = sources[id]
            waiting += [named for value in sources[id].values() for named in _ids(value)]
    return {id: kept[id] for id in sources if id in kept}


def _ids(value: object) -> list[str]:
    """The ids of the records that a reference of a source names."""
    listed = value if isinstance(value, list) else [value]
    return [str(item["id"]) for item in listed if isinstance(item, Mapping) and "id" in item]
