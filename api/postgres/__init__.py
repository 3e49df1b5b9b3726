"""The PostgreSQL server itself: the embedded cluster, and migrations.

Imports sql.loading, sql, errors and schema.
"""
