"""The executable GraphQL schema that documents are validated against, printed and introspected by; its resolvers never run."""

from __future__ import annotations

from graphql import GraphQLInputObjectType
from strawberry import Schema

from schema.surfaces.graphql.scalars import config
from schema.surfaces.graphql.surface import Surface


def make_schema(surface: Surface) -> Schema:
    """Build the schema of a surface; graphql-core's own schema is its attribute `_schema`."""
    schema = Schema(query=surface.query, config=config())
    for type in schema._schema.type_map.values():
        if isinstance(type, GraphQLInputObjectType):
            # Strawberry records @oneOf in its own definition only; graphql-core's validation and coercion read it from the type.
            type.is_one_of = type.extensions["strawberry-definition"].is_one_of
    return schema
