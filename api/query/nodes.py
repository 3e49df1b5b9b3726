"""A question, whoever asks it: what GraphQL and REST are both translated to, and what SQL is made from. Pure data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from schema.model.field import Field
from schema.model.kind import Kind, Reverse

from .bindings import Parameter

MAX_FIRST = 1000
DEFAULT_FIRST = 100
MAX_TOTALS = 10_000  # Rows of one answer; more are refused.


@dataclass(frozen=True)
class Node:
    """Something that becomes `"key": value` in the answer."""

    key: str


@dataclass(frozen=True)
class Constant(Node):
    """A text known before any row is read, as `__typename`."""

    text: str


@dataclass(frozen=True)
class Id(Node):
    """The id of the record."""


@dataclass(frozen=True)
class Value(Node):
    """A plain field of a record or of a claim."""

    field: Field


@dataclass(frozen=True)
class Link(Node):
    """The record that a reference leads to; null where it leads nowhere."""

    field: Field
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Links(Node):
    """The records that a list of references leads to, in its order."""

    field: Field
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Reference(Node):
    """The id that a reference leads to, without the record."""

    field: Field


@dataclass(frozen=True)
class AddedIn(Node):
    """The revision that added this version of a record or claim."""


@dataclass(frozen=True)
class Geometry(Node):
    """The point of a record as GeoJSON; null where none is known."""


@dataclass(frozen=True)
class Properties(Node):
    """The record itself, as an object within another: GeoJSON's properties."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Chosen(Node):
    """Whether the claim is the one that the field's value is settled from."""

    field: Field


@dataclass(frozen=True)
class ChosenFor(Node):
    """The names of the fields for which a claim is the chosen one, spelt as the asker spells them."""

    names: tuple[tuple[str, Field], ...]


@dataclass(frozen=True)
class Claims(Node):
    """The claims that speak of one field of a record or, without a field, of any. Deprecated ones only on request."""

    field: Field | None
    selection: tuple[Node, ...]
    deprecated: bool = False


@dataclass(frozen=True)
class OriginCount(Node):
    """How many independent origins back the published value."""

    field: Field


@dataclass(frozen=True)
class Disputed(Node):
    """Whether live claims differ in the field."""

    field: Field


@dataclass(frozen=True)
class FieldProof(Node):
    """The provenance of one field: Claims, Origins, Disputed."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Provenance(Node):
    """The provenance of a record, field by field; its claims are read once."""

    fields: tuple[Node, ...]


@dataclass(frozen=True)
class Condition:
    """One operator on one field, or on the records that the field refers to (`match`)."""

    field: Field | None  # None is the id.
    operator: str
    value: object


@dataclass(frozen=True)
class Where:
    """All, any or none of some conditions."""

    how: str  # all, any, none
    parts: tuple[Where | Condition, ...]


NO_CONDITION = Where("all", ())


@dataclass(frozen=True)
class Order:
    """One term of an order; unknown values come last in both directions. `field` None is the id."""

    field: Field | None
    descending: bool = False


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: after the row that has these values, in the facts as of a revision."""

    revision: int | Parameter
    values: tuple[object, ...]  # One for each term of the order; the id is the last.


@dataclass(frozen=True)
class Nodes(Node):
    """The records of a page."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Edges(Node):
    """The records of a page, each in an object beside its cursor: Nodes under any key, RowCursor, Constant."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class RowCursor(Node):
    """The cursor of a row of a page."""


@dataclass(frozen=True)
class EndCursor(Node):
    """The cursor of the last row of a page, or of the first; null on an empty page."""

    start: bool = False


@dataclass(frozen=True)
class HasNextPage(Node):
    """Whether there is a row after the page."""


@dataclass(frozen=True)
class HasPreviousPage(Node):
    """Whether there is a row before the page: whether it was asked for by a cursor."""


@dataclass(frozen=True)
class NextPageUrl(Node):
    """The address of the next page: the given text before the cursor; `{id}` in it is the id of the record it hangs on."""

    address: str


@dataclass(frozen=True)
class TotalCount(Node):
    """How many records there are on all pages."""


@dataclass(frozen=True)
class PageInfo(Node):
    """An object around parts of a page, as pageInfo."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Page(Node):
    """A page of the records of a kind, or of those that refer to a record by `reverse`."""

    kind: Kind
    parts: tuple[Node, ...]
    where: Where = NO_CONDITION
    search: tuple[str | Parameter, ...] = ()  # Words.
    order: tuple[Order, ...] = (Order(None),)
    first: int | Parameter = DEFAULT_FIRST
    after: Cursor | None = None
    reverse: Reverse | None = None

    @property
    def terms(self) -> tuple[Order, ...]:
        """The order made total: ties are broken by id, in the direction of the last term."""
        if any(term.field is None for term in self.order):
            return self.order
        return (*self.order, Order(None, self.order[-1].descending if self.order else False))


@dataclass(frozen=True)
class RecordNode(Node):
    """One record by its id; null where there is none."""

    kind: Kind
    id: str | Parameter
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class TotalsValue(Node):
    """A key, a number or a count of a row of totals, or of what was left out of them, by its name."""

    name: str


@dataclass(frozen=True)
class TotalsRecord(Node):
    """The record that a row of totals is of, by the name of its key; null where the row is not of one."""

    name: str
    kind: Kind
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class TotalsRows(Node):
    """The rows of totals."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class LeftOut(Node):
    """How many figures were not added, by the reason."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class TotalsNode(Node):
    """Sums of the numbers of a kind, grouped by keys, of what conditions admit from one day to another."""

    kind: Kind
    parts: tuple[Node, ...]
    by: tuple[str, ...] = ()
    where: Where = NO_CONDITION
    since: dt.date | Parameter | None = None
    until: dt.date | Parameter | None = None
    derived: bool = True  # False: from the records alone, without what loads keep ready; the answer is the same.
    first: int = MAX_TOTALS


@dataclass(frozen=True)
class Revision(Node):
    """One revision: by number or, without one, that which the answer is of."""

    selection: tuple[tuple[str, str], ...]  # Response key and column; a column in quotation marks is a constant.
    number: int | Parameter | None = None


@dataclass(frozen=True)
class Revisions(Node):
    """Revisions, newest first, before a given one."""

    selection: tuple[tuple[str, str], ...]
    first: int | Parameter = DEFAULT_FIRST
    before: int | Parameter | None = None


@dataclass(frozen=True)
class WithheldRows(Node):
    """How much is withheld today, by source and kind."""

    selection: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class At:
    """As of when: a revision, a point in time, or now."""

    revision: int | Parameter | None = None
    time: dt.datetime | Parameter | None = None

    @property
    def now(self) -> bool:
        return self.revision is None and self.time is None


@dataclass(frozen=True)
class Snapshot(Node):
    """Root fields as of a revision or a time."""

    at: At
    roots: tuple[Node, ...]


@dataclass(frozen=True)
class Query:
    """Root fields, answered by one statement, so from one state of the database."""

    roots: Sequence[Node]
    at: At = field(default_factory=At)
    graphql: bool = False  # GraphQL writes codes in upper case, being names there.
