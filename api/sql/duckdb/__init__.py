"""SQL for DuckDB: reads foreign files and writes claims. Text only; imports schema.formats and the modules of api.sql."""
