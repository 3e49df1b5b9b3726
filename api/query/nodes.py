"""Queries as trees of nodes: GraphQL and REST are translated to them, and SQL is made from them.

One module, although long, because it is one closed set of declarations: every table of compilers is checked against it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from schema.model.field import Field
from schema.model.kind import Kind, Reverse

from .bindings import Parameter

MAX_FIRST = 1000
DEFAULT_FIRST = 100
MAX_TOTALS = 10_000  # Rows of totals in one answer; more are refused.


@dataclass(frozen=True)
class Node:
    """Something that becomes `"key": value` in the answer."""

    key: str


@dataclass(frozen=True)
class Constant(Node):
    """A text known before any row is read, such as `__typename`."""

    text: str


@dataclass(frozen=True)
class Id(Node):
    """The id that the collection of a record chose, which is unique within its kind."""


@dataclass(frozen=True)
class NodeId(Node):
    """The global id of a record: its kind, its id and, as of an earlier revision, the number of that."""


@dataclass(frozen=True)
class ClaimId(Node):
    """The global id of a claim; with a field, that of what the claim says about this one."""

    field: Field | None = None


@dataclass(frozen=True)
class Value(Node):
    """A plain field of a record or of a claim."""

    field: Field


@dataclass(frozen=True)
class Link(Node):
    """The record that a reference points to; null if the reference is null."""

    field: Field
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Links(Node):
    """The records that a list of references points to, in its order."""

    field: Field
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Reference(Node):
    """The id that a reference points to, without the record."""

    field: Field


@dataclass(frozen=True)
class AddedIn(Node):
    """The revision that added this version of a record or claim."""


@dataclass(frozen=True)
class Replaces(Node):
    """Whether this version of a record replaced another one, in the revision that added it."""


@dataclass(frozen=True)
class Chosen(Node):
    """Whether the published value of the field is that of this claim."""

    field: Field


@dataclass(frozen=True)
class ChosenFor(Node):
    """The names of the fields whose published value is that of this claim, as the surface writes them."""

    names: tuple[tuple[str, Field], ...]


@dataclass(frozen=True)
class Claims(Node):
    """The claims about one field of a record, in its provenance. Deprecated claims only on request."""

    field: Field
    selection: tuple[Node, ...]
    deprecated: bool = False


@dataclass(frozen=True)
class OriginCount(Node):
    """The number of independent origins of the published value."""

    field: Field


@dataclass(frozen=True)
class Disputed(Node):
    """Whether live claims give different values for the field."""

    field: Field


@dataclass(frozen=True)
class FieldProvenance(Node):
    """The provenance of one field: Claims, OriginCount, Disputed."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Provenance(Node):
    """The provenance of a record, field by field; its claims are read once."""

    fields: tuple[Node, ...]


@dataclass(frozen=True)
class Evidence(Node):
    """The provenance of some fields of a record: entries of fields that have the same claims, with the digests of those.

    `brief`: only what words are made from: who says what, which claim is chosen, and what is disputed. Claims have no digests then, but keys, which only
    serve within one answer.
    """

    fields: tuple[Field, ...]
    brief: bool = False


@dataclass(frozen=True)
class Words(Node):
    """What the words of a record, or of a row of totals, are made from when the answer has been read; `api/words/answer_sentences.py` has them."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class EvidenceClaims(Node):
    """What the claims of the Evidence of a record say, by digest."""


@dataclass(frozen=True)
class EvidenceSources(Node):
    """The sources that those claims refer to, by id: of one record, or of all records on a page."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Condition:
    """One operator on one field, or on the records that the field refers to (`match`)."""

    field: Field | None  # None is the id.
    operator: str
    value: object


@dataclass(frozen=True)
class Where:
    """All, any or none of several conditions."""

    how: str  # "all", "any" or "none".
    parts: tuple[Where | Condition | Related, ...]

    @property
    def parts_of_all(self) -> tuple[Where | Condition | Related, ...]:
        """Conditions that must all be met, which together are the same."""
        return self.parts if self.how == "all" else (self,)


NO_CONDITION = Where("all", ())


