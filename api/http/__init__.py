"""What GraphQL and REST share of HTTP: response headers, the response cache and the wire protocol. May import store, sql, query, errors and schema."""
