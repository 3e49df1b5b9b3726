"""Kinds as PostgreSQL tables, columns and indexes. Imports model and kinds."""
