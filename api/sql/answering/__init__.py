"""One SQL statement for each query, and its arguments: text only, no I/O.

Imports sql, query, errors, pauses and schema.
"""
