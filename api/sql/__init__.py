"""All SQL of the service: text and bound arguments, no I/O. Its modules import query and schema; the packages below it import them.

`answering` answers queries, `duckdb` reads files to be loaded, and `loading` writes what a load changes.
"""
