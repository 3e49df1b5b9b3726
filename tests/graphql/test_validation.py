"""Our walk over a document finds exactly the errors that graphql-core finds, and our coercion of variables gives exactly its values."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, parse, specified_rules, validate
from graphql.execution.values import get_variable_values
from graphql.validation import ASTValidationRule, OverlappingFieldsCanBeMergedRule
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.validation import RULES, LimitedOverlappingFields, validation_errors
from api.graphql.variables import coerce_variables, variable_types
from schema.kinds import KINDS

from ..support.derived_once import schema_of, surface_of
from ..support.properties import examples

SCHEMA = schema_of(surface_of(KINDS))._schema
PIECES = [
    "{ events { totalCount } }", "{ __typename @no }", "{ a: __typename @skip(if: true) @skip(if: true) }", "query ($a: Int) { __typename }",
    "query ($a: Int, $a: Int) { events(first: $a) { totalCount } }", "query ($a: Event) { __typename }", "{ events(first: $b) { totalCount } }",
    "query ($a: String) { events(first: $a) { totalCount } }", "{ ...F }", "{ ...G }", "{ events { ...F } }", "{ ... on Event { id } }",
    "fragment F on Query { __typename }", "fragment F on Event { id }", "fragment G on Query { ...G }", "fragment H on Int { a }",
    "subscription { a b }", "subscription S { __typename }", "mutation { a }", "{ ... @defer(label: $l) { __typename } }", "{ events @stream { id } }",
    "query Q { nothing }", "query Q { event { id } }", '{ event(id: "...$@") { id } } # fragment', "{ events(where: {id: {eq: 1}, id: {eq: 1}}) { id } }",
]  # fmt: skip


def assert_same_errors(text: str) -> None:
    document = parse(text)
    assert [error.formatted for error in validation_errors(SCHEMA, document)] == [error.formatted for error in validate(SCHEMA, document)]


@examples(40, 400)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_a_document_of_pieces_has_the_errors_of_graphql_core(pieces: list[str]) -> None:
    assert_same_errors(" ".join(pieces).replace("#", "\n#"))


VALID_DOCUMENT = """
query Q($country: Country!, $first: Int = 5, $where: [EventWhere!]) {
  events(where: {country: {eq: $country}, and: $where, or: [{name: {contains: "a"}}, {startedOn: {gte: "2020-01-01"}}]}, first: $first) {
    nodes { ...Brief figures(first: 2) { nodes { best } } same: name ... on Event @include(if: true) { same: name location { id } } }
  }
  one: event(id: "a") { ...Brief provenance { name { claims(deprecated: false) { value source { title } } } } }
}
fragment Brief on Event { id name country participations(orderBy: [{slug: DESC}]) { nodes { actor { ...Named } } } }
fragment Named on Actor { id name nativeName }
"""
WORDS = re.findall(r"[$@]?\w+|\.\.\.|\S", VALID_DOCUMENT)


def test_the_valid_document_is_valid() -> None:
    assert validation_errors(SCHEMA, parse(VALID_DOCUMENT)) == validate(SCHEMA, parse(VALID_DOCUMENT)) == []


@examples(40, 400)
@given(st.lists(st.tuples(st.sampled_from(range(len(WORDS))), st.sampled_from(["", *sorted(set(WORDS))])), max_size=2))
def test_a_document_with_replaced_words_has_the_errors_of_graphql_core(changes: list[tuple[int, str]]) -> None:
    words = [*WORDS]
    for place, word in changes:
        words[place] = word
    text = " ".join(words)
    try:
        parse(text)
    except GraphQLSyntaxError:
        return
    assert_same_errors(text)


@pytest.mark.parametrize("piece", PIECES)
def test_each_piece_has_the_errors_of_graphql_core(piece: str) -> None:
    assert_same_errors(piece)


def test_every_rule_of_graphql_core_is_applied() -> None:
    limited: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
        OverlappingFieldsCanBeMergedRule: LimitedOverlappingFields
    }  # The same rule with a smaller budget.
    assert tuple(limited.get(rule, rule) for rule in specified_rules) == RULES


# Variables


def nested(depth: int) -> dict[str, Any]:
    return {"not": nested(depth - 1)} if depth else {}


TYPES = [
    "Int", "Int!", "Int = 5", "Int! = 3", "String", "ID!", "Boolean = true", "Date", "Country", "Country!", "Country = SYR", "[Country!]",
    "[Country!]! = [SYR]", "EventWhere", "EventWhere!", "EventWhere = {country: {eq: SYR}}", "[EventOrder!]",
]  # fmt: skip
VALUES = [
    None, 1, 1.5, 2**40, "SYR", "x", "2020-01-01", True, [], {}, [1, 2], ["SYR", None], {"country": {"eq": "SYR"}}, {"country": {"no": 1}},
    {"and": [{"id": {"eq": "a"}}]}, [{"startedOn": "DESC"}], nested(50), nested(400),
]  # fmt: skip


@pytest.mark.parametrize("type", TYPES)
def test_variables_are_coerced_as_by_graphql_core(type: str) -> None:
    operation = parse(f"query ($a: {type}) {{ __typename }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    types = variable_types(SCHEMA, operation)
    requests: list[dict[str, Any]] = [{}, {"b": 1}, *({"a": value} for value in VALUES)]
    for variables in requests:
        report = get_variable_values(SCHEMA, operation.variable_definitions or (), variables)
        assert coerce_variables(types, variables) == (None if isinstance(report, list) else report.coerced), variables
