"""Validation of GraphQL documents by graphql-core's rules: all of those that a document could break."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import (
    SKIP,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    VisitorAction,
    specified_rules,
    validate,
    visit,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.visitor import EnterLeaveVisitor
from graphql.pyutils import RefMap
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
    ValidationContext,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
)
from graphql.validation.validate import FragmentNestingVisitor, ValidationAbortedError
from graphql.validation.validation_context import NodeWithSelectionSet, VariableUsage, VariableUsageVisitor

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


# No rule looks at names by themselves, and they are half of all nodes; descriptions are no part of what is asked (as graphql-core has it).
VISITED_KEYS = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description")) for kind, keys in QUERY_DOCUMENT_KEYS.items()
}


class Invalid(Exception):
    """A document breaks a rule."""


def validation_errors(schema: GraphQLSchema, document: DocumentNode, text: str) -> list[GraphQLError]:
    """What is wrong with a document, which was parsed from `text`.

    Whether anything is wrong, the rules tell on a walk that is shorter than graphql-core's; what, graphql-core tells on its own.
    """
    chosen = rules(text)
    return [] if _valid(schema, document, chosen) else validate(schema, document, chosen)


def rules(text: str) -> tuple[Rule, ...]:
    """The rules that a document with this text could break, in their order."""
    return _without(tuple(signs for signs in ONLY_WITH if not any(sign in text for sign in signs)))


@cache
def _without(missing: tuple[tuple[str, ...], ...]) -> tuple[Rule, ...]:
    idle = {rule for signs in missing for rule in ONLY_WITH[signs]}
    return tuple(rule for rule in specified_rules if rule not in idle)


def _valid(schema: GraphQLSchema, document: DocumentNode, chosen: tuple[Rule, ...]) -> bool:
    types = TypeInfo(schema)
    context = FastContext(schema, document, types, _broken)
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    try:
        if fragments:
            visit(document, FragmentNestingVisitor(fragments), VISITED_KEYS)
        visit(document, FastVisitor(types, chosen, context), VISITED_KEYS)
    except (Invalid, ValidationAbortedError, RecursionError):
        return False
    return True


def _broken(error: GraphQLError) -> None:
    raise Invalid


class FastVisitor(Visitor):
    """All rules at once, as by graphql-core's TypeInfoVisitor over its ParallelVisitor, which look at each node for each rule anew."""

    def __init__(self, types: TypeInfo, chosen: tuple[Rule, ...], context: ValidationContext) -> None:
        super().__init__()
        self.types, self.chosen, self.rules = types, chosen, [rule(context) for rule in chosen]
        self.skipped: list[Node | None] = [None] * len(chosen)  # Below what each rule wants to see nothing.

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        found = self.enter_leave_map.get(kind)
        if found is None:
            found = self.enter_leave_map[kind] = EnterLeaveVisitor(self._entering(kind), self._leaving(kind))
        return found

    def _entering(self, kind: str) -> Callable[..., None] | None:
        typed = getattr(self.types, f"enter_{kind}", None)
        asked = [(n, getattr(self.rules[n], enter)) for n, enter, _ in _methods(self.chosen, kind) if enter]
        skipped = self.skipped

        def enter(node: Node, *args: Any) -> None:
            if typed:
                typed(node)
            for n, method in asked:
                if skipped[n] is None and ((said := method(node, *args)) is SKIP or said is False):
                    skipped[n] = node

        return enter if typed or asked else None

    def _leaving(self, kind: str) -> Callable[..., None] | None:
        typed = getattr(self.types, f"leave_{kind}", None)
        asked = [(n, leave and getattr(self.rules[n], leave)) for n, _, leave in _methods(self.chosen, kind)]
        skipped = self.skipped

        def leave(node: Node, *args: Any) -> None:
            for n, method in asked:
                if skipped[n] is node:
                    skipped[n] = None
                elif skipped[n] is None and method:
                    method(node, *args)
            if typed:
                typed()

        return leave if typed or asked else None


@cache
def _methods(chosen: tuple[Rule, ...], kind: str) -> tuple[tuple[int, str, str], ...]:
    """The rules that look at a kind of node, by their numbers: what they call on entering and leaving it; empty for nothing."""

    def named(rule: Rule, deed: str) -> str:
        return next((name for name in (f"{deed}_{kind}", deed) if hasattr(rule, name)), "")

    found = ((n, named(rule, "enter"), named(rule, "leave")) for n, rule in enumerate(chosen))
    return tuple((n, enter, leave) for n, enter, leave in found if enter or leave)


class FastContext(ValidationContext):
    """Looks for the variables of a definition only where its text has any, and knows nodes by what they are: their hash is one of all below them."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo, on_error: Callable[[GraphQLError], None]) -> None:
        super().__init__(schema, document, types, on_error)
        for name in ("_variable_usages", "_recursive_variable_usages", "_fragment_spreads"):
            setattr(self, name, RefMap())

    def get_variable_usages(self, node: NodeWithSelectionSet) -> list[VariableUsage]:
        found = self._variable_usages.get(node)
        if found is None:
            usages = FastUsageVisitor(self._type_info, node if isinstance(node, FragmentDefinitionNode) else None)
            visit(node, TypeInfoVisitor(self._type_info, usages), VISITED_KEYS)
            found = self._variable_usages[node] = usages.usages
        return found


class FastUsageVisitor(VariableUsageVisitor):
    def enter_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        return SKIP if node.loc and node.loc.source.body.find("$", node.loc.start, node.loc.end) < 0 else None
