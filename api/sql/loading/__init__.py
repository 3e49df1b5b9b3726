"""SQL that loads, settles, undoes and verifies. Text only.

Imports sql.answering, sql.duckdb, sql, query and schema.
"""
