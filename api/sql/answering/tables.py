"""Tables: lists with a value for each column, which COPY writes as CSV or, for maps, with one feature for each record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.model.claim import QUOTED_FROM
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import BOOLEAN, TEXT, TEXTS

from ...query.nodes import At, OriginCount, Page, Value
from ...query.tables import (
    CHOSEN,
    CLAIMS,
    DISPUTED,
    GEOMETRY,
    GROUP_DISPUTED,
    ORIGINS,
    QUOTED,
    RECORD_CLAIMS,
    SOURCE,
    VALUE,
    Column,
    Table,
)
from ..preference import covered
from ..text import list_as_text
from .conditions import order_by
from .disputes import by_rule, disputed, group_disputed, group_stated_differently, opposing
from .formula_cells import escape_formula
from .graphql_provenance import FIELD_PROVENANCE_COMPILERS
from .json import JoinedSql, Literal, obj, pair, scalar
from .left_out_in_list import OWN_REASONS, conditions_of_its_own, own_reasons
from .left_out_reason import counted_in, version
from .page_rows import streamed_condition
from .records import RowSql
from .scope import Scope

# Of a complete list: its records are read in the order of an index, and what they refer to is looked up for each, so that the first are there at once. Otherwise PostgreSQL
# joins and sorts all of them first, which takes as long.
IN_ORDER = "set local enable_sort = off; set local enable_hashjoin = off; set local enable_mergejoin = off"


def table(kinds: Kinds, page: Page, table: Table, at: At, limit: int | None = None, current: int | None = None) -> tuple[str, list[object]]:
    """A statement with one row for each record of a list, and its arguments; the size of the page is ignored."""
    scope = Scope(kinds, graphql=False, current=current).as_of(at)
    named = ""
    computed = tuple(
        Value(column.name, column.field) for column in table.columns if column.field and column.field.name in page.kind.computed
    )
    if (conditions := conditions_of_its_own(page, computed)) is not None:
        named = own_reasons(scope, page.kind, conditions) + "\n"
        scope = replace(scope, own_reasons=OWN_REASONS)
    sql = TableSql(scope, page.kind)
    selected = sql.feature(table.columns) if table.features else ",\n  ".join(sql.cell(column, table) for column in table.columns)
    condition = streamed_condition(scope, page, "t")
    at_most = "" if limit is None else f" limit {limit}"
    source = "\n".join([f"from {sql.records()} t", *sql.joins])
    return f"{named}select\n  {selected}\n{source}\nwhere {condition}\norder by {order_by(page.terms, 't')}{at_most}", scope.arguments


class TableSql:
    """The columns of a table as SQL expressions, and the joins that they need."""

    def __init__(self, scope: Scope, kind: Kind) -> None:
        self.scope, self.kind = scope, kind
        self.joins: list[str] = []
        self.aliases: dict[object, str] = {}
        if scope.own_reasons:
            self.joins.append(f"left join {OWN_REASONS} on {OWN_REASONS}.key = t.key")

    def records(self) -> str:
        """The relation of the records of the list, in the order of their ids, so that those of the past need not be sorted together."""
        if self.scope.at.now:
            return self.kind.name
        return f"({' union all '.join(f'({branch} order by id)' for branch in self.scope.plain_branches(self.kind))})"

    def cell(self, column: Column, table: Table) -> str:
        """A cell of CSV."""
        value = self.value(column)
        if column.aspect == GEOMETRY:
            return self._point("encode(float8send({}), 'hex')", "'0000000001' || {} || {}")
        if column.type.many:
            text = f"(select {list_as_text('v')} from (select {value} as v) list_)"
            return f"to_json({value})::text" if table.json_lists else text if table.raw else escape_formula(text)
        if column.type is BOOLEAN:
            return f"({value})::text"
        if column.type.escaped and not table.raw:
            return escape_formula(value)
        return value

    def feature(self, columns: tuple[Column, ...]) -> str:
        """A feature of GeoJSON with the columns as its properties."""
        properties = obj(pair(column.name, self._json(column)) for column in columns)
        point = self._point("{}::text", "'{{\"type\":\"Point\",\"coordinates\":[' || {} || ',' || {} || ']}}'")
        members = [("type", JoinedSql([Literal('"Feature"')])), ("id", self._json(columns[0])), ("geometry", f"coalesce({point}, 'null')")]
        return obj([*(pair(name, value) for name, value in members), pair("properties", properties)])

    def _json(self, column: Column) -> str:
        ids = TEXTS if column.type.many else TEXT
        return scalar(self.scope, Field("value", ids if column.type.ref else column.type, ""), self.value(column))

    def value(self, column: Column) -> str:
        """The value of a column, in the type of the database; lists of references are lists of ids."""
        if column.aspect in (VALUE, RECORD_CLAIMS):
            return self._value(column)
        if column.aspect == GEOMETRY:
            return ""
        assert column.field is not None
        fields = self.kind.groups[column.field.group_name]
        if column.aspect in (DISPUTED, GROUP_DISPUTED):
            group = column.field.group_name
            own = (
                disputed(self.kind, column.field, "c", "true")
                if column.aspect == DISPUTED
                else group_disputed(self.kind, group, "c", "true")
            )
            found = by_rule(self.scope, own, group_stated_differently(self.kind, group, "c", "true"))
            return f"(t.claims > 1 and {self._claims(found, (*fields, *opposing(self.kind, fields)))})"
        if column.aspect == CLAIMS:
            return self._claims("count(*)", fields)
        if column.aspect == ORIGINS:
            claim = RowSql(self.scope, self.kind, "c", "t", "")
            return f"({FIELD_PROVENANCE_COMPILERS[OriginCount](claim, OriginCount('', column.field))})::bigint"
        claim_alias = self._chosen(column.field.group_name)
        if column.aspect == CHOSEN:
            assert column.of is not None
            return f"{claim_alias}.{column.of.name}"
        if column.aspect == QUOTED:
            return self._quoted(f"{claim_alias}.{QUOTED_FROM}", column.of)
        assert column.aspect == SOURCE
        source = self._join("source", self._records(self.kind.sources), f"{claim_alias}.source")
        return f"{source}.{column.of.name if column.of else 'id'}"

    def _quoted(self, keys: str, field: Field | None) -> str:
        """A field of each of the sources with these keys, without those in which it is unknown; null if there are none."""
        assert field is not None
        item = self.scope.alias("item")
        values = (
            f"select array_agg(o.{field.name} order by {item}.n) filter (where o.{field.name} is not null) "
            f"from unnest({keys}) with ordinality {item}(key, n) {self.scope.join(self.kind.sources, 'o', f'key = {item}.key')}"
        )
        return f"case when {keys} <> '{{}}' then ({values}) end"

    def _value(self, column: Column) -> str:
        alias = self._record(column.links)
        if column.aspect == RECORD_CLAIMS:
            return f"{alias}.claims"
        field = column.field
        if field is None:
            return f"{alias}.id"
        if field.name in self.kind.computed and not column.links:
            return self._counted_in()
        value = f"{alias}.{field.name}"
        if not (field.type.many and field.type.ref):
            return value
        target, item = self.scope.kinds[field.type.ref], self.scope.alias("item")
        ids = (
            f"select array_agg(o.id order by {item}.n) from unnest({value}) with ordinality {item}(key, n) "
            f"{self.scope.join(target, 'o', f'key = {item}.key')}"
        )
        return f"case when {value} is not null then coalesce(({ids}), array[]::text[]) end"

    def _record(self, links: tuple[Field, ...]) -> str:
        """The alias of the record that references lead to."""
        if not links:
            return "t"
        parent, link = self._record(links[:-1]), links[-1]
        return self._join(links, self._records(self.scope.kinds[link.type.ref or ""]), f"{parent}.{link.name}")

    def _chosen(self, group: str) -> str:
        """The alias of the claim that was chosen for a group."""
        return self._join(
            group, [self.scope.claims(self.kind)] if self.scope.at.now else self.scope.claim_branches(self.kind), f"t.{group}_claim"
        )

    def _records(self, kind: Kind) -> Sequence[str]:
        return [kind.name] if self.scope.at.now else self.scope.plain_branches(kind)

    def _join(self, what: object, branches: Sequence[str], key: str) -> str:
        """The alias of the row that has a key: of a table or, as of the past, of one of two selects, which look it up themselves."""
        if (what, key) not in self.aliases:
            self.aliases[what, key] = alias = self.scope.alias("joined")
            if self.scope.at.now:
                self.joins.append(f"left join {branches[0]} {alias} on {alias}.key = {key}")
            else:
                looked_up = " union all ".join(f"{branch} and key = {key}" for branch in branches)
                self.joins.append(f"left join lateral ({looked_up}) {alias} on true")
        return self.aliases[what, key]

    def _counted_in(self) -> str:
        if self.scope.own_reasons:
            return counted_in(self.scope, self.kind, "t")
        if "counted" not in self.aliases:
            self.aliases["counted"] = "counted"
            self.joins.append(f"left join {self.kind.name}_sum counted on counted.key = t.key and {version(self.scope, 'counted')}")
        return f"counted.{next(iter(self.kind.computed))}"

    def _claims(self, expression: str, fields: tuple[Field, ...]) -> str:
        """An aggregate of the live claims that give a group."""
        return f"(select {expression} from {self.scope.claims(self.kind)} c where c.record = t.key and c.rank <> 'deprecated' and {covered(fields, 'c')})"

    def _point(self, coordinate: str, form: str) -> str:
        """The point of the record, or of the place that it refers to, longitude first; null if unknown."""
        latitude, longitude = (coordinate.format(degrees) for degrees in self._degrees(self.kind, ()))
        return form.format(longitude, latitude)

    def _degrees(self, kind: Kind, links: tuple[Field, ...]) -> tuple[str, str]:
        """The latitude and longitude of the record that references lead to: its own, or those of the first record that it refers to as its place."""
        alias = self._record(links)
        if kind.degrees:
            latitude, longitude = kind.degrees
            return f"{alias}.{latitude.name}", f"{alias}.{longitude.name}"
        *others, last = (self._degrees(self.scope.kinds[link.type.ref or ""], (*links, link)) for link in kind.places)
        for link, there in reversed([*zip(kind.places, others, strict=False)]):
            known = f"{alias}.{link.name} is not null"
            last = (f"case when {known} then {there[0]} else {last[0]} end", f"case when {known} then {there[1]} else {last[1]} end")
        return last
