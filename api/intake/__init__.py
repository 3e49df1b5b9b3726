"""Reads foreign files and turns their records into claims, without PostgreSQL. A file passes open, unpack, recognize and intake.

Imports sql.duckdb, errors and schema.
"""
