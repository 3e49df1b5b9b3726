"""The components by name while they are gathered, and the schema of each field of a kind."""

from __future__ import annotations

from ...model.errors import BadDeclaration
from ...model.field import Field
from ...model.kind import Kind
from ...model.kinds import Kinds
from ...model.types import Type
from .parts import ID, Schema, array, nullable, object_schema, ref, value, vocabulary_schema


class Components:
    """The components by name; two different ones cannot share a name."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.by_name: dict[str, Schema] = {}

    def define(self, name: str, schema: Schema) -> Schema:
        """Add a component; returns the reference to it. Raises BadDeclaration if another one has the name."""
        if self.by_name.setdefault(name, schema) != schema:
            raise BadDeclaration(f"two different components would be named {name}; rename the kind or the vocabulary")
        return ref(name)

    def field(self, field: Field) -> Schema:
        """A field as a record has it."""
        if field.type.ref is not None:
            kind = self.kinds[field.type.ref]
            item: Schema = {"anyOf": [self.reference(kind), ref(kind.graphql)]}
        else:
            item = self.value(field.type)
        return array(item) if field.type.many else item

    def value(self, type: Type) -> Schema:
        """One value of a type; its vocabulary becomes a component."""
        if type.vocabulary is not None:
            self.define(type.vocabulary.graphql, vocabulary_schema(type.vocabulary, type.levels))
        return value(type)

    def reference(self, kind: Kind) -> Schema:
        """A record in short. Where `fields` asks for more, it is the record itself."""
        properties: dict[str, Schema] = {"id": {**ID, "description": f"The id of the {kind.name}."}}
        if kind.label:
            label = kind.fields[kind.label]
            schema = self.field(label)
            properties[label.name] = {**(schema if label.required else nullable(schema)), "description": label.description}
        return self.define(f"{kind.graphql}Reference", object_schema(f"A {kind.name} in short.", properties))
