"""Answers queries from the database: compiles and caches plans, pools connections, tracks revisions. May import sql, query, settings, errors and schema."""
