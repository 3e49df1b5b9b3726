"""Benchmarks of loading: our command beside PostgreSQL's COPY of the same rows; again, with changes, as a replacement, and with readers."""
