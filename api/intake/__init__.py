"""Reads foreign files and turns their records into claims, without PostgreSQL. Imports sql.duckdb and schema; a file passes open, unpack, recognize and intake."""
