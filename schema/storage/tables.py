"""The kinds as SQLAlchemy metadata, which Alembic compares with a database to write migrations. Never used for queries.

One module, although long: the constraints and indexes of a table are made of its columns, beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn

from ..codelists.vocabularies import REASON
from ..model.claim import CLAIM_FIELDS
from ..model.completeness import complete
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from . import columns
from .columns import Column

SaColumn = sa.Column[Any]
SA_TYPES: dict[str, Any] = {  # Any, because SQLAlchemy has no type that covers both classes and instances of its types.
    "text": sa.Text,
    "bigint": sa.BigInteger,
    "smallint": sa.SmallInteger,
    "integer": sa.Integer,
    "numeric": sa.Numeric,
    "double precision": sa.Double,
    "boolean": sa.Boolean,
    "date": sa.Date,
    "timestamp with time zone": sa.DateTime(timezone=True),
    "jsonb": pg.JSONB,
    "text[]": pg.ARRAY(sa.Text),
    "bigint[]": pg.ARRAY(sa.BigInteger),
    "bytea": sa.LargeBinary,
}
complete("SA_TYPES in schema/storage/tables.py", SA_TYPES, columns.COLUMN_TYPES)

NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}


class Packed(sa.types.UserDefinedType[Any]):
    """The type of a packed column: rows of the table that a link leads to, copied into the row that has the link."""

    cache_ok = True

    def __init__(self, kind: str = "", many: bool = False) -> None:
        self.kind, self.many = kind, many

    def get_col_spec(self, **_: Any) -> str:
        return f"{self.kind}[]" if self.many else self.kind


def metadata(kinds: Kinds) -> sa.MetaData:
    """All tables.

    A kind has five: live records, claims, the histories of both, and withheld claims. A kind whose numbers are summed has one
    more, with what each record adds to totals. The revisions, their digests, and the counts of
    withheld claims have one each; three more say what withholding has removed from history.
    """
    tables = sa.MetaData(naming_convention=NAMING)
    _revision(tables)
    _withheld_counts(tables)
    _digests(tables)
    for kind in kinds.values():
        _live(tables, kinds, kind)
        _claim(tables, kind)
        _withheld(tables, kind)
        _history(tables, kind, columns.live_columns(kind))
        _claim_history(tables, kind, (*columns.claim_columns(kind), columns.DIGEST))
    for kind in kinds.summed:
        _sums(tables, kinds, kind)
    return tables


# Tables of all kinds


def _revision(tables: sa.MetaData) -> None:
    id, *others = columns.REVISION_COLUMNS
    table = sa.Table(
        "revision", tables, sa.Column(id.name, sa.BigInteger, primary_key=True, autoincrement=False, comment=id.comment), *map(_column, others),
        comment="Every change to the facts: one transaction, one number.",
    )  # fmt: skip
    sa.Index("revision_recorded_at_idx", table.c.recorded_at)


def _withheld_counts(tables: sa.MetaData) -> None:
    table = [_column(column) for column in columns.WITHHELD_COUNT_COLUMNS]
    sa.Table(
        "withheld", tables, *table, sa.PrimaryKeyConstraint("source", "kind"),
        comment="How many claims and records are withheld; updated by every load.",
    )  # fmt: skip


def _digests(tables: sa.MetaData) -> None:
    def table(name: str, own: Iterable[Column], key: tuple[str, ...], comment: str) -> None:
        sa.Table(name, tables, *map(_column, own), sa.PrimaryKeyConstraint(*key), comment=comment)

    table(
        "revision_digest",
        columns.REVISION_DIGEST_COLUMNS,
        ("revision",),
        "The digests of revisions, each of which contains the one before it.",
    )
    table(
        "claim_tombstone", columns.TOMBSTONE_COLUMNS, ("kind", "key", "added_in"),
        "The digests of claims that were public and are withheld, so that the digests of revisions can still be verified.",
    )  # fmt: skip
    sa.Index(None, tables.tables["claim_tombstone"].c.removed_in)
    table(
        "purged_count", columns.PURGED_COUNT_COLUMNS, ("revision", "kind", "sort"),
        "What withholding has removed from history, by the revisions whose counts include it.",
    )  # fmt: skip
    table("purged_record", columns.PURGED_RECORD_COLUMNS, ("kind", "key"), "The ids of records of which withholding left no version.")


# Tables of a kind


def _live(tables: sa.MetaData, kinds: Kinds, kind: Kind) -> None:
    extra: list[sa.schema.SchemaItem] = [_field_check(kind.name, field) for field in kind.fields.values() if field.type.check]
    extra += [sa.UniqueConstraint("id")]
    extra += [_foreign_key(field.name, field.type.ref or "") for field in kind.links]
    own = [*map(_column, columns.live_columns(kind)), *_packed_columns(tables, kinds, kind)]
    table = sa.Table(kind.name, tables, _key(), *own, *extra, comment=kind.description)
    _indexes(table, kind)
    if kind.root:
        sa.Index(None, table.c.root)


def _packed_columns(tables: sa.MetaData, kinds: Kinds, kind: Kind) -> list[SaColumn]:
    if not kind.packs:
        return []
    comment = "The revision in which the packed records of the row were last updated."
    packed_in = sa.Column(columns.PACKED_IN, sa.BigInteger, nullable=False, comment=comment)
    return [packed_in, *(_packed_column(tables, kinds, kind, link) for link in kind.packs)]


def _packed_column(tables: sa.MetaData, kinds: Kinds, kind: Kind, link: str) -> SaColumn:
    packed = Packed(kinds.linked_kind(kind, link).name, many=link in kind.reverses)
    column = columns.packed_column(link)
    add: Any = sa.DDL(f"alter table {kind.name} add column {column} {packed.get_col_spec()}")  # type: ignore[no-untyped-call]
    sa.event.listen(tables, "after_create", add)
    return sa.Column(column, packed)


@compiles(CreateColumn)
def _create_column(create: CreateColumn, compiler: Any, **options: Any) -> Any:
    """Leave packed columns out of CREATE TABLE: their type is the row of another table, which may be created later."""
    return None if isinstance(create.element.type, Packed) else compiler.visit_create_column(create, **options)


def _indexes(table: sa.Table, kind: Kind) -> None:
    """The declared indexes and the index for `search`. The history has them too, because past revisions get the same queries."""
    for field in kind.fields.values():
        if field.index:
            sa.Index(None, table.c[field.name], postgresql_using=field.type.index)
    for terms in kind.indexes:
        name = "_".join([table.name, *(term.removeprefix("-") for term in terms), "idx"])
        sa.Index(name, *(table.c[term[1:]].desc().nulls_last() if term.startswith("-") else table.c[term] for term in terms))
    if kind.searched:
        sa.Index(None, table.c.search, postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"})


def _claim(tables: sa.MetaData, kind: Kind) -> None:
    name = f"{kind.name}_claim"
    checked = [field for field in (*kind.fields.values(), *CLAIM_FIELDS.values()) if field.type.check]
    extra: list[sa.schema.SchemaItem] = [_field_check(name, field) for field in checked]
    extra += [_foreign_key("record", kind.name), _foreign_key("source", "source")]
    extra += [_foreign_key(field.name, field.type.ref or "") for field in kind.links]
    table = sa.Table(
        name, tables, _key(), *map(_column, (*columns.claim_columns(kind), columns.DIGEST)), *extra,
        comment=f"Claims about {kind.plural}: what one source says about one record.",
    )  # fmt: skip
    sa.Index(f"{name}_record_key_idx", table.c.record, table.c.key)
    sa.Index(None, table.c.source)
    sa.Index(None, table.c.collection)
    sa.Index(None, table.c.locator, postgresql_using="hash")  # Of any length. A load looks up whether it knows a record of its file.
    sa.Index(None, table.c.added_in)  # An undo looks up what a revision added.
    for field in kind.links:
        sa.Index(None, table.c[field.name])
    for field in (*CLAIM_FIELDS.values(), *kind.fields.values()):
        if field.type.ref and field.type.many:  # Before a record is removed, the claims that list it are looked up.
            # Not by way of a list of pending entries, which every lookup would read from end to end.
            sa.Index(None, table.c[field.name], postgresql_using="gin", postgresql_with={"fastupdate": "off"})
    if kind.permits:  # Every load looks for a claim that forbids redistribution.
        sa.Index(f"{name}_{kind.permits}_idx", table.c.key, postgresql_where=table.c[kind.permits].is_(sa.false()))


def _withheld(tables: sa.MetaData, kind: Kind) -> None:
    table = sa.Table(
        f"{kind.name}_withheld", tables, _key(), *map(_column, (*columns.withheld_columns(kind), columns.DIGEST)),
        comment=f"Claims about {kind.plural} whose source forbids redistribution: never published, and never settled from.",
    )  # fmt: skip
    sa.Index(None, table.c.id)
    sa.Index(None, table.c.collection, postgresql_where=table.c.removed_in.is_(None))
    sa.Index(None, table.c.source, postgresql_where=table.c.removed_in.is_(None))
    sa.Index(None, table.c.added_in)
    sa.Index(None, table.c.removed_in)


def _history(tables: sa.MetaData, kind: Kind, own: Iterable[Column]) -> None:
    table = _history_table(tables, f"{kind.name}_history", own, f"Superseded and removed versions of {kind.plural}.")
    sa.Index(None, table.c.id)
    _indexes(table, kind)


def _claim_history(tables: sa.MetaData, kind: Kind, own: Iterable[Column]) -> None:
    table = _history_table(tables, f"{kind.name}_claim_history", own, f"Superseded and retracted claims about {kind.plural}.")
    sa.Index(None, table.c.record)  # Superseded claims are never looked up by what they refer to, beside their record and source.
    sa.Index(None, table.c.source)
    sa.Index(None, table.c.added_in)


def _history_table(tables: sa.MetaData, name: str, own: Iterable[Column], comment: str) -> sa.Table:
    reasons = ", ".join(f"'{code}'" for code in REASON.codes)
    table = sa.Table(
        name, tables, *map(_column, columns.history_columns(own)), _check(name, "reason", f"reason in ({reasons})"), comment=comment
    )
    sa.Index(None, table.c.key)
    sa.Index(None, table.c.removed_in)
    return table


# Tables of a kind whose numbers are summed


def _sums(tables: sa.MetaData, kinds: Kinds, kind: Kind) -> None:
    name = f"{kind.name}_sum"
    key, added_in, *others = map(_column, columns.sum_columns(kinds, kind))
    table = sa.Table(
        name, tables, key, added_in, *others, sa.PrimaryKeyConstraint("key", "added_in"),
        comment=f"What each of the {kind.plural} adds to totals, now and as of earlier revisions.",
    )  # fmt: skip
    assert kind.totals is not None
    current = table.c.removed_in.is_(None)
    sa.Index(f"{name}_counted_in_idx", table.c.counted_in, table.c.key, postgresql_where=current)
    sa.Index(f"{name}_event_idx", table.c[kind.totals.event])
    country, measure = table.c[kind.totals.country], table.c[kind.totals.measure]
    sa.Index(f"{name}_shape_idx", table.c.shape, country, measure, table.c.month, table.c[kind.totals.basis])
    derived = sa.or_(table.c.reason.is_not(None), table.c[kind.totals.origin].in_(kind.totals.derived_origins))
    sa.Index(f"{name}_left_out_idx", country, postgresql_where=derived)
    days = table.c.first, table.c.final
    sa.Index(f"{name}_days_idx", country, measure, *days, postgresql_where=(table.c.first == table.c.final).is_not(True))
    sa.Index(f"{name}_part_of_time_idx", country, measure, postgresql_where=table.c.event_first.is_not(None))
    sa.Index(f"{name}_added_in_idx", table.c.added_in)
    sa.Index(f"{name}_removed_in_idx", table.c.removed_in)


# Columns and constraints


def _column(column: Column) -> SaColumn:
    type = sa.Text(collation="C") if column.c_collation else SA_TYPES[column.sql]
    return sa.Column(column.name, type, nullable=column.nullable, comment=column.comment)


def _key() -> SaColumn:
    return sa.Column("key", sa.BigInteger, sa.Identity(), primary_key=True, comment="The internal key; it never leaves the database.")


def _foreign_key(column: str, kind: str) -> sa.ForeignKeyConstraint:
    # Deferrable: a load may remove a parent before its child.
    return sa.ForeignKeyConstraint([column], [f"{kind}.key"], deferrable=True, initially="DEFERRED")


def _field_check(table: str, field: Field) -> sa.CheckConstraint:
    assert field.type.check is not None
    return _check(table, field.name, field.type.check.format(column=field.name))


def _check(table: str, column: str, condition: str) -> sa.CheckConstraint:
    """A CHECK whose name ends with a digest of its condition: Alembic compares names alone, so that a changed vocabulary shows."""
    digest = hashlib.sha256(condition.encode()).hexdigest()[:8]
    return sa.CheckConstraint(condition, name=f"{table}_{column}_{digest}")
