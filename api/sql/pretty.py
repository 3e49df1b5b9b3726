"""Lays a statement out to be read: one clause and one member of a document a line, each query indented below what holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(r"E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"[^\"]*\"|\s+|[(),]|[^\s(),'\"]+", re.S)
PAIR = re.compile(r"'\"[^\"]*\":'")  # The key of a member of a JSON object, as documents are joined from.
QUERIES = ("select", "with")  # A parenthesis that begins so holds a query.
CLAUSES = ("from", "where", "order", "group", "limit", "union")
PARTS = ("left", "cross", "join", "and", "or")  # Of a clause.
JOINED = {("left", "join"), ("cross", "join"), ("distinct", "from")}  # The second of these words does not stand by itself.
STEP = "  "


@dataclass
class _Open:
    """A parenthesis that is open: whether it holds a query, and how deep the line is on which it closes."""

    query: bool
    indent: int


@dataclass
class _Lines:
    written: list[str] = field(default_factory=lambda: [""])
    open: list[_Open] = field(default_factory=lambda: [_Open(True, -1)])

    @property
    def indent(self) -> int:
        """How deep the clauses of the innermost query stand."""
        return next(one.indent for one in reversed(self.open) if one.query) + 1

    @property
    def wrapped(self) -> int:
        """How many parentheses of expressions stand open in the innermost query."""
        return next(depth for depth, one in enumerate(reversed(self.open)) if one.query)

    def begin(self, indent: int) -> None:
        """Begin a line, unless one has just begun."""
        if self.written[-1].strip():
            self.written.append("")
        self.written[-1] = STEP * indent

    def write(self, token: str, spaced: bool) -> None:
        self.written[-1] += (" " if spaced and self.written[-1].strip() else "") + token


def pretty(text: str) -> str:
    """The same statement, token for token, on as many lines as it has parts."""
    lines, tokens = _Lines(), list(_tokens(text))
    words = ["", *(word for word, _ in tokens), ""]
    for (word, spaced), before, after in zip(tokens, words, words[2:], strict=False):
        _break(lines, word, before)
        lines.write(word, spaced)
        if word == "(":
            _open(lines, query=after in QUERIES)
        elif word == "," and len(lines.open) == 1:
            lines.begin(lines.indent + 1)
    return "\n".join(line.rstrip() for line in lines.written)


def _break(lines: _Lines, word: str, before: str) -> None:
    """Begin a line for a word that begins a part."""
    if word == ")":
        closed = lines.open.pop()
        if closed.query:
            lines.begin(closed.indent)
    elif PAIR.fullmatch(word):
        lines.begin(lines.indent + 1 + lines.wrapped)
    elif lines.open[-1].query and _begins(word, before):
        lines.begin(lines.indent + (word in PARTS))


def _begins(word: str, before: str) -> bool:
    if word == "select":
        return before in ("union", "all")
    return word in (*CLAUSES, *PARTS) and (before, word) not in JOINED


def _open(lines: _Lines, query: bool) -> None:
    line = lines.written[-1]
    lines.open.append(_Open(query, (len(line) - len(line.lstrip())) // len(STEP)))
    if query:
        lines.begin(lines.indent)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a statement, each with whether there was space before it."""
    spaced = False
    for token in TOKEN.findall(text):
        if not token.isspace():
            yield token, spaced
        spaced = token.isspace()
