"""Formats a statement for reading: each clause and each member of a JSON object on its own line, each subquery indented.

A literal that is a statement itself, which PostgreSQL plans only if it is needed, is formatted too, between dollar quotes.

sqlparse was tried instead: docs/decisions/dependencies.md says why it does not fit these statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(r"E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"[^\"]*\"|\s+|[(),]|[^\s(),'\"]+", re.S)
MEMBER = re.compile(r"'\"[^\"]*\":'")  # The key of a member of a JSON object, as a literal of its own.
QUERY_WORDS = ("select", "with")  # A parenthesis that begins with one contains a subquery.
CLAUSES = ("from", "where", "order", "group", "limit", "union")
CLAUSE_PARTS = ("left", "cross", "join", "and", "or")  # Words that begin a line within a clause.
CONTINUATIONS = {("left", "join"), ("cross", "join"), ("distinct", "from")}  # Pairs whose second word does not begin a line.
INDENT = "  "
INNER, QUOTE = "'with recursive ", "$compared$"  # How a literal that is a statement begins, and how it is quoted.


@dataclass
class _Parenthesis:
    """An open parenthesis: whether it contains a subquery, and the indent of the line it is closed on."""

    query: bool
    indent: int


@dataclass
class _Writer:
    """The lines written so far, and the parentheses open at their end."""

    lines: list[str] = field(default_factory=lambda: [""])
    open: list[_Parenthesis] = field(default_factory=lambda: [_Parenthesis(True, -1)])

    @property
    def indent(self) -> int:
        """The indent of the clauses of the innermost query."""
        return next(parenthesis.indent for parenthesis in reversed(self.open) if parenthesis.query) + 1

    @property
    def expression_depth(self) -> int:
        """The number of open parentheses of expressions in the innermost query."""
        return next(depth for depth, parenthesis in enumerate(reversed(self.open)) if parenthesis.query)

    def begin(self, indent: int) -> None:
        """Begin a line, or set the indent of one that is still empty."""
        if self.lines[-1].strip():
            self.lines.append("")
        self.lines[-1] = INDENT * indent

    def write(self, token: str, spaced: bool) -> None:
        self.lines[-1] += (" " if spaced and self.lines[-1].strip() else "") + token


def pretty(text: str) -> str:
    """Format a statement. Only white space and the quotes of inner statements change; the tokens stay the same."""
    writer, tokens = _Writer(), list(_tokens(text))
    words = ["", *(word for word, _ in tokens), ""]
    for (word, spaced), before, after in zip(tokens, words, words[2:], strict=False):
        _break(writer, word, before)
        if word.startswith(INNER):
            _inner(writer, word[1:-1].replace("''", "'"))
            continue
        writer.write(word, spaced)
        if word == "(":
            _open(writer, query=after in QUERY_WORDS)
        elif word == "," and len(writer.open) == 1:
            writer.begin(writer.indent + 1)
    return "\n".join(line.rstrip() for line in writer.lines)


def _inner(writer: _Writer, text: str) -> None:
    """Write a statement that another one contains as a text."""
    writer.write(QUOTE, spaced=False)
    writer.lines += [f"{INDENT * (writer.indent + 1)}{line}" for line in pretty(text).split("\n")]
    writer.lines[-1] += QUOTE


def _break(writer: _Writer, word: str, before: str) -> None:
    """Begin a line before a word that needs one."""
    if word == ")":
        closed = writer.open.pop()
        if closed.query:
            writer.begin(closed.indent)
    elif MEMBER.fullmatch(word):
        writer.begin(writer.indent + 1 + writer.expression_depth)
    elif writer.open[-1].query and _begins(word, before):
        writer.begin(writer.indent + (word in CLAUSE_PARTS))


def _begins(word: str, before: str) -> bool:
    if word == "select":
        return before in ("union", "all")
    return word in (*CLAUSES, *CLAUSE_PARTS) and (before, word) not in CONTINUATIONS


def _open(writer: _Writer, query: bool) -> None:
    line = writer.lines[-1]
    writer.open.append(_Parenthesis(query, (len(line) - len(line.lstrip())) // len(INDENT)))
    if query:
        writer.begin(writer.indent)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """The tokens of a statement, each with whether white space precedes it."""
    spaced = False
    for token in TOKEN.findall(text):
        if not token.isspace():
            yield token, spaced
        spaced = token.isspace()
