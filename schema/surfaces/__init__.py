"""The kinds as GraphQL types, OpenAPI components, a JSON Schema of source documents, and the data dictionary.

Imports storage, fixtures, formats, model and codelists.
"""
