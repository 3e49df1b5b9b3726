"""Runs queries: the connection pool, cached plans, and the revision that each answer is of. Imports sql and query."""
