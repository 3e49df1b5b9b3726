"""What a request costs before it is run: the rows and the time of its queries, from PostgreSQL's statistics of the tables. No I/O.

Imports sql.answering, query, errors, pauses and schema.
"""
