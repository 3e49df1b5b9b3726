"""The bytes of texts that one answer may have, which the statement itself adds up while it reads rows and before it writes them as JSON.

PostgreSQL's statistics do not tell them: for a text that is stored out of line they have the width of a pointer, and they may be older than the last load.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.model.field import Field
from schema.model.parsers import MAX_TEXT

from ...query.bindings import Parameter, compiled_value
from ...query.nodes import (
    MAX_FIRST,
    AddedIn,
    Chosen,
    ChosenFor,
    ClaimId,
    Constant,
    Edges,
    EndCursor,
    HasNextPage,
    HasPreviousPage,
    Id,
    Link,
    NextPageUrl,
    Node,
    NodeId,
    NodeList,
    Nodes,
    Page,
    PageInfo,
    RecordNode,
    Reference,
    Replaces,
    RowCursor,
    Snapshot,
    TotalCount,
    Value,
)
from ...query.walk import all_nodes, children
from ..text import quote_literal

SPENT = "conflict_facts.text_bytes"  # A setting of the transaction, in which a statement adds up what it has read.
FREE = 100  # Bytes of a text, on average of those of a record, that nobody adds up: the estimate of a request has most of them.
FREE_OBJECT = 600  # Of a record that is written into others, such as the source of a claim.
KEPT_IN_ROW = (
    100  # A list or JSON that takes no more in its row is no longer as text than `FREE` allows for. Beyond that it may be compressed.
)
WITHOUT_LISTS = (AddedIn, Chosen, ChosenFor, ClaimId, Constant, Id, Link, NodeId, Reference, Replaces, Value)
OF_PAGES = (Nodes, Edges, PageInfo, TotalCount, HasNextPage, HasPreviousPage, RowCursor, EndCursor, NextPageUrl)  # A page has some of each.


@dataclass(frozen=True)
class TextBudget:
    """The bytes of texts that an answer may have, or each record of a list that is streamed, whose key is `record`.

    With `shares`, nothing is added up, and no record has more than one of so many shares: PostgreSQL would not run the statement in parallel.
    """

    most: int
    record: str = ""
    shares: str = ""  # An SQL expression.
    unlimited: bool = False  # Whether even the longest texts would fit, so that nothing is added up.
    alone: bool = False  # Whether the answer has one root field, so that a smaller page of it would fit.
    row: str = ""  # The number of the row of that field's page, as an SQL expression, if its rows are numbered.
    page_size: str = ""  # What to write for a page of {} records, in the words of the surface.

    def of_page(self, row: str, page_size: str) -> TextBudget:
        """The budget of the rows of a page: a refusal tells how many of them fit, if nothing else is in the answer."""
        return replace(self, row=row, page_size=page_size) if self.alone and not self.row else self

    def shared(self, rows: str, selections: Collection[tuple[Node, ...]]) -> TextBudget:
        """The budget of some records of each of so many rows; each has a share, unless there are lists below them."""
        nodes = [*all_nodes(node for selection in selections for node in selection)]
        if not all(isinstance(node, WITHOUT_LISTS) for node in nodes):
            return replace(self, shares="")
        records = len(selections) + sum(isinstance(node, Link) for node in nodes)
        return replace(self, shares=f"{rows} * {max(1, records)}")

    def spend(self, lengths: Mapping[str, int], free: int) -> str:
        """An empty text, as an SQL expression that refuses the statement if the texts of a record are too many bytes.

        `lengths`: expressions for the bytes of texts, and how often each text is written. Up to `free` bytes are not counted.
        """
        total = " + ".join(f"{times} * {length}" if times > 1 else length for length, times in lengths.items())
        if self.shares:
            return f"case when {total} > {self.most} / ({self.shares}) then refuse({self._refusal}) else '' end"
        setting = f"current_setting('{SPENT}', true)"
        spent = f"coalesce(nullif({setting}, ''), '0')::bigint + {total}"
        if self.record:
            before = f"case when split_part({setting}, ' ', 1) = {self.record}::text then split_part({setting}, ' ', 2) end"
            added = f"split_part(set_config('{SPENT}', {self.record} || ' ' || (coalesce({before}, '0')::bigint + {total}), true), ' ', 2)"
        else:
            added = f"set_config('{SPENT}', ({spent})::text, true)"
        refused = f"case when {added}::bigint > {self.most} then refuse({self._refusal}) else '' end"
        return f"case when {total} > {free} then {refused} else '' end"

    @property
    def _refusal(self) -> str:
        """The message of a refusal, as an SQL expression."""
        if self.shares:
            return quote_literal(
                f"the texts of a record have more bytes than its share of the {self.most:,} of an answer; select less of it, or request it by its id"
            )
        of, otherwise = ("a record", "") if self.record else ("the answer", "request fewer records, or ")
        begin, less = f"the texts of {of} have more than {self.most:,} bytes, which is the limit; ", f"{otherwise}select less of each"
        if not self.row:
            return quote_literal(begin + less)
        before, _, behind = self.page_size.partition("{}")
        fits = f"{quote_literal(before)} || nullif({self.row} - 1, 0) || {quote_literal(f'{behind} would fit')}"
        return f"{quote_literal(begin)} || coalesce({fits}, {quote_literal('select less of each')})"


UNLIMITED = TextBudget(0, unlimited=True)  # Of statements that write no records.


def budget(roots: Sequence[Node], size: int) -> TextBudget:
    """The budget of an answer of at most `size` bytes."""
    return TextBudget(size, unlimited=_texts(roots) * MAX_TEXT <= size, alone=_is_alone(roots))


def _is_alone(roots: Sequence[Node]) -> bool:
    """Whether there is one root field, itself or in a snapshot."""
    if len(roots) == 1 and isinstance(roots[0], Snapshot):
        return _is_alone(roots[0].roots)
    return sum(not isinstance(root, Constant) for root in roots) == 1


def _texts(nodes: Iterable[Node]) -> float:
    """How many texts an answer can have, by its page sizes; infinitely many if these do not tell."""
    return sum(_texts_of(node) for node in nodes)


def _texts_of(node: Node) -> float:
    if isinstance(node, Value):
        return float(bool(length_of(node.field, "")))
    if not isinstance(node, (*WITHOUT_LISTS, *OF_PAGES, Page, RecordNode, NodeList, Snapshot)):
        return math.inf
    if isinstance(node, NodeList):
        ids: int = sum(compiled_value(named.count) for named in node.named)  # Another request may have as many of each kind.
        return ids * _texts(node.nodes)
    below = _texts(children(node))
    if not isinstance(node, Page) or not below:
        return below
    return below * (MAX_FIRST if isinstance(node.first, Parameter) else node.first)


def length_of(field: Field, column: str) -> str:
    """The bytes of a value that may be long, as an SQL expression; a text that is stored out of line is not fetched. Empty if no value is long."""
    if (field.type.many and field.type.ref is None) or field.type.name == "record":
        return f"case when pg_column_size({column}) > {KEPT_IN_ROW} then octet_length({column}::text) else 0 end"
    return f"coalesce(octet_length({column}), 0)" if field.type.escaped else ""
