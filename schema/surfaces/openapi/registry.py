"""The components under construction, and the schema of each field."""

from __future__ import annotations

from ...model.declaration_error import BadDeclaration
from ...model.field import Field
from ...model.kind import Kind
from ...model.kinds import Kinds
from ...model.types import Type
from .parts import ID, Schema, array, nullable, object_schema, ref, value, vocabulary_schema

PROJECTION = "Projection"  # The end of the name of a record with the fields that a request chooses.


class Components:
    """The components by name. Two different ones cannot share a name."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.by_name: dict[str, Schema] = {}

    def define(self, name: str, schema: Schema) -> Schema:
        """Add a component; returns a reference to it. Raises BadDeclaration if a different one has the name."""
        if self.by_name.setdefault(name, schema) != schema:
            raise BadDeclaration(f"two different components would be named {name}; rename the kind or the vocabulary")
        return ref(name)

    def field(self, field: Field) -> Schema:
        """A field of a record."""
        if field.type.ref is not None:
            kind = self.kinds[field.type.ref]
            item: Schema = {"anyOf": [self.reference(kind), ref(f"{kind.graphql}{PROJECTION}")]}
        else:
            item = self.value(field.type)
        return array(item) if field.type.many else item

    def value(self, type: Type) -> Schema:
        """One value of a type. Its vocabulary becomes a component."""
        if type.vocabulary is not None:
            self.define(type.vocabulary.graphql, vocabulary_schema(type.vocabulary, type.levels))
        return value(type)

    def reference(self, kind: Kind) -> Schema:
        """The short form of a record. If `fields` requests more of its fields, the full record takes its place."""
        properties: dict[str, Schema] = {"id": {**ID, "description": f"The id of the {kind.name}."}}
        if kind.label:
            label = kind.fields[kind.label]
            schema = self.field(label)
            properties[label.name] = {**(schema if label.required else nullable(schema)), "description": label.description}
        return self.define(f"{kind.graphql}Reference", object_schema(f"The short form of a record of kind {kind.name}.", properties))
