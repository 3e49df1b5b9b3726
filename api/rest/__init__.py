"""REST over HTTP: URLs become queries, answers become JSON, CSV, GeoJSON and OpenAPI.

Imports http, store, sql.answering, sql.duckdb, words, query, errors, pauses and schema.
"""
