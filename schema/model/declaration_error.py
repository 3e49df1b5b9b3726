"""The error raised for a declaration that contradicts itself or another declaration."""

from __future__ import annotations


class BadDeclaration(TypeError):
    """A kind, a field or a table of the project is declared wrongly. Raised at import, so that a faulty release never starts."""