def both(one: Where, other: Where) -> Where:
    """The condition that both are met."""
    return Where("all", (*one.parts_of_all, *other.parts_of_all)) if other.parts else one


@dataclass(frozen=True)
class Related:
    """How many of the records that refer to this one by `reverse` meet conditions: their number, compared with another by an operator."""

    field: ClassVar[None] = None  # It is about no field of the record.
    reverse: Reverse
    operator: str
    number: int | Parameter
    where: Where = NO_CONDITION

    @property
    def some(self) -> bool:
        """Whether it is that there is one."""
        return (self.operator, self.number) == SOME

    @property
    def none(self) -> bool:
        """Whether it is that there is none."""
        return (self.operator, self.number) == NONE


SOME, NONE = ("gte", 1), ("eq", 0)


@dataclass(frozen=True)
class Order:
    """One term of an order; unknown values come last in both directions. `field` None is the id."""

    field: Field | None
    descending: bool = False


@dataclass(frozen=True)
class Cursor:
    """Where a page starts, or a backward one ends: at the row with these values, in the facts as of a revision."""

    revision: int | Parameter
    values: tuple[object, ...]  # One for each term of the order, the id last.
    named: bool = False  # Whether global ids on its page named the revision; then they do on the following pages too.


@dataclass(frozen=True)
class Word:
    """A word that a search looks for: in names and, for the fields whose codes have it, among these codes."""

    text: str | Parameter
    codes: tuple[tuple[Field, object], ...] = ()  # Lists of codes, by field; none for a field of which no code has the word.


@dataclass(frozen=True)
class Nodes(Node):
    """The records of a page."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Edges(Node):
    """The records of a page, each in an object with its cursor: Nodes under any key, RowCursor, Constant."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class RowCursor(Node):
    """The cursor of a row of a page."""


@dataclass(frozen=True)
class EndCursor(Node):
    """The cursor of the last row of a page, or of its first; null on an empty page."""

    start: bool = False


@dataclass(frozen=True)
class HasNextPage(Node):
    """Whether there is a row after the page; of a backward page, whether it ends at a cursor."""


@dataclass(frozen=True)
class HasPreviousPage(Node):
    """Whether the page continues from a cursor; of a backward page, whether there is a row before it."""


@dataclass(frozen=True)
class NextPageUrl(Node):
    """The URL of the next page: a text that ends in `after=`, and the cursor.

    `{id}` in the text stands for the id of the record that the page belongs to. `query`: further parameters, escaped, each with `&` after it.
    """

    address: str
    query: str | Parameter = ""


@dataclass(frozen=True)
class TotalCount(Node):
    """The number of records on all pages."""


@dataclass(frozen=True)
class Places(Node):
    """Where the records on all pages are: a row for each place and each precision with which it is known, and the sources that say so, by id.

    A row is an array: the id of the place, its name, its sort, its country, latitude and longitude, the code of the precision, the number of records and
    that of those whose place is disputed.
    """

    sources: tuple[Node, ...]


