"""The PostgreSQL server itself: the embedded cluster, and migrations. Imports sql.revision, settings and schema.storage."""
