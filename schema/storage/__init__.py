"""How kinds are stored in PostgreSQL: columns, tables and indexes.

Imports model and codelists.
"""
