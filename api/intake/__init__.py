"""Reads foreign files: opens, recognises and turns their records into claims, without a database. Imports sql.duckdb and schema.formats."""
