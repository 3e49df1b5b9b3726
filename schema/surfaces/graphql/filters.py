"""Input types: the conditions and orders of a list, and the arguments of a page."""

from __future__ import annotations

from typing import Any

import strawberry

from ...model.claim import CLAIM_CONDITIONS
from ...model.declaration_error import BadDeclaration
from ...model.field import Field
from ...model.kind import Kind, Reverse
from ...model.operators import COMPARISONS, EQUALITY, OPERATORS
from ...model.search import DAYS_SENTENCE
from ..descriptions import full_description
from .annotations import list_of
from .drafts import Draft, Drafts
from .names import camel
from .resolvers import PAGE, Resolver, resolver

WHERE_SENTENCE = "Only records that meet all of these conditions. Null stands for no conditions, but nothing inside may be null or empty."


def add_where(drafts: Drafts, kind: Kind) -> None:
    """The conditions on records of a kind."""
    draft = drafts.inputs[f"{kind.graphql}Where"]
    draft.input(
        "id", _filter(drafts, "Id", strawberry.ID, ("eq", "ne", "one_of"), "an id"), "The id of the record: its slug, or its global id."
    )
    for field in kind.filterable.values():
        draft.input(field.name, _field_filter(drafts, field), full_description(field))
    for name, (_, field) in drafts.kinds.columns(kind).items():
        path = ".".join(map(camel, kind.columns[name].split(".")))
        draft.input(name, _field_filter(drafts, field), f"{full_description(field)} The same as a condition on `{path}`.")
    for reverse in kind.reverses.values():
        draft.input(reverse.name, _list_filter(drafts, reverse), f"How many of the {reverse.name} meet conditions.")
    draft.input("and", list_of(draft.python), "All of these conditions must be met.")
    draft.input("or", list_of(draft.python), "At least one of these conditions must be met.")
    draft.input("not", draft.python, "This condition must not be met.")


def _field_filter(drafts: Drafts, field: Field) -> Any:
    operators, word = drafts.kinds.operators(field), drafts.word(field)
    if field.name in CLAIM_CONDITIONS:
        name = "".join(part.capitalize() for part in field.name.split("_"))
        return _filter(drafts, name, strawberry.ID if field.type.ref else str, operators, "the claims about a record")
    if field.type.ref is not None:
        kind = drafts.kinds[field.type.ref]
        where = drafts.inputs[f"{kind.graphql}Where"].python
        return _filter(drafts, word, strawberry.ID, operators, f"a reference to a record of kind {kind.name}", where)
    return _filter(drafts, word, drafts.scalar(field.type), operators, f"a field of type {word}")


def _filter(drafts: Drafts, word: str, python: Any, operators: tuple[str, ...], what: str, where: Any = None) -> Any:
    """The operators of a type, as an input. `where`: the conditions on the record referred to, for `match`."""
    # Fields of one GraphQL type may have different operators: `contains` applies to an address but not to a language tag.
    name = "TagFilter" if (word, operators) == ("Text", EQUALITY) else f"{word}Filter"
    if drafts.operators.setdefault(name, operators) != operators:
        raise BadDeclaration(
            f"{what} has the operators {', '.join(drafts.operators[name])} or {', '.join(operators)}, but one input, {name}; give its type "
            "a scalar of its own in schema/surfaces/graphql/scalars.py"
        )
    if name not in drafts.inputs:
        draft = drafts.inputs[name] = Draft(name, f"Conditions on {what}. All of them must be met.")
        for key in operators:
            operator = OPERATORS[key]
            value = str if key == "contains" else python  # A part of an address is none.
            argument = bool if operator.flag else where if key == "match" else list_of(value) if operator.many else value
            draft.input(key, argument, operator.sentence)
    return drafts.inputs[name].python


def _list_filter(drafts: Drafts, reverse: Reverse) -> Any:
    """The conditions on the records of a kind that refer to a record."""
    kind = reverse.kind
    name, where = f"{kind.graphql}ListFilter", drafts.inputs[f"{kind.graphql}Where"].python
    if name not in drafts.inputs:
        count = drafts.inputs[f"{kind.graphql}CountFilter"] = Draft(
            f"{kind.graphql}CountFilter", f"Conditions on a number of {kind.plural}. All of them must be met."
        )
        for operator in COMPARISONS:
            count.input(operator, int, OPERATORS[operator].sentence)
        count.input("where", where, f"Which {kind.plural} are counted; all, if it is left out.")
        draft = drafts.inputs[name] = Draft(name, f"Conditions on the {kind.plural} of a record. All of them must be met.")
        draft.input("some", where, f"At least one of the {kind.plural} meets all of these conditions.")
        draft.input("none", where, f"None of the {kind.plural} meets all of these conditions.")
        draft.input("count", count.python, f"The number of the {kind.plural}, or of those that meet conditions.")
    return drafts.inputs[name].python


def add_order(drafts: Drafts, kind: Kind) -> None:
    """The fields that records of a kind can be sorted by."""
    draft = drafts.choices[f"{kind.graphql}Order"]
    draft.input("slug", drafts.direction, "Sort by slug.")
    for field in kind.fields.values():
        if field.orderable:
            draft.input(field.name, drafts.direction, f"Sort by `{camel(field.name)}`.")


def page_resolver(drafts: Drafts, kind: Kind) -> Resolver:
    """The arguments of a page of records of a kind."""
    where = drafts.inputs[f"{kind.graphql}Where"].python
    order = drafts.choices[f"{kind.graphql}Order"].python
    arguments = {
        "where": (where, WHERE_SENTENCE),
        "order_by": (list_of(order), "The sort order. Ties are broken by slug, which is also the default."),
        **PAGE,
        "after": (str, "A cursor: only items after it, as of the revision of the page that the cursor is from."),
        "before": (str, "A cursor: only items before it, as of that revision."),
    }
    if kind.searchable:
        days = f" {DAYS_SENTENCE.format(kind.plural)}" if drafts.kinds.has_days(kind) else ""
        arguments["search"] = (str, f"Words that must all occur in {_searched(kind)}. Case and accents are ignored.{days}")
    return resolver(arguments)


def _searched(kind: Kind) -> str:
    """What a search looks in, as words."""
    names = [f"`{camel(field.name)}`" for field in kind.searched]
    codes = [f"the words of `{camel(field.name)}`" for field in kind.found_by_codes]
    links = [f"the names of its `{camel(field.name)}`" for field in kind.found_by_links]
    return " or ".join([*names, *codes, *links])
