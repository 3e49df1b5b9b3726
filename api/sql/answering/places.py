"""Where the records of a list are: for each place and each precision their number, as an SQL expression that yields JSON text."""

from __future__ import annotations

from dataclasses import dataclass

from schema.codelists.vocabularies import COUNTRY, LOCATION_KIND, PLACE_PRECISION, Vocabulary
from schema.model.field import Field
from schema.model.kind import Kind

from ...query.nodes import Places
from .disputes import by_rule, group_disputed, group_stated_differently, live_claim
from .json import JoinedSql, Literal
from .list_rows import ListSql
from .page_rows import PageSql, page_conditions
from .pages import PART_COMPILERS
from .rest_provenance import sources
from .scope import Scope

LISTED, GROUPED = "placed_", "places_"


@dataclass(frozen=True)
class Located:
    """Where a row of a statement is: SQL expressions for the key of its place, the code of its precision, its country, and whether the place is disputed."""

    joins: str
    place: str
    precision: str
    country: str
    disputed: str
    claim: str  # The key of the claim that the place is from.


def places(page: ListSql, node: Places) -> str:
    """`{"rows": […], "sources": {…}}`: a row has the values of `COLUMNS`, in their order."""
    assert isinstance(page, PageSql)
    scope, kind = page.scope, page.page.kind
    row = scope.alias(kind.name)
    located = located_by(scope, kind, row)
    condition = " and ".join(page_conditions(scope, page.page, row, None)) or "true"
    claims = f"{row}.{kind.cites}_claim" if kind.cites else located.claim
    listed = (
        f"{LISTED} as materialized (select {located.place} as place, {located.precision} as precision, {located.country} as country, "
        f"{located.disputed} as disputed, {claims} as claim from {scope.records(kind)} {row}{located.joins} where {condition})"
    )
    grouped = (
        f"{GROUPED} as materialized (select place, precision, country, count(*) as records, count(*) filter (where disputed) as disputed "
        f"from {LISTED} group by place, precision, country)"
    )
    claim = scope.alias("claim")
    keys = f"select {claim}.source from {LISTED} l join {scope.claims(kind)} {claim} on {claim}.key = l.claim"
    document = JoinedSql([Literal('{"rows":['), _rows(scope), Literal('],"sources":'), sources(scope, node.sources, keys), Literal("}")])
    return f"(with {listed}, {grouped} select {document})"


def located_by(scope: Scope, kind: Kind, row: str) -> Located:
    """Where a record is: at its own point, or where the first of its references leads that is known."""
    country = _field(kind, COUNTRY)
    own = f"{row}.{country.name}" if country else "null::text"
    if kind.degrees:
        return Located("", f"{row}.key", "null::text", own, _disputed(scope, kind, row, kind.degrees[0]), _claim(row, kind.degrees[0]))
    level = _field(kind, PLACE_PRECISION)
    joins, ways = "", []
    for link in kind.places:
        target = scope.kinds[link.type.ref or ""]
        if target.degrees:
            precision = f"{row}.{level.name}::text" if level else "null::text"
            way = Located("", f"{row}.{link.name}", precision, own, _disputed(scope, kind, row, link), _claim(row, link))
        else:
            alias = scope.alias(target.name)
            way = located_by(scope, target, alias)
            joins += _left_join(scope, target, alias, f"{row}.{link.name}") + way.joins
        ways.append((f"{row}.{link.name} is not null", way))
    first = {name: _first([(known, getattr(way, name)) for known, way in ways]) for name in ("place", "precision", "disputed", "claim")}
    return Located(joins, country=own if country else _first([(known, way.country) for known, way in ways]), **first)


def _first(ways: list[tuple[str, str]]) -> str:
    """The expression of the first way that is known."""
    return f"case {' '.join(f'when {known} then {value}' for known, value in ways)} end" if len(ways) > 1 else ways[0][1]


def _left_join(scope: Scope, kind: Kind, alias: str, key: str) -> str:
    if scope.at.now:
        return f" left join {kind.name} {alias} on {alias}.key = {key}"
    branches = " union all ".join(f"{branch} and key = {key}" for branch in scope.plain_branches(kind))
    return f" left join lateral ({branches}) {alias} on true"


def _disputed(scope: Scope, kind: Kind, row: str, field: Field) -> str:
    """Whether live claims contradict each other in the place of a record."""
    claim = scope.alias("rival")
    live = live_claim(claim)
    found = by_rule(
        scope, group_disputed(kind, field.group_name, claim, live), group_stated_differently(kind, field.group_name, claim, live)
    )
    return f"({row}.claims > 1 and (select {found} from {scope.claims(kind)} {claim} where {claim}.record = {row}.key))"


def _claim(row: str, field: Field) -> str:
    return f"{row}.{field.group_name}_claim"


def _field(kind: Kind, vocabulary: Vocabulary) -> Field | None:
    """The field of a kind with the codes of a vocabulary."""
    return next((field for field in kind.fields.values() if field.type.vocabulary is vocabulary), None)


def _rows(scope: Scope) -> str:
    """The rows, in an order that is always the same."""
    kind = next(kind for kind in scope.kinds.values() if kind.degrees)
    alias = scope.alias(kind.name)
    area, country = _field(kind, LOCATION_KIND), _field(kind, COUNTRY)
    latitude, longitude = kind.degrees
    columns = [
        f"{alias}.id",
        f"{alias}.{kind.label}" if kind.label else "null",
        f"{alias}.{area.name}" if area else "null",
        f"coalesce(g.country, {alias}.{country.name})" if country else "g.country",
        f"{alias}.{latitude.name}",
        f"{alias}.{longitude.name}",
        "g.precision",
        "g.records",
        "g.disputed",
    ]
    row = f"json_build_array({', '.join(columns)})::text"
    joined = _left_join(scope, kind, alias, "g.place")
    order = f"{alias}.id, g.precision, g.country"
    return f"(select coalesce(string_agg({row}, ',' order by {order}), '') from {GROUPED} g{joined})"


PART_COMPILERS[Places] = places
