"""What GraphQL and REST share of HTTP: response headers, the response cache and the wire protocol.

Imports store, sql, query, errors and schema.
"""
