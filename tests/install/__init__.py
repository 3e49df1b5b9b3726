"""Checks of an installed Conflict Facts, run by `make test-install` and `make test-wheel` with the standard library alone."""
