"""The statement that finds which of the ids in a request's conditions no record has, as of the revision of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema.model.claim import COLLECTION
from schema.model.kinds import Kinds

from ...query.nodes import At
from .scope import Scope
from .statement import Statement


def unknown_ids(kinds: Kinds, ids: Mapping[str, Sequence[str]], at: At, current: int) -> Statement:
    """A statement with one column for each kind: the ids that no record has, in their order. A withheld record is not among the records.

    The names of collections are among them too, as those of a kind.
    """
    scope = Scope(kinds, graphql=False, current=current).as_of(at)
    columns = [
        f"array(select n.id from unnest({scope.bind(list(names), 'text[]')}) with ordinality n(id, place) "
        f"where {_unknown(scope, kind)} order by n.place) as {kind}"
        for kind, names in ids.items()
    ]
    return Statement(f"select {', '.join(columns)}", tuple(scope.arguments))


def _unknown(scope: Scope, kind: str) -> str:
    """Whether nothing has the id `n.id`."""
    if kind != COLLECTION:
        return f"not exists (select from {scope.records(scope.kinds[kind])} r where r.id = n.id)"
    claims = (f"(select from {scope.claims(one)} c where c.{COLLECTION} = n.id)" for one in scope.kinds.values())
    return " and ".join(f"not exists {one}" for one in claims)