@dataclass(frozen=True)
class PageInfo(Node):
    """An object that contains parts of a page."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Page(Node):
    """A page of the records of a kind, or of those that refer to the record above by `reverse`.

    It has the first records of the list, or those after the cursor; if it is `backward`, the last ones, or those before the cursor, in the same order.
    """

    kind: Kind
    parts: tuple[Node, ...]
    where: Where = NO_CONDITION
    search: tuple[Word, ...] = ()
    order: tuple[Order, ...] = (Order(None),)
    first: int | Parameter = DEFAULT_FIRST
    cursor: Cursor | None = None
    reverse: Reverse | None = None
    backward: bool = False

    @property
    def terms(self) -> tuple[Order, ...]:
        """The order with ties broken by id, in the direction of the last term."""
        if any(term.field is None for term in self.order):
            return self.order
        return (*self.order, Order(None, self.order[-1].descending if self.order else False))


@dataclass(frozen=True)
class ClaimList(Node):
    """A page of the claims about a record, in the order in which they were added. Deprecated claims only on request."""

    parts: tuple[Node, ...]
    first: int | Parameter = DEFAULT_FIRST
    cursor: Cursor | None = None  # Its value is the digest of a claim. The claims are those of the record, whatever its revision.
    backward: bool = False
    deprecated: bool = False


@dataclass(frozen=True)
class At:
    """The state of the facts: as of a revision, as of a point in time, or the newest."""

    revision: int | Parameter | None = None
    time: dt.datetime | Parameter | None = None
    walk: bool = False  # Whether the revision is that of a cursor: a walk through pages keeps it, and began when it was the newest.
    named: bool = (
        True  # Whether the client named it, so that global ids do too; a file of the newest facts is read by its revision as well.
    )

    @property
    def now(self) -> bool:
        return self.revision is None and self.time is None


NOW = At()


@dataclass(frozen=True)
class RecordNode(Node):
    """One record by its id; null if there is none."""

    kind: Kind
    id: str | Parameter
    selection: tuple[Node, ...]
    at: At = NOW  # A revision that the requested id names; `NOW` for that of the query.


@dataclass(frozen=True)
class RecordStates(Node):
    """The states that a record has been in since a revision or a time: its fields and, of the groups in `cited`, whether each was disputed, and by whom."""

    kind: Kind
    id: str | Parameter
    fields: tuple[Field, ...]
    since: At
    cited: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourcesNode(Node):
    """The sources that the claims about some fields of one record refer to, by id."""

    kind: Kind
    id: str | Parameter
    fields: tuple[Field, ...]
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class ClaimNode(Node):
    """One claim by the id of its record and its digest; null if there is none."""

    kind: Kind
    record: str | Parameter
    digest: str | Parameter
    selection: tuple[Node, ...]
    at: At = NOW


@dataclass(frozen=True)
class ClaimDocument(Node):
    """The same as REST has it: what the claim says, with the record that it is about; null if there is none."""

    kind: Kind
    record: str | Parameter
    digest: str | Parameter


@dataclass(frozen=True)
class ClaimSources(Node):
    """The sources that one claim refers to, by id."""

    kind: Kind
    record: str | Parameter
    digest: str | Parameter
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class NamedIds:
    """Some of the ids in a list: their places in it, the columns that tell what each names, by the names in a node, and how many there are."""

    places: Any
    columns: Mapping[str, Any]
    count: int | Parameter


@dataclass(frozen=True)
class NodeList(Node):
    """Records, claims and revisions by their global ids, in the order of the ids; null for each that does not exist.

    `nodes`: one for each kind and revision, a RecordNode, ClaimNode or Revision, with the first of its ids. `named`: all that each stands for.
    """

    nodes: tuple[Node, ...]
    named: tuple[NamedIds, ...]


@dataclass(frozen=True)
class TotalsValue(Node):
    """A column of a row of totals, or of a row of what was left out: a key, a sum or a count."""

    name: str


@dataclass(frozen=True)
class TotalsRecord(Node):
    """The record that is a key of a row of totals; null if the row has none for that key."""

    name: str
    kind: Kind
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class TotalsRule(Node):
    """The rule by which totals were computed."""


@dataclass(frozen=True)
class TotalsRows(Node):
    """The rows of totals."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class LeftOut(Node):
    """The numbers of figures that were not added, by reason."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class ContributingRecords(Node):
    """The records that all rows of totals rest on: those that are added, and those whose bounds are used, each with the days that it counts.

    The first of them are listed, and one of each party that claims their numbers.

    It is the only part of its totals. Null if the rows are of more than `most` records, or of a revision under the rule `widest/1`.
    """

    most: int
    first: int  # How many of each are listed.


@dataclass(frozen=True)
class OneParty(Node):
    """The id of one of the records that meet the conditions of totals, if the same party claims the published numbers of all of them; null if several do.

    It is the only part of its totals. Null itself if there are more than `most` records, or if the revision is one under the rule `widest/1`.
    """

    most: int


@dataclass(frozen=True)
class TotalsNode(Node):
    """Sums of the numbers of a kind, grouped by keys, over the records that meet the conditions in a span of days."""

    kind: Kind
    parts: tuple[Node, ...]
    by: tuple[str, ...] = ()
    where: Where = NO_CONDITION
    since: dt.date | Parameter | None = None
    until: dt.date | Parameter | None = None
    derived: bool = True  # False: without the sums that loads prepare; the answer is the same.
    first: int = MAX_TOTALS


@dataclass(frozen=True)
class Column(Node):
    """A column of a revision, or of a row of what is withheld."""

    name: str


@dataclass(frozen=True)
class FoundRecord(Node):
    """What is selected of a record that a search found, if it is of this kind."""

    kind: Kind
    selection: tuple[Node, ...]


@dataclass(frozen=True)
class FoundRecords(Node):
    """The records that a search found: each as its kind says or, with other parts, as an object: FoundKind, FoundMatch, FoundRecords, Constant."""

    records: tuple[FoundRecord, ...]
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class FoundKind(Node):
    """The kind of a record that a search found."""


@dataclass(frozen=True)
class FoundMatch(Node):
    """Why a search found a record, a code of schema/model/search.py."""


@dataclass(frozen=True)
class Sought:
    """What a search across kinds looks for. `days`: the first and the last day; `ids`: the id that the text may be, by kind."""

    text: str | Parameter
    words: tuple[Word, ...]
    others: tuple[Word, ...]  # Those that are no part of a day.
    days: tuple[object, ...] | None
    ids: Mapping[str, object]
    number: object = None  # The text, if it is a number.


@dataclass(frozen=True)
class Search(Node):
    """The records of all kinds that a search finds, the best match first. Parts: FoundRecords, HasNextPage, PageInfo, Constant."""

    kinds: tuple[Kind, ...]
    sought: Sought
    parts: tuple[Node, ...]
    first: int | Parameter


@dataclass(frozen=True)
class Check(Node):
    """Whether a number in a sentence is still right; null if a record that it names does not exist. Parts: CheckVerdict, CheckEvidence and others, Constant.

    `quantifier`: the code of the words before the number, or None. `named`: what the sentence names, by the field of a record. `about`: the
    condition on events that says which event or country it is about. `totals`: the total that it is compared with, if it is about a country.
    """

    kind: Kind
    parts: tuple[Node, ...]
    value: object
    quantifier: str | None
    measure: object
    unit: object
    named: Mapping[str, object]
    about: Condition
    since: object = None
    until: object = None
    totals: TotalsNode | None = None

    @property
    def of_event(self) -> bool:
        """Whether the sentence is about one event."""
        return self.totals is None


@dataclass(frozen=True)
class CheckValue(Node):
    """The verdict, the revision that superseded what the sentence says, or a column of the evidence, by name."""

    name: str


@dataclass(frozen=True)
class CheckTotals(Node):
    """The total that the sentence is compared with; null if it is about an event."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class CheckEvidence(Node):
    """The claims that the verdict rests on: CheckValue, CheckFigure, CheckClaim, Constant."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class CheckFigure(Node):
    """The record that a claim of the evidence is about; null if there is none any more."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class CheckClaim(Node):
    """A claim of the evidence: what is selected of it or, without a selection, the document that REST has."""

    selection: tuple[Node, ...] = ()


@dataclass(frozen=True)
class CheckSources(Node):
    """The sources that the claims of the evidence refer to, by id."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Revision(Node):
    """One revision: by number or, without one, that of the answer."""

    selection: tuple[Node, ...]
    number: int | Parameter | None = None


@dataclass(frozen=True)
class RevisionList(Node):
    """A page of the revisions, newest first."""

    parts: tuple[Node, ...]
    first: int | Parameter = DEFAULT_FIRST
    cursor: Cursor | None = None  # Its value is the number of a revision.
    backward: bool = False


@dataclass(frozen=True)
class WithheldRows(Node):
    """The numbers of withheld claims and records, by source and kind."""

    selection: tuple[Node, ...]


@dataclass(frozen=True)
class Snapshot(Node):
    """Root fields as of a revision or a time."""

    at: At
    roots: tuple[Node, ...]


@dataclass(frozen=True)
class Query:
    """Root fields, answered by one statement and so from one state of the database."""

    roots: Sequence[Node]
    at: At = NOW
    graphql: bool = False  # GraphQL writes codes in upper case, as enum values.
    uses: Mapping[str, int] = field(default_factory=dict)  # How often the request uses each of its variables.
