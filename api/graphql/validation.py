"""Validates documents by all rules of graphql-core, on a walk of the syntax tree that is shorter than graphql-core's.

Fields with one response name are compared pair by pair, so a short document can cost seconds. The comparisons have a budget of our own.
"""

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
from graphql.validation import ASTValidationRule, OverlappingFieldsCanBeMergedRule, ValidationContext
from graphql.validation.validate import FragmentNestingVisitor, ValidationAbortedError
from graphql.validation.validation_context import NodeWithSelectionSet, VariableUsage, VariableUsageVisitor

from ..pauses import pause
from .introspection import fragments_of

MAX_COMPARISONS = 10_000  # As graphql-core counts them: two for each pair of fields. Its own limit is 500,000, which takes seconds.
MAX_ERRORS = 20  # Of one document.


class LimitedOverlappingFields(OverlappingFieldsCanBeMergedRule):
    """graphql-core's rule with our budget. Raises ValidationAbortedError beyond it."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MAX_COMPARISONS


class Pauses(ASTValidationRule):
    """No rule: lets other work go first, while graphql-core walks through a document."""

    def enter(self, *_: object) -> None:
        pause()


RULES: tuple[type[ASTValidationRule], ...] = tuple(
    LimitedOverlappingFields if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
)
# No rule looks at name nodes by themselves, and they are half of all nodes; like graphql-core, no rule looks at descriptions.
VISITED_KEYS = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description")) for kind, keys in QUERY_DOCUMENT_KEYS.items()
}


class Invalid(Exception):
    """A document violates a rule."""


def validation_errors(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """The first violations of rules, and ValidationAbortedError if the document takes too many comparisons to validate.

    The short walk only decides whether there are any. If there are, graphql-core validates the document again and describes them,
    so the errors are exactly its own.
    """
    try:
        return [] if _is_valid(schema, document) else validate(schema, document, (*RULES, Pauses), max_errors=MAX_ERRORS)
    except ValidationAbortedError as error:
        return [error]


def _is_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    type_info = TypeInfo(schema)
    context = FastContext(schema, document, type_info, _raise_invalid)
    fragments = fragments_of(document)
    try:
        if fragments:
            visit(document, FragmentNestingVisitor(fragments), VISITED_KEYS)
        visit(document, FastVisitor(type_info, context), VISITED_KEYS)
    except (Invalid, RecursionError):
        return False
    return True


def _raise_invalid(error: GraphQLError) -> None:
    raise Invalid


class FastVisitor(Visitor):
    """Applies all rules in one walk.

    graphql-core's TypeInfoVisitor over its ParallelVisitor does the same, but looks up the methods of every rule at every node.
    """

    def __init__(self, type_info: TypeInfo, context: ValidationContext) -> None:
        super().__init__()
        self.type_info, self.rules = type_info, [rule(context) for rule in RULES]
        self.skipped: list[Node | None] = [None] * len(RULES)  # By rule: the node below which it asked to visit nothing.

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        methods = self.enter_leave_map.get(kind)
        if methods is None:
            methods = self.enter_leave_map[kind] = EnterLeaveVisitor(self._enter_method(kind), self._leave_method(kind))
        return methods

    def _enter_method(self, kind: str) -> Callable[..., None] | None:
        enter_type = getattr(self.type_info, f"enter_{kind}", None)
        methods = [(number, getattr(self.rules[number], enter)) for number, enter, _ in _rule_methods(kind) if enter]
        skipped = self.skipped

        def enter(node: Node, *args: Any) -> None:
            pause()
            if enter_type:
                enter_type(node)
            for number, method in methods:
                if skipped[number] is None and ((action := method(node, *args)) is SKIP or action is False):
                    skipped[number] = node

        return enter if enter_type or methods else None

    def _leave_method(self, kind: str) -> Callable[..., None] | None:
        leave_type = getattr(self.type_info, f"leave_{kind}", None)
        methods = [(number, leave and getattr(self.rules[number], leave)) for number, _, leave in _rule_methods(kind)]
        skipped = self.skipped

        def leave(node: Node, *args: Any) -> None:
            for number, method in methods:
                if skipped[number] is node:
                    skipped[number] = None
                elif skipped[number] is None and method:
                    method(node, *args)
            if leave_type:
                leave_type()

        return leave if leave_type or methods else None


@cache
def _rule_methods(kind: str) -> tuple[tuple[int, str, str], ...]:
    """The rules that visit a kind of node: the number of each, and the names of its enter and leave methods, empty for none."""

    def method_name(rule: type[ASTValidationRule], action: str) -> str:
        return next((name for name in (f"{action}_{kind}", action) if hasattr(rule, name)), "")

    methods = ((number, method_name(rule, "enter"), method_name(rule, "leave")) for number, rule in enumerate(RULES))
    return tuple((number, enter, leave) for number, enter, leave in methods if enter or leave)


class FastContext(ValidationContext):
    """Caches by the identity of nodes, since the hash of a node covers everything below it, and skips fields without variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo, on_error: Callable[[GraphQLError], None]) -> None:
        super().__init__(schema, document, types, on_error)
        for name in ("_variable_usages", "_recursive_variable_usages", "_fragment_spreads"):
            setattr(self, name, RefMap())

    def get_variable_usages(self, node: NodeWithSelectionSet) -> list[VariableUsage]:
        usages = self._variable_usages.get(node)
        if usages is None:
            visitor = FastUsageVisitor(self._type_info, node if isinstance(node, FragmentDefinitionNode) else None)
            pause()
            visit(node, TypeInfoVisitor(self._type_info, visitor), VISITED_KEYS)
            usages = self._variable_usages[node] = visitor.usages
        return usages


class FastUsageVisitor(VariableUsageVisitor):
    """Finds the usages of variables; skips a field whose text contains none."""

    def enter_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        return SKIP if node.loc and node.loc.source.body.find("$", node.loc.start, node.loc.end) < 0 else None
