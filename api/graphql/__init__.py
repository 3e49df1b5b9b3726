"""GraphQL over HTTP: documents become queries, answers become GraphQL responses. Imports http, store, query and schema."""
