"""A query as pure data, whoever asks it: nodes, conditions, cursors, and values bound per request. Imports only errors and schema."""
