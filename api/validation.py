"""Validation of GraphQL documents by graphql-core's rules: all of those that a document could break."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLError, GraphQLSchema, specified_rules, validate
from graphql.validation import (
    ASTValidationRule,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    FragmentsOnCompositeTypesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    PossibleFragmentSpreadsRule,
    SingleFieldSubscriptionsRule,
    StreamDirectiveOnListField,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
)

Rule = type[ASTValidationRule]

# What these rules look at does not occur in a document without one of these texts. Half of the time of a first answer is validation, and each
# rule has its share of it at every node.
ONLY_WITH: dict[tuple[str, ...], tuple[Rule, ...]] = {
    ("...", "fragment"): (
        FragmentsOnCompositeTypesRule, KnownFragmentNamesRule, NoFragmentCyclesRule, NoUnusedFragmentsRule, PossibleFragmentSpreadsRule,
        UniqueFragmentNamesRule,
    ),
    ("$",): (
        NoUndefinedVariablesRule, NoUnusedVariablesRule, UniqueVariableNamesRule, VariablesAreInputTypesRule, VariablesInAllowedPositionRule,
    ),
    ("@",): (
        DeferStreamDirectiveLabel, DeferStreamDirectiveOnRootField, DeferStreamDirectiveOnValidOperationsRule, KnownDirectivesRule,
        StreamDirectiveOnListField, UniqueDirectivesPerLocationRule,
    ),
    ("subscription",): (SingleFieldSubscriptionsRule,),
}  # fmt: skip


def invalid(schema: GraphQLSchema, document: DocumentNode, text: str) -> list[GraphQLError]:
    """What is wrong with a document, which was parsed from `text`."""
    return validate(schema, document, rules(text))


def rules(text: str) -> list[Rule]:
    """The rules that a document with this text could break, in their order."""
    idle = {rule for signs, only in ONLY_WITH.items() if not any(sign in text for sign in signs) for rule in only}
    return [rule for rule in specified_rules if rule not in idle]
