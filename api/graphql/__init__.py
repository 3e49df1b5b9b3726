"""GraphQL over HTTP: turns documents into queries and answers into GraphQL responses. May import http, store, sql, query, errors and schema."""
