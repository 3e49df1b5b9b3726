"""All SQL of the service: text and bound arguments, no I/O. The packages in it import its modules.

`answering` answers queries, `duckdb` reads files to be loaded, and `loading` writes what a load changes.

Imports schema.
"""
