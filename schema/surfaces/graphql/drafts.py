"""GraphQL types under construction: Strawberry reads finished classes, so the fields of a type are collected first."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry

from ...codelists.vocabularies import Vocabulary
from ...model.declaration_error import BadDeclaration
from ...model.field import Field
from ...model.kind import Kind, Reverse
from ...model.kinds import Kinds
from ...model.types import Type
from .annotations import list_of, optional
from .names import camel
from .resolvers import NO_ARGUMENTS, Resolver
from .scalars import SCALARS


@dataclass(frozen=True)
class Member:
    """The meaning of a field of a GraphQL type. The translator of queries chooses a node by its `role`."""

    role: str
    field: Field | None = None
    kind: Kind | None = None
    reverse: Reverse | None = None
    column: str = ""


class Draft:
    """One type under construction: the class that Strawberry will read, and the meaning of each field."""

    def __init__(self, name: str, description: str, interfaces: tuple[Draft, ...] = ()) -> None:
        self.name, self.description = name, description
        self.python: Any = type(name, tuple(interface.python for interface in interfaces), {})
        self.members: dict[str, Member] = {}
        self.annotations: dict[str, Any] = {}

    def add(self, name: str, annotation: Any, description: str, member: Member, resolver: Resolver | None = None) -> None:
        """Add a field to an object."""
        graphql = camel(name)
        self.members[graphql] = member
        field = strawberry.field(resolver=resolver or NO_ARGUMENTS, name=graphql, description=description, graphql_type=annotation)
        setattr(self.python, name, field)

    def input(self, name: str, annotation: Any, description: str) -> None:
        """Add an optional field to an input."""
        default = strawberry.field(name=camel(name), description=description, default=strawberry.UNSET)
        python = f"{name}_" if name in ("and", "or", "not") else name
        setattr(self.python, python, default)
        self.annotations[python] = optional(annotation)

    def finish_interface(self) -> None:
        self._annotate()
        strawberry.interface(self.python, name=self.name, description=self.description)

    def finish_object(self) -> None:
        self._annotate()
        strawberry.type(self.python, name=self.name, description=self.description)

    def finish_input(self, one_of: bool = False) -> None:
        """`one_of`: a value of the input gives exactly one of its fields."""
        self._annotate()
        strawberry.input(self.python, name=self.name, description=self.description, one_of=one_of)

    def _annotate(self) -> None:
        self.python.__annotations__ = self.annotations
        self.python.__module__ = __name__


class Drafts:
    """The types of all kinds by name, and the GraphQL type of each field."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.interfaces: dict[str, Draft] = {}
        self.objects: dict[str, Draft] = {}
        self.inputs: dict[str, Draft] = {}
        self.choices: dict[str, Draft] = {}  # Inputs of which exactly one field is given.
        self.enums: dict[str, Any] = {}
        self.vocabularies: dict[str, Vocabulary] = {}  # By the name of their enum.
        self.operators: dict[str, tuple[str, ...]] = {}  # By the name of the input that has them.
        self.direction = enum_type(
            "Direction", {"ASC": "asc", "DESC": "desc"}, "Ascending or descending. Unknown values come last in both."
        )

    def interface(self, name: str, description: str) -> Draft:
        """A new interface."""
        self.interfaces[name] = Draft(name, description)
        return self.interfaces[name]

    def object(self, name: str, description: str, *interfaces: str) -> Draft:
        """A new object type, which implements the named interfaces."""
        self.objects[name] = Draft(name, description, tuple(self.interfaces[interface] for interface in interfaces))
        return self.objects[name]

    def finish(self) -> None:
        for draft in self.interfaces.values():  # Strawberry reads the fields of an interface when a type that implements it is finished.
            draft.finish_interface()
        for draft in self.objects.values():
            draft.finish_object()
        for draft in self.inputs.values():
            draft.finish_input()
        for draft in self.choices.values():
            draft.finish_input(one_of=True)

    def output(self, field: Field) -> Any:
        """The type of a field in a response."""
        python = self.scalar(field.type) if field.type.ref is None else self.objects[self.kinds[field.type.ref].graphql].python
        return list_of(python) if field.type.many else python

    def member(self, field: Field) -> Member:
        """The meaning of a field in a response."""
        if field.type.ref is None:
            return Member("value", field=field)
        return Member("links" if field.type.many else "link", field=field, kind=self.kinds[field.type.ref])

    def scalar(self, type: Type) -> Any:
        """The scalar or enum of one value of a type."""
        if type.vocabulary is not None and not type.levels:
            return self.enum(type.vocabulary)
        return SCALARS[type.graphql].python

    def enum(self, vocabulary: Vocabulary) -> Any:
        if self.vocabularies.setdefault(vocabulary.graphql, vocabulary).codes != vocabulary.codes:
            raise BadDeclaration(f"two vocabularies become one enum, {vocabulary.graphql}; rename one of them")
        if vocabulary.graphql not in self.enums:
            values = {
                name: strawberry.enum_value(code, description=entry.sentence())
                for name, code in vocabulary.by_graphql_name.items() for entry in [vocabulary.codes[code]]
            }  # fmt: skip
            description = f"{vocabulary.description} Origin: {vocabulary.origin}"
            self.enums[vocabulary.graphql] = enum_type(vocabulary.graphql, values, description)
        return self.enums[vocabulary.graphql]

    def codes(self, name: str, codes: Mapping[str, str], description: str) -> Any:
        """The enum of some codes, each with its description."""
        if name not in self.enums:
            values = {code.upper(): strawberry.enum_value(code, description=text) for code, text in codes.items()}
            self.enums[name] = enum_type(name, values, description)
        return self.enums[name]

    def word(self, field: Field) -> str:
        """The word in the names of the types that fields of this type share, as `Text` in `TextFilter`."""
        if field.type.ref is not None:
            return self.kinds[field.type.ref].graphql + ("References" if field.type.many else "Reference")
        if field.type.vocabulary is not None and not field.type.levels:
            word = field.type.vocabulary.graphql
        else:
            word = SCALARS[field.type.graphql].word
        return word + ("s" if field.type.many else "")


def enum_type(name: str, values: dict[str, Any], description: str) -> Any:
    python: Any = enum.Enum(name, values)  # type: ignore[misc]  # the names are known only now
    return strawberry.enum(python, description=description)
