"""SQL for DuckDB: reading foreign files, checking their records and writing claims. Text only; imports schema and the modules of api.sql."""
