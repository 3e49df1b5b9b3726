"""Adds to graphql-core's errors what is meant: our argument in place of another API's, `nodes` of a connection, the codes of an enum."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from schema.codelists.vocabularies import FEW_CODES, nearest

from ..pauses import paced
from ..query.foreign_arguments import purpose
from .errors import SUGGESTION

UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'\.")
UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'\.")
WRONG_CODE = re.compile(
    r"(?:Value '([^']{1,60})' does not exist in '(\w+)' enum\.|Enum '(\w+)' cannot represent non-enum value: (.{1,60}?)\.)( Did you mean .*)?$"
)
UNKNOWN_CONDITION = re.compile(r"Expected value of type '(\w+)!?' not to include unknown field '(\w+)'")
NODES, WHERE = "nodes", "where"
INSIDE = ("match", "some")  # The members of a condition on a link that take conditions on the records it leads to.


def with_suggestions(schema: GraphQLSchema, errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """The errors, those that a suggestion helps with one."""
    return [_with_suggestion(schema, error) for error in paced(errors)]


def _with_suggestion(schema: GraphQLSchema, error: GraphQLError) -> GraphQLError:
    if type(error) is not GraphQLError:
        return error
    for pattern, suggest in SUGGESTIONS:
        if (match := pattern.search(error.message)) and (hint := suggest(schema, match)):
            kept = error.message if pattern is not WRONG_CODE or match[5] is None else error.message[: match.start(5)]
            return GraphQLError(
                kept, error.nodes, error.source, error.positions, error.path, error.original_error, {**(error.extensions or {}), SUGGESTION: hint}
            )  # fmt: skip
    return error


def _argument(schema: GraphQLSchema, match: re.Match[str]) -> str:
    name, type_name, field_name = match.groups()
    owner = schema.type_map.get(type_name)
    field = owner.fields.get(field_name) if isinstance(owner, GraphQLObjectType) else None
    if field is None:
        return ""
    conditions = _conditions(field)
    meant, date = purpose(name), _date(conditions)
    by_purpose = {
        "page": ("after", "`after` takes the `endCursor` of `pageInfo`"),
        "size": ("first", "`first` is the number of records"),
        "order": ("orderBy", f"`orderBy` sorts, as in `orderBy: [{{{date or 'slug'}: DESC}}]`"),
        "search": ("search", "`search` looks for words in names"),
        "since": ("since", "`since` is the first day"), "until": ("until", "`until` is the last day"),
    }  # fmt: skip
    if meant in by_purpose and by_purpose[meant][0] in field.args:
        return f"Here, {by_purpose[meant][1]}."
    bounds = {"since": "gte: …", "until": "lte: …", "date": "gte: …, lte: …"}
    if date and meant in bounds:
        return f"Here, this is `where: {{{date}: {{{bounds[meant]}}}}}`."
    if meant == "area" and "latitude" in conditions:
        return "Here, this is `where: {latitude: {gte: …, lte: …}, longitude: {gte: …, lte: …}}`."
    if meant == "fields":
        return "Here, you select the fields and the linked records that you want."
    return f"Here, conditions stand in `where`: `where: {{{name}: …}}`." if name in conditions else ""


def _conditions(field: GraphQLField) -> dict[str, str]:
    """The names that a field takes conditions on, with the types of these conditions."""
    where = get_named_type(field.args[WHERE].type) if WHERE in field.args else None
    return {name: get_named_type(one.type).name for name, one in where.fields.items()} if isinstance(where, GraphQLInputObjectType) else {}


def _date(conditions: dict[str, str]) -> str:
    return next((name for name, type in conditions.items() if type == "DateFilter"), "")


def _node_field(schema: GraphQLSchema, match: re.Match[str]) -> str:
    name, type_name = match.groups()
    owner = schema.type_map.get(type_name)
    if not isinstance(owner, GraphQLObjectType) or NODES not in owner.fields:
        return ""
    record = get_named_type(owner.fields[NODES].type)
    found = isinstance(record, GraphQLObjectType) and name in record.fields
    return f"Here, the records of a list stand in `nodes`: `nodes {{ {name} }}`." if found else ""


def _code(schema: GraphQLSchema, match: re.Match[str]) -> str:
    word, enum = (match[1], match[2]) if match[2] else (match[4].strip("'\""), match[3])
    type = schema.type_map.get(enum)
    if not isinstance(type, GraphQLEnumType):
        return ""
    codes = [*type.values]
    close = [*dict.fromkeys([*(code for code in codes if code.lower() == word.lower()), *nearest(word, codes)])][:3]
    quoted = [f"'{code}'" for code in close]
    meant = (
        "" if not quoted else f"Did you mean the enum value {' or '.join([', '.join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)}?"
    )
    listed = f"The codes are {', '.join(codes)}." if len(codes) < FEW_CODES else ""
    unquoted = "Write codes without quotation marks." if (match[4] or "").startswith('"') else ""
    return " ".join(part for part in (meant, unquoted, listed) if part)


def _condition(schema: GraphQLSchema, match: re.Match[str]) -> str:
    type, name = schema.type_map.get(match[1]), match[2]
    if not isinstance(type, GraphQLInputObjectType):
        return ""
    for inside in INSIDE:
        record = get_named_type(type.fields[inside].type) if inside in type.fields else None
        if isinstance(record, GraphQLInputObjectType) and name in record.fields:
            return f"Here, conditions on the linked record stand in `{inside}`: `{inside}: {{{name}: …}}`."
    return ""


SUGGESTIONS: tuple[tuple[re.Pattern[str], Callable[[GraphQLSchema, re.Match[str]], str]], ...] = (
    (UNKNOWN_ARGUMENT, _argument), (UNKNOWN_FIELD, _node_field), (WRONG_CODE, _code), (UNKNOWN_CONDITION, _condition),
)  # fmt: skip
