"""Kinds as GraphQL types, OpenAPI and JSON Schema components, and the data dictionary. Imports model and kinds."""
