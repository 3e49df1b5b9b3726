"""How kinds are stored in PostgreSQL: columns, tables and indexes. Imports `schema.model` and `schema.codelists`."""
