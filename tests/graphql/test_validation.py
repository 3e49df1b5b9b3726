"""Rules that a document cannot break are left out, and variables are coerced without a report; nothing else changes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, parse, specified_rules, validate
from graphql.execution.values import get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.endpoint import make_schema
from api.graphql.engine import _coerced, variables_of
from api.graphql.validation import ONLY_WITH, rules, validation_errors
from schema.kinds import KINDS
from schema.surfaces.graphql.surface import Surface

SCHEMA = make_schema(Surface(KINDS))._schema
PIECES = [
    "{ events { totalCount } }", "{ __typename @no }", "{ a: __typename @skip(if: true) @skip(if: true) }", "query ($a: Int) { __typename }",
    "query ($a: Int, $a: Int) { events(first: $a) { totalCount } }", "query ($a: Event) { __typename }", "{ events(first: $b) { totalCount } }",
    "query ($a: String) { events(first: $a) { totalCount } }", "{ ...F }", "{ ...G }", "{ events { ...F } }", "{ ... on Event { id } }",
    "fragment F on Query { __typename }", "fragment F on Event { id }", "fragment G on Query { ...G }", "fragment H on Int { a }",
    "subscription { a b }", "subscription S { __typename }", "mutation { a }", "{ ... @defer(label: $l) { __typename } }", "{ events @stream { id } }",
    "query Q { nothing }", "query Q { event { id } }", '{ event(id: "...$@") { id } } # fragment', "{ events(where: {id: {eq: 1}, id: {eq: 1}}) { id } }",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_the_same_is_wrong_by_the_rules_that_can_be_broken_as_by_all(pieces: list[str]) -> None:
    text = " ".join(pieces)
    document = parse(text.replace("#", "\n#"))
    assert [one.formatted for one in validation_errors(SCHEMA, document, text)] == [one.formatted for one in validate(SCHEMA, document)]


WHOLE = """
query Q($country: Country!, $first: Int = 5, $where: [EventWhere!]) {
  events(where: {country: {eq: $country}, and: $where, or: [{name: {contains: "a"}}, {startedOn: {gte: "2020-01-01"}}]}, first: $first) {
    nodes { ...Told figures(first: 2) { nodes { best } } same: name ... on Event @include(if: true) { same: name location { id } } }
  }
  one: event(id: "a") { ...Told provenance { name { claims(deprecated: false) { value source { title } } } } }
}
fragment Told on Event { id name country participations(orderBy: [{id: DESC}]) { nodes { actor { ...Named } } } }
fragment Named on Actor { id name nativeName }
"""
WORDS = re.findall(r"[$@]?\w+|\.\.\.|\S", WHOLE)


def test_the_whole_document_is_valid() -> None:
    assert validation_errors(SCHEMA, parse(WHOLE), WHOLE) == validate(SCHEMA, parse(WHOLE)) == []


@given(st.lists(st.tuples(st.sampled_from(range(len(WORDS))), st.sampled_from(["", *sorted(set(WORDS))])), max_size=2))
def test_the_same_is_wrong_with_a_document_of_which_a_word_is_another(changes: list[tuple[int, str]]) -> None:
    words = [*WORDS]
    for place, word in changes:
        words[place] = word
    text = " ".join(words)
    try:
        document = parse(text)
    except GraphQLSyntaxError:
        return
    assert [one.formatted for one in validation_errors(SCHEMA, document, text)] == [one.formatted for one in validate(SCHEMA, document)]


@pytest.mark.parametrize("piece", PIECES)
def test_the_same_is_wrong_with_a_document(piece: str) -> None:
    document = parse(piece)
    assert [one.formatted for one in validation_errors(SCHEMA, document, piece)] == [one.formatted for one in validate(SCHEMA, document)]


def test_every_rule_is_one_of_graphql_and_most_are_left_out_where_there_is_little() -> None:
    listed = [rule for only in ONLY_WITH.values() for rule in only]
    assert len(set(listed)) == len(listed) and set(listed) <= set(specified_rules)
    assert rules("... $ @ subscription") == specified_rules
    assert not set(rules("{ __typename }")) & set(listed)


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
def test_variables_are_coerced_as_graphql_does(type: str) -> None:
    operation = parse(f"query ($a: {type}) {{ __typename }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    variables = variables_of(SCHEMA, operation)
    every: list[dict[str, Any]] = [{}, {"b": 1}, *({"a": value} for value in VALUES)]
    for asked in every:
        report = get_variable_values(SCHEMA, operation.variable_definitions or (), asked)
        assert _coerced(variables, asked) == (None if isinstance(report, list) else report.coerced), asked
