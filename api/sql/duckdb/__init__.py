"""SQL for DuckDB: reading foreign files, checking their records and writing claims. Text only.

Imports sql, query and schema.
"""
