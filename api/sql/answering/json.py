"""JSON as SQL expressions: pieces of text, concatenated with the fewest copies."""

from __future__ import annotations

import json
from collections.abc import Iterable

from schema.model.field import Field

from ..text import quote_literal
from .scope import Scope


class Literal(str):
    """JSON text that is known when the statement is compiled; it becomes SQL as a piece of a JoinedSql."""


class JoinedSql(str):
    """An SQL expression that concatenates pieces. It keeps the pieces, so that it can be merged into a larger concatenation."""

    pieces: tuple[str, ...]

    def __new__(cls, pieces: Iterable[str]) -> JoinedSql:
        merged = _merge(pieces)
        joined = super().__new__(cls, _concatenate([quote_literal(piece) if isinstance(piece, Literal) else piece for piece in merged]))
        joined.pieces = tuple(merged)
        return joined


def _merge(pieces: Iterable[str]) -> list[str]:
    """The pieces, with nested concatenations flattened and neighbouring literals joined."""
    merged: list[str] = []
    for outer in pieces:
        for piece in outer.pieces if isinstance(outer, JoinedSql) else (outer,):
            if isinstance(piece, Literal) and merged and isinstance(merged[-1], Literal):
                merged[-1] = Literal(merged[-1] + piece)
            else:
                merged.append(piece)
    return merged


def _concatenate(expressions: list[str]) -> str:
    """Concatenated as a balanced tree: each `||` copies both its sides, so a chain of n would copy the first of them n times."""
    if len(expressions) < 2:
        return expressions[0] if expressions else "''"
    middle = len(expressions) // 2
    return f"({_concatenate(expressions[:middle])} || {_concatenate(expressions[middle:])})"


def json_literal(text: str) -> JoinedSql:
    """JSON text that is known when the statement is compiled, as an SQL expression."""
    return JoinedSql([Literal(text)])


def string(expression: str) -> JoinedSql:
    """A JSON string of a text that needs no escapes and is not null, as an SQL expression."""
    return JoinedSql([Literal('"'), expression, Literal('"')])


def pair(key: str, value: str) -> tuple[Literal, str]:
    """`"key":` of a JSON object, and its value, as an SQL expression."""
    return Literal(json.dumps(key, ensure_ascii=False) + ":"), value


def obj(pairs: Iterable[tuple[Literal, str]]) -> JoinedSql:
    """A JSON object of pairs, as an SQL expression. Concatenation has no limit on arguments, and was the fastest measured."""
    pieces = [piece for key, value in pairs for piece in (Literal(","), key, value)]
    return JoinedSql([Literal("{"), *pieces[1:], Literal("}")])


def sparse_obj(members: Iterable[tuple[str, str]]) -> JoinedSql:
    """A JSON object of keys and values, as SQL expressions, without those that are null."""
    texts = (JoinedSql([*pair(key, value)]) for key, value in members)
    return JoinedSql([Literal("{"), f"concat_ws(',', {', '.join(texts)})", Literal("}")])


def array(expression: str, order: str = "", condition: str = "") -> JoinedSql:
    """A JSON array of the rows of a group, as an SQL expression. Without `order`, rows keep the order of the subquery they come from."""
    by = f" order by {order}" if order else ""
    only = f" filter (where {condition})" if condition else ""
    return JoinedSql([Literal("["), f"coalesce(string_agg({expression}, ','{by}){only}, '')", Literal("]")])


def scalar(scope: Scope, field: Field, column: str, not_null: bool = False) -> str:
    """The JSON text of a value of a field. PostgreSQL's own text of numbers, dates and booleans is valid JSON."""
    type = field.type
    if type.escaped:
        text = f"to_json({column})::text"
    elif type.quoted:
        # Upper case by the collation "C", which is the fastest: codes are ASCII.
        content = (
            f'upper({column} collate "C")' if scope.graphql and type.vocabulary else column if type.sql == "text" else f"{column}::text"
        )
        text = string(content)
    else:
        text = f"{column}::text"
    return text if not_null else f"coalesce({text}, 'null')"
