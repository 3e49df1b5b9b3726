"""One SQL statement for each query, and its arguments: text only, no I/O. Imports query, schema and the modules of api.sql itself."""
