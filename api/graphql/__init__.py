"""GraphQL over HTTP: turns documents into queries and answers into GraphQL responses.

Imports http, store, sql.answering, words, query, errors, pauses and schema.
"""
