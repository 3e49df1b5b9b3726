"""The kinds as SQLAlchemy metadata, for Alembic to compare with a database. Never queried."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn

from ..codelists.vocabularies import REASON, Vocabulary
from ..model.claim import CLAIM_FIELDS
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.totals import SUM_COLUMNS

Column = sa.Column[Any]
SQL_TYPES: dict[str, Any] = {  # SQLAlchemy's own type for "a type" is too narrow for its types.
    "text": sa.Text,
    "bigint": sa.BigInteger,
    "smallint": sa.SmallInteger,
    "numeric": sa.Numeric,
    "double precision": sa.Double,
    "boolean": sa.Boolean,
    "date": sa.Date,
    "jsonb": pg.JSONB,
    "text[]": pg.ARRAY(sa.Text),
    "bigint[]": pg.ARRAY(sa.BigInteger),
}


class Packed(sa.types.UserDefinedType[Any]):
    """The records that a link leads to, as rows of their own table, kept in the row that they hang on."""

    cache_ok = True

    def __init__(self, kind: str = "", many: bool = False) -> None:
        self.kind, self.many = kind, many

    def get_col_spec(self, **_: Any) -> str:
        return f"{self.kind}[]" if self.many else self.kind


NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}


def metadata(kinds: Kinds) -> sa.MetaData:
    """Five tables a kind, live and claim and their histories and what is withheld, two more of one that is summed, and two of all kinds."""
    tables = sa.MetaData(naming_convention=NAMING)
    _revision(tables)
    _told(tables)
    for kind in kinds.values():
        _live(tables, kinds, kind)
        _claim(tables, kind)
        _withheld(tables, kind)
        _history(tables, kind, kind.name, _live_columns(kind), f"Superseded and removed versions of {kind.plural}.")
        _history(tables, kind, f"{kind.name}_claim", _claim_columns(kind), f"Superseded and retracted claims about {kind.plural}.")
    for kind in kinds.summed:
        _total(tables, kinds, kind)
        _overlap(tables, kind)
    return tables


def _revision(tables: sa.MetaData) -> None:
    sa.Table(
        "revision", tables,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3, … without gaps."),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When it was recorded, UTC."),
        sa.Column("kind", sa.Text, nullable=False, comment="What sort of change: load, correction, retraction, undo."),
        sa.Column("message", sa.Text, nullable=False, comment="What the change is, in a sentence."),
        sa.Column("author", sa.Text, nullable=False, comment="Who made it."),
        sa.Column("tool", sa.Text, nullable=False, comment="The program that made it, with its version."),
        sa.Column("rule", sa.Text, nullable=False, comment="The rule that settled facts from claims, with its version."),
        sa.Column("digest", sa.Text, nullable=False, comment="SHA-256 of what was loaded."),
        sa.Column("counts", pg.JSONB, nullable=False, comment="Claims added, changed, retracted and unchanged, by kind."),
        sa.Column("receipt", pg.JSONB, comment="What was read, merged, flagged and rejected, as it was told; null where none was kept."),
        sa.Index("revision_recorded_at_idx", "recorded_at"),
        comment="Every change to the facts: one transaction, one number.",
    )  # fmt: skip


def _live(tables: sa.MetaData, kinds: Kinds, kind: Kind) -> None:
    extra: list[sa.schema.SchemaItem] = [_check(kind.name, one) for one in kind.fields.values() if one.type.check]
    extra += [sa.UniqueConstraint("id")]
    extra += [_foreign_key(one.name, one.type.ref or "") for one in kind.links]
    columns = [*_live_columns(kind), *_packed_columns(tables, kinds, kind)]
    table = sa.Table(kind.name, tables, _key(), *columns, *extra, comment=kind.description)
    _indexes(table, kind)
    if kind.root:
        sa.Index(None, table.c.root)


def _packed_columns(tables: sa.MetaData, kinds: Kinds, kind: Kind) -> list[Column]:
    if not kind.packs:
        return []
    told = sa.Column("packed_in", sa.BigInteger, nullable=False, comment="The revision in which the row was last told what hangs on it.")
    return [told, *(_packed(tables, kinds, kind, name) for name in kind.packs)]


def _packed(tables: sa.MetaData, kinds: Kinds, kind: Kind, name: str) -> Column:
    packed = Packed(kinds.linked_kind(kind, name).name, many=name in kind.reverses)
    column = f"packed_{name}"
    add: Any = sa.DDL(f"alter table {kind.name} add column {column} {packed.get_col_spec()}")  # type: ignore[no-untyped-call]
    sa.event.listen(tables, "after_create", add)
    return sa.Column(column, packed)


@compiles(CreateColumn)
def _create_column(create: CreateColumn, compiler: Any, **given: Any) -> Any:
    """A table that refers to another is made after it, so a column with rows of the other can only be added when both are there."""
    return None if isinstance(create.element.type, Packed) else compiler.visit_create_column(create, **given)


def _indexes(table: sa.Table, kind: Kind) -> None:
    """The declared indexes, and the one that answers `search`. The past has them too: it is asked what the present is asked."""
    for one in kind.fields.values():
        if one.index:
            sa.Index(None, table.c[one.name], postgresql_using=one.type.index)
    for columns in kind.indexes:
        name = "_".join([table.name, *(column.removeprefix("-") for column in columns), "idx"])
        sa.Index(name, *(table.c[c[1:]].desc().nulls_last() if c.startswith("-") else table.c[c] for c in columns))
    if kind.searched:
        sa.Index(None, table.c.search, postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"})


def _claim(tables: sa.MetaData, kind: Kind) -> None:
    name = f"{kind.name}_claim"
    checked = [*kind.fields.values(), *CLAIM_FIELDS.values()]
    extra: list[sa.schema.SchemaItem] = [_check(name, one) for one in checked if one.type.check]
    extra += [_foreign_key("record", kind.name), _foreign_key("source", "source")]
    extra += [_foreign_key(one.name, one.type.ref or "") for one in kind.links]
    table = sa.Table(
        name, tables, _key(), *_claim_columns(kind), *extra,
        comment=f"Claims about {kind.plural}: what one source says about one record.",
    )  # fmt: skip
    sa.Index(f"{name}_record_key_idx", table.c.record, table.c.key)
    sa.Index(None, table.c.source)
    sa.Index(None, table.c.collection)
    for one in kind.links:
        sa.Index(None, table.c[one.name])
    if kind.permits:  # A load asks whether anybody forbids anything.
        sa.Index(f"{name}_{kind.permits}_idx", table.c.key, postgresql_where=table.c[kind.permits].is_(sa.false()))


def _told(tables: sa.MetaData) -> None:
    sa.Table(
        "withheld", tables,
        sa.Column("source", sa.Text(collation="C"), primary_key=True, comment="The id of the source whose terms forbid passing on what it says."),
        sa.Column("kind", sa.Text(collation="C"), primary_key=True, comment="The kind of record."),
        sa.Column("claims", sa.BigInteger, nullable=False, comment="How many live claims of the source about such records are withheld."),
        sa.Column("records", sa.BigInteger, nullable=False, comment="How many of the records that they speak of are not shown at all."),
        comment="How much is withheld; kept by every load.",
    )  # fmt: skip


def _withheld(tables: sa.MetaData, kind: Kind) -> None:
    """Claims that may not be passed on, as they were loaded: ids for references, so that nothing that is shown has to know of them."""
    fields = [*CLAIM_FIELDS.values(), *kind.fields.values()]
    table = sa.Table(
        f"{kind.name}_withheld", tables, _key(),
        sa.Column("id", sa.Text(collation="C"), nullable=False, comment=f"The id of the {kind.name} that the claim is about."),
        sa.Column("source", sa.Text(collation="C"), nullable=False, comment="The id of the source that makes the claim."),
        sa.Column("collection", sa.Text, nullable=False, comment="The collection that it was loaded from."),
        *(_named(one) for one in fields),
        _added_in(),
        sa.Column("removed_in", sa.BigInteger, comment="The revision that superseded, retracted or released it; null while it stands."),
        comment=f"Claims about {kind.plural} whose source forbids passing them on: never shown, and never settled from.",
    )  # fmt: skip
    sa.Index(None, table.c.id)
    sa.Index(None, table.c.collection, postgresql_where=table.c.removed_in.is_(None))


def _named(one: Field) -> Column:
    """A column of a claim with ids for keys."""
    type = SQL_TYPES[one.type.sql] if one.type.ref is None else pg.ARRAY(sa.Text) if one.type.many else sa.Text
    return sa.Column(one.name, type, nullable=one.name not in ("rank", "quoted_from"), comment=one.description)


def _history(tables: sa.MetaData, kind: Kind, of: str, columns: list[Column], comment: str) -> None:
    name = f"{of}_history"
    listed = ", ".join(f"'{one}'" for one in REASON.codes)
    table = sa.Table(
        name, tables, sa.Column("key", sa.BigInteger, nullable=False, comment="The key of the row that stood."), *columns,
        sa.Column("removed_in", sa.BigInteger, nullable=False, comment="The revision that superseded or removed it."),
        sa.Column("reason", sa.Text, nullable=False, comment=_listing("Why.", REASON)),
        _named_check(name, "reason", f"reason in ({listed})"),
        comment=comment,
    )  # fmt: skip
    sa.Index(None, table.c.key)
    sa.Index(None, table.c.removed_in)
    if of == kind.name:
        sa.Index(None, table.c.id)
        _indexes(table, kind)
    else:
        sa.Index(None, table.c.record)  # No other reference of a superseded claim is ever asked for.


def _total(tables: sa.MetaData, kinds: Kinds, kind: Kind) -> None:
    """The rollup of a kind whose numbers are summed."""
    assert kind.totals is not None
    names, event = kind.totals, kinds[kind.fields[kind.totals.event].type.ref or ""]
    grain = [event.fields[names.country], *(kind.fields[one] for one in (names.measure, names.population, names.unit, names.basis))]
    counted = {
        "open": "How many of them have no upper bound.", "figures": f"How many {kind.plural} are summed.",
        "without_best": "How many of them have no best estimate.", "disputed": "How many of them are disputed.",
        "rough": "How many of them have no exact day.", "rough_month": "The same, or days of more than one month.",
        "rough_year": "The same, or days of more than one year.",
    }  # fmt: skip
    sa.Table(
        f"{kind.name}_total", tables,
        sa.Column("month", sa.Date, comment="The first day of the month."),
        *(_column(one, nullable=True) for one in grain),
        sa.Column("mixed", sa.Text, nullable=False, comment="Added, or why not where populations are added to each other."),
        sa.Column("apart", sa.Text, nullable=False, comment="Added, or why not where populations are kept apart."),
        *(sa.Column(one, sa.Numeric, nullable=False, comment=f"The sum of `{one}`, of those that have it.") for one in SUM_COLUMNS),
        *(sa.Column(one, sa.BigInteger, nullable=False, comment=comment) for one, comment in counted.items()),
        sa.UniqueConstraint(*(one.name for one in grain[:1]), "month", *(one.name for one in grain[1:]), "mixed", "apart",
                            name=f"{kind.name}_total_cell_key", postgresql_nulls_not_distinct=True),
        comment=f"Sums of {kind.plural}, kept by every load; totals are answered from here where that gives the same.",
    )  # fmt: skip


def _overlap(tables: sa.MetaData, kind: Kind) -> None:
    name = f"{kind.name}_overlap"
    table = sa.Table(
        name, tables,
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False, comment=f"The {kind.name}."),
        sa.Column("loose", sa.Boolean, nullable=False, comment="Whether it depends on one of another month or country; then it is in no sum."),
        sa.Column("needed", sa.Boolean, nullable=False, comment="Whether it is loose, or a loose one depends on it."),
        comment=f"The {kind.plural} that overlap with others, so that adding both would count the same twice.",
    )  # fmt: skip
    sa.Index(f"{name}_needed_idx", table.c.key, postgresql_where=table.c.needed)


def _key() -> Column:
    return sa.Column("key", sa.BigInteger, sa.Identity(), primary_key=True, comment="The internal key; it never leaves the database.")


def _live_columns(kind: Kind) -> list[Column]:
    columns: list[Column] = [
        sa.Column("id", sa.Text(collation="C"), nullable=False, comment="The id, chosen by the fixture and stable for ever.")
    ]
    columns += [_column(one, nullable=not one.required) for one in kind.fields.values()]
    for group in kind.groups:
        columns.append(sa.Column(f"{group}_claim", sa.BigInteger, comment=f"The key of the claim chosen for {group}."))
    columns.append(sa.Column("claims", sa.Integer, nullable=False, comment="How many live claims speak of the record."))
    if kind.searched:
        names = ", ".join(one.name for one in kind.searched)
        columns.append(sa.Column("search", sa.Text, nullable=False, comment=f"What `search` looks in: {names}, folded."))
    if kind.root:
        columns.append(sa.Column("root", sa.BigInteger, nullable=False, comment=f"Where following {kind.root} ends."))
    return [*columns, _added_in()]


def _claim_columns(kind: Kind) -> list[Column]:
    columns: list[Column] = [
        sa.Column("record", sa.BigInteger, nullable=False, comment=f"The {kind.name} that the claim is about."),
        sa.Column("source", sa.BigInteger, nullable=False, comment="The source that makes the claim."),
    ]
    for one in CLAIM_FIELDS.values():
        columns.append(_column(one, nullable=one.name not in ("rank", "quoted_from")))
    columns.append(sa.Column("collection", sa.Text, nullable=False, comment="The collection of fixtures that it was loaded from."))
    return [*columns, *(_column(one, nullable=True) for one in kind.fields.values()), _added_in()]


def _added_in() -> Column:
    return sa.Column("added_in", sa.BigInteger, nullable=False, comment="The revision that added this version of the row.")


def _column(one: Field, nullable: bool) -> Column:
    unit = f" Unit: {one.unit}." if one.unit else ""
    comment = _listing(one.description + unit, one.type.vocabulary) if one.type.vocabulary else one.description + unit
    return sa.Column(one.name, SQL_TYPES[one.type.sql], nullable=nullable, comment=comment)


def _listing(sentence: str, vocabulary: Vocabulary) -> str:
    return f"{sentence} Codes: {vocabulary.name}, {vocabulary.origin}"


def _foreign_key(column: str, kind: str) -> sa.ForeignKeyConstraint:
    # Deferrable: a load may remove a parent before its child.
    return sa.ForeignKeyConstraint([column], [f"{kind}.key"], deferrable=True, initially="DEFERRED")


def _check(table: str, one: Field) -> sa.CheckConstraint:
    assert one.type.check is not None
    return _named_check(table, one.name, one.type.check.format(column=one.name))


def _named_check(table: str, column: str, condition: str) -> sa.CheckConstraint:
    """The name carries a digest of the condition: Alembic compares names, so a changed vocabulary shows."""
    digest = hashlib.sha256(condition.encode()).hexdigest()[:8]
    return sa.CheckConstraint(condition, name=f"{table}_{column}_{digest}")
