"""Answers queries from the database: compiles and caches plans, pools connections, tracks revisions.

Imports costs, sql.answering, sql, words, query, settings, errors, pauses and schema.
"""
