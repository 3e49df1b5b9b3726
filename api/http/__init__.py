"""What both surfaces share of HTTP: responses and their headers, the response cache, the protocol. Imports store and query."""
