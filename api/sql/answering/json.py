"""JSON as SQL expressions: pieces of text that are joined, with the fewest copies."""

from __future__ import annotations

import json
from collections.abc import Iterable

from schema.model.field import Field

from ..text import quote_literal
from .scope import Scope


class Literal(str):
    """A piece of JSON that is known when the statement is written; it becomes SQL as part of a Joined."""


class JoinedSql(str):
    """Pieces joined to one text, as an SQL expression. It keeps its pieces, so that what it becomes a piece of can go on joining."""

    pieces: tuple[str, ...]

    def __new__(cls, pieces: Iterable[str]) -> JoinedSql:
        kept = _merged(pieces)
        made = super().__new__(cls, _tree([quote_literal(one) if isinstance(one, Literal) else one for one in kept]))
        made.pieces = tuple(kept)
        return made


def _merged(pieces: Iterable[str]) -> list[str]:
    """All pieces in one row; neighbouring literals are one."""
    kept: list[str] = []
    for piece in pieces:
        for one in piece.pieces if isinstance(piece, JoinedSql) else (piece,):
            if isinstance(one, Literal) and kept and isinstance(kept[-1], Literal):
                kept[-1] = Literal(kept[-1] + one)
            else:
                kept.append(one)
    return kept


def _tree(expressions: list[str]) -> str:
    """Joined in halves: each `||` copies both its sides, so a chain of n would copy the first of them n times."""
    if len(expressions) < 2:
        return expressions[0] if expressions else "''"
    middle = len(expressions) // 2
    return f"({_tree(expressions[:middle])} || {_tree(expressions[middle:])})"


def json_literal(text: str) -> JoinedSql:
    """JSON that is known already, as an SQL expression."""
    return JoinedSql([Literal(text)])


def string(expression: str) -> JoinedSql:
    """A JSON string of a text that needs no escapes and is not null, as an SQL expression."""
    return JoinedSql([Literal('"'), expression, Literal('"')])


def pair(key: str, value: str) -> tuple[Literal, str]:
    """`"key":` of a JSON object, and its value, as an SQL expression."""
    return Literal(json.dumps(key, ensure_ascii=False) + ":"), value


def obj(pairs: Iterable[tuple[Literal, str]]) -> JoinedSql:
    """A JSON object of pairs, as an SQL expression. Texts are joined: no limit of arguments, and the fastest measured."""
    pieces = [piece for key, value in pairs for piece in (Literal(","), key, value)]
    return JoinedSql([Literal("{"), *pieces[1:], Literal("}")])


def array(expression: str, order: str = "", condition: str = "") -> JoinedSql:
    """A JSON array of the rows of a group, as an SQL expression. Without an order, as they come from a query that has put them in theirs."""
    by = f" order by {order}" if order else ""
    only = f" filter (where {condition})" if condition else ""
    return JoinedSql([Literal("["), f"coalesce(string_agg({expression}, ','{by}){only}, '')", Literal("]")])


def scalar(scope: Scope, one: Field, column: str, known: bool = False) -> str:
    """The JSON text of a value; `known`: it is never null. PostgreSQL's own text of numbers, dates and booleans is JSON already."""
    type = one.type
    if type.escaped:
        text = f"to_json({column})::text"
    elif type.quoted:
        # By the rules of the collation "C", which are the quickest: codes are ASCII.
        shown = f'upper({column} collate "C")' if scope.graphql and type.vocabulary else column if type.sql == "text" else f"{column}::text"
        text = string(shown)
    else:
        text = f"{column}::text"
    return text if known else f"coalesce({text}, 'null')"
