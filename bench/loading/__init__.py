"""Measures loading: our command beside PostgreSQL's own COPY of the very same rows, again, changed, replaced, and under readers' eyes."""
