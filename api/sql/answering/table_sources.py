"""The sources whose claims a list rests on, as a table of it names them. Text; no I/O."""

from __future__ import annotations

from schema.model.kind import Kind

MAX_SOURCES = 100  # That are named; licences are those of all.


def licenses(kind: Kind) -> str:
    """The distinct licences of the sources of live claims about a kind."""
    return f"select distinct s.license from {kind.sources.name} s where s.license is not null and {_claims(kind)} order by s.license"


def sources(kind: Kind) -> str:
    """The first of these sources by id: title and address."""
    return f"select s.title, s.url from {kind.sources.name} s where {_claims(kind)} order by s.id limit {MAX_SOURCES}"


def _claims(kind: Kind) -> str:
    return f"s.key in (select c.source from {kind.name}_claim c)"
