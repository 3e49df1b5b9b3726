"""The columns of every table, in their order: the one list that the table definitions and all SQL are derived from.

Without SQLAlchemy, because a server imports this module and needs none of the table definitions.

One module, although long, because it is that one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ..codelists.vocabularies import REASON, Vocabulary
from ..model import withheld_table
from ..model.claim import CLAIM_FIELDS, NEVER_NULL
from ..model.declaration_error import BadDeclaration
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.revisions import COMPUTED, RECEIPT_SENTENCE, REVISION
from ..model.totals import SEPARATE_KEYS
from ..model.types import SQL_TYPES

# Of fields, and of the columns that the service keeps for itself.
COLUMN_TYPES = (*SQL_TYPES, "integer", "bytea", "timestamp with time zone")
PACKED_IN = "packed_in"  # The revision in which the packed records of a live row were last updated.


@dataclass(frozen=True)
class Column:
    """A column of a table. `c_collation` orders text by its bytes, as ids are compared."""

    name: str
    sql: str
    comment: str
    nullable: bool = False
    c_collation: bool = False

    def __post_init__(self) -> None:
        if self.sql not in COLUMN_TYPES:
            raise BadDeclaration(f"column {self.name}: its type {self.sql} is not one of {', '.join(COLUMN_TYPES)}")


KEY = Column("key", "bigint", "The internal key.")
ID = Column("id", "text", "The id of a record.", c_collation=True)
DIGEST = Column("digest", "bytea", "128 bits of the SHA-256 of the row as it was recorded, by which `verify` finds what was changed since.")
ADDED_IN = Column("added_in", "bigint", "The revision that added this version of the row.")


@cache
def live_columns(kind: Kind) -> tuple[Column, ...]:
    """The columns of settled records, without the key and the packed records."""
    searched = f"The folded text that `search` looks in: {', '.join(field.name for field in kind.searched)}."
    return (
        Column("id", "text", "The id, chosen by the fixture and never changed.", c_collation=True),
        *(_column(field, nullable=not field.required) for field in kind.fields.values()),
        *(Column(f"{group}_claim", "bigint", f"The key of the claim chosen for {group}.", nullable=True) for group in kind.groups),
        Column("claims", "integer", "How many live claims are about the record."),
        *([Column("search", "text", searched)] if kind.searched else []),
        *([Column("root", "bigint", f"The record that following {kind.root} ends at.")] if kind.root else []),
        ADDED_IN,
    )


@cache
def claim_columns(kind: Kind) -> tuple[Column, ...]:
    """The columns of claims about a kind, without the key."""
    return (
        Column("record", "bigint", f"The {kind.name} that the claim is about."),
        Column("source", "bigint", "The source that makes the claim."),
        *(_column(field, nullable=field.name not in NEVER_NULL) for field in CLAIM_FIELDS.values()),
        Column("collection", "text", "The collection of fixtures that it was loaded from."),
        *(_column(field, nullable=True) for field in kind.fields.values()),
        ADDED_IN,
    )


@cache
def withheld_columns(kind: Kind) -> tuple[Column, ...]:
    """The columns of withheld claims, without the key: ids instead of keys, so that nothing published depends on them."""
    return (
        Column("id", "text", f"The id of the {kind.name} that the claim is about.", c_collation=True),
        Column("source", "text", "The id of the source that makes the claim.", c_collation=True),
        Column("collection", "text", "The collection of fixtures that it was loaded from."),
        *(_column_of_ids(field, nullable=field.name not in NEVER_NULL) for field in (*CLAIM_FIELDS.values(), *kind.fields.values())),
        ADDED_IN,
        Column("removed_in", "bigint", "The revision that superseded, retracted or released it; null while it is live.", nullable=True),
    )


def history_columns(own: Iterable[Column]) -> tuple[Column, ...]:
    """The columns of the history of a table whose columns, without the key, are `own`."""
    return (
        Column("key", "bigint", "The key that the row had."),
        *own,
        Column("removed_in", "bigint", "The revision that superseded or removed it."),
        Column("reason", "text", with_vocabulary("Why it was superseded or removed.", REASON)),
    )


def packed_column(link: str) -> str:
    """The column of a live row that contains the records of a link."""
    return f"packed_{link}"


def packed_names(kind: Kind) -> list[str]:
    """The columns of live rows, after all others, that contain packed records and when they were packed."""
    return [PACKED_IN, *map(packed_column, kind.packs)] if kind.packs else []


def live_names(kind: Kind) -> list[str]:
    return names(live_columns(kind))


def claim_names(kind: Kind) -> list[str]:
    return names(claim_columns(kind))


def names(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns]


# Tables of all kinds

_REVISION_TYPES = {"id": "bigint", "recorded_at": "timestamp with time zone", "counts": "jsonb"}
REVISION_COLUMNS = (
    *(
        Column(name, _REVISION_TYPES.get(name, "text"), str(schema["description"]))
        for name, schema in REVISION.items() if name not in COMPUTED
    ),
    Column("receipt", "jsonb", RECEIPT_SENTENCE, nullable=True),
)  # fmt: skip
REVISION_DIGEST_COLUMNS = (
    Column("revision", "bigint", "The revision."),
    Column("details", "bytea", "The SHA-256 of its time, kind, message, author, tool, rules, digest of files and counts."),
    Column("receipt", "bytea", "The SHA-256 of its receipt without the values that it quotes."),
    Column("quotes", "bytea", "The SHA-256 of the values that its receipt quotes."),
    Column("claims", "bytea", "The SHA-256 of the digests of the claims that it added and removed, in order."),
    Column("history", "bytea", "The SHA-256 of the same digest of the revision before it and of these four."),
    Column(
        "redacted_in", "bigint", "The revision that removed the quotes because it withheld claims; null if they are there.", nullable=True
    ),
)
TOMBSTONE_COLUMNS = (
    Column("kind", "text", "The kind that the claim is about."),
    Column("key", "bigint", "The key that the claim had."),
    Column("added_in", "bigint", "The revision that added this version of the claim."),
    Column("removed_in", "bigint", "The revision that removed it."),
    Column("reason", "text", "Why it was removed."),
    Column("digest", "bytea", "The digest that it had."),
    Column("withheld_in", "bigint", "The revision that removed it from history."),
)
PURGED_COUNT_COLUMNS = (
    Column("revision", "bigint", "The revision whose counts these are part of."),
    Column("kind", "text", "The kind of the claims or records."),
    Column("sort", "text", "What is counted: claims, records, or claims taken back."),
    Column("added", "bigint", "How many of those that it added are no longer in history."),
    Column("changed", "bigint", "How many of those that it changed are no longer in history."),
    Column("removed", "bigint", "How many of those that it removed are no longer in history."),
)
PURGED_RECORD_COLUMNS = (
    Column("kind", "text", "The kind of the record."),
    Column("key", "bigint", "The key that it had."),
    Column("id", "text", "The id that it had.", c_collation=True),
)
WITHHELD_COUNT_COLUMNS = tuple(
    Column(name, "bigint", comment) if name in withheld_table.COUNTS else Column(name, "text", comment, c_collation=True)
    for name, comment in withheld_table.COLUMNS.items()
)


# Tables of kinds whose numbers are summed

# The shapes of what a figure belongs to, as `shape` has them.
ALONE, OUTERMOST, PART, TANGLED = range(4)
COUNTED_IN = "counted_in"
# The numbers of a group; its columns have names that begin with the key whose values all of the group have, or with "group".
GROUP_NUMBERS = ("low", "high", "contradicted", "parts")


def sum_columns(kinds: Kinds, kind: Kind) -> tuple[Column, ...]:
    """The columns of what each record of a summed kind adds to totals, one row for each version of that."""
    roles = kind.totals
    assert roles is not None
    event = kinds.linked_kind(kind, roles.event)
    own = (roles.event, roles.measure, roles.population, roles.actor, roles.place, roles.unit, roles.basis, roles.origin, roles.best)
    return (
        Column("key", "bigint", f"The {kind.name}."),
        ADDED_IN,
        Column("removed_in", "bigint", "The revision that removed this version of the row; null while it is current.", nullable=True),
        *(_column(kind.fields[name], nullable=True) for name in own),
        _column(event.fields[roles.country], nullable=True),
        Column("place", "bigint", f"The place of the {kind.name} or, if it has none, of its {event.name}.", nullable=True),
        Column("first", "date", f"The first day of its own period or, if it has none, of its {event.name}.", nullable=True),
        Column("final", "date", f"The last day of its own period or, if it has none, of its {event.name}.", nullable=True),
        Column("month", "date", "The first day of the month that it is attributed to.", nullable=True),
        Column("lower", "numeric", "Its lower bound.", nullable=True),
        Column("upper", "numeric", "Its upper bound.", nullable=True),
        Column("least_stated", "numeric", "The least number that it states.", nullable=True),
        Column("contradicted", "boolean", "Whether its own numbers contradict each other."),
        Column("disputed", "boolean", "Whether live claims differ in its number."),
        Column("rough", "boolean", "Whether it has no exact day."),
        Column("rough_month", "boolean", "Whether it has no exact day, or days of more than one month."),
        Column("rough_year", "boolean", "Whether it has no exact day, or days of more than one year."),
        Column("event_first", "date", f"The first day of its {event.name}, if it counts a part of the time of this one.", nullable=True),
        Column("event_final", "date", f"The last day of the same {event.name}, if that is known.", nullable=True),
        Column("reason", "text", "Why it is in no sum, whatever else there is; null if it can be added.", nullable=True),
        *connection_columns(),
        Column(COUNTED_IN, "text", "Why totals without conditions leave it out; null if it is counted in them.", nullable=True),
    )


def connection_columns() -> tuple[Column, ...]:
    """How a record is connected with others in totals, and what they are together."""
    return (*_shape_columns(), *(column for key in SEPARATE_KEYS[:2] for column in _group_columns(key)))


def _shape_columns() -> tuple[Column, ...]:
    return (
        Column(
            "shape", "smallint", "0: disjoint from all others. 1: contains others that are disjoint. 2: one of these. 3: anything else."
        ),
        Column("hub", "bigint", "For the shapes 1 and 2: the one that contains the others.", nullable=True),
        Column(
            "why",
            "smallint",
            "For the shape 2: the rank of the reason why it is left out if the one that contains it is not.",
            nullable=True,
        ),
        Column("same_population", "boolean", "For the shapes 1 and 2: whether one of each has the same population."),
        Column("same_actor", "boolean", "For the shapes 1 and 2: whether one of each has the same actor."),
        Column("group_low", "numeric", "For the shape 1: the lower bound of all of them together.", nullable=True),
        Column("group_high", "numeric", "For the shape 1: the upper bound of all of them together.", nullable=True),
        Column("group_contradicted", "boolean", "For the shape 1: whether their numbers contradict each other."),
        Column(
            "group_parts", "bigint[]", "For the shape 1: how many of the others are left out for each reason, by its rank.", nullable=True
        ),
    )


def _group_columns(key: str) -> Iterator[Column]:
    """The same of a group without the parts that have another value of a key, since such records are not compared where totals are split by it."""
    of = f"For the shape 1, if there is one with the same {key}"
    yield Column(f"{key}_low", "numeric", f"{of}: the lower bound of these and of the one that contains them.", nullable=True)
    yield Column(f"{key}_high", "numeric", f"{of}: the upper bound of these and of the one that contains them.", nullable=True)
    yield Column(f"{key}_contradicted", "boolean", f"{of}: whether their numbers contradict each other.", nullable=True)
    yield Column(f"{key}_parts", "bigint[]", f"{of}: how many of these are left out for each reason, by its rank.", nullable=True)


# The columns of fields


def _column(field: Field, nullable: bool) -> Column:
    unit = f" Unit: {field.unit}." if field.unit else ""
    return Column(field.name, field.type.sql, with_vocabulary(field.description + unit, field.type.vocabulary), nullable)


def _column_of_ids(field: Field, nullable: bool) -> Column:
    """A column that contains the ids of records where other tables contain their keys."""
    sql = field.type.sql if field.type.ref is None else "text[]" if field.type.many else "text"
    return Column(field.name, sql, field.description, nullable)


def with_vocabulary(sentence: str, vocabulary: Vocabulary | None) -> str:
    """A comment that says which codes the column contains."""
    return f"{sentence} Codes: {vocabulary.name}, {vocabulary.origin}" if vocabulary else sentence
