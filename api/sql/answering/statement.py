"""The statement that answers a query, and the statement that streams a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from schema.model.completeness import complete
from schema.model.kinds import Kinds

from ...pauses import paced
from ...query.nodes import (
    At,
    Check,
    ClaimDocument,
    ClaimNode,
    ClaimSources,
    Column,
    Constant,
    FieldProvenance,
    FoundRecord,
    NamedIds,
    Node,
    NodeList,
    Page,
    Query,
    RecordNode,
    RecordStates,
    Revision,
    RevisionList,
    RowCursor,
    Search,
    Snapshot,
    SourcesNode,
    TotalsNode,
    TotalsRecord,
    TotalsValue,
    WithheldRows,
)
from ..revision import CURRENT, LAST_WITHDRAWAL, MIGRATION
from .claim_checks import ITEM_COMPILERS as CHECK_ITEM_COMPILERS
from .claim_checks import PART_COMPILERS as CHECK_COMPILERS
from .claim_checks import check
from .claim_pages import ClaimListSql  # noqa: F401  # On import, it adds its node to those of records.
from .claims import claim_document, claim_sources
from .conditions import order_by, sort_key
from .graphql_provenance import FIELD_PROVENANCE_COMPILERS, claim_node
from .json import array, json_literal, obj, pair
from .left_out_in_list import OWN_REASONS, conditions_of_its_own, own_reasons
from .page_rows import streamed_condition
from .pages import PART_COMPILERS, page
from .places import places  # noqa: F401  # On import, it adds its node to the parts of pages.
from .plan_mode import use_generic_plan
from .records import COMPILERS, RowSql
from .rest_provenance import evidence_join, sources_of_record
from .revisions import revision, revisions, withheld
from .scope import Scope
from .search_all import ITEM_COMPILERS, found
from .search_all import PART_COMPILERS as FOUND_COMPILERS
from .states import states
from .sum_conditions import are_found_by_index
from .text_budget import TextBudget, budget
from .totals import TOTALS_COMPILERS, totals

MAX_NAMED = 5  # Root fields that the name of a statement has.
NO_TIMEOUT = "set local statement_timeout = 0"  # A streamed list takes as long as its client takes to read it.


@dataclass(frozen=True)
class Statement:
    """SQL with its arguments. The columns of its one row: the newest revision; the revision read, null if the newest; one for each root."""

    text: str
    arguments: tuple[object, ...]
    generic_plan: bool = False  # Whether it is planned once, for all arguments.
    nested_loops: bool = True  # False: the planner would underestimate how many rows it joins, and compare all with all.

    def with_arguments(self, arguments: Iterable[object]) -> Statement:
        return Statement(self.text, tuple(arguments), self.generic_plan, self.nested_loops)


def statement(kinds: Kinds, query: Query, current: int | None, size: int) -> Statement:
    """The one statement that answers every root field of a query, from one snapshot of the database. It fails if the texts of the answer have more than `size` bytes."""
    scope = Scope(kinds, query.graphql, current=current, texts=budget(query.roots, size)).as_of(query.at)
    roots = [ROOT_COMPILERS[type(node)](scope, node) for node in paced(query.roots)]
    revision = "null::bigint" if scope.at.now else scope.revision
    result = ",\n  ".join([f"{CURRENT} as current", f"{revision} as revision", *roots])
    return Statement(
        f"/* {_name(query)} */ select\n  {result}",
        tuple(scope.arguments),
        use_generic_plan(kinds, query.roots, now=scope.at.now),
        not _joins_many(query.roots, scope.at.now),
    )


def _name(query: Query) -> str:
    """What a statement answers, for whoever reads `pg_stat_statements`: only names of kinds and of nodes of ours, never what a client sent."""
    names = dict.fromkeys(f"{type(root).__name__}{' of ' + root.kind.plural if hasattr(root, 'kind') else ''}" for root in query.roots)
    more = ", …" if len(names) > MAX_NAMED else ""
    return f"conflict-facts: {', '.join([*names][:MAX_NAMED])}{more}"


def rows(
    kinds: Kinds, page: Page, selection: tuple[Node, ...], at: At, limit: int | None = None, current: int | None = None, *, size: int
) -> Statement:
    """A statement that streams a list: one row with one JSON document for each record, at most `limit` of them. The size of the page is ignored.

    It fails if the texts of one record have more than `size` bytes. With conditions, the reasons why totals leave records out are those of totals with these conditions.
    """
    scope = Scope(kinds, graphql=False, current=current, texts=TextBudget(size, record="t.key")).as_of(at)
    named, joined = "", ""
    if (conditions := conditions_of_its_own(page, selection)) is not None:
        named = own_reasons(scope, page.kind, conditions) + "\n"
        scope, joined = replace(scope, own_reasons=OWN_REASONS), f" left join {OWN_REASONS} on {OWN_REASONS}.key = t.key"
    row = RowSql(scope, page.kind, "t")
    joined += evidence_join(row, selection)
    document = row.document(selection)
    condition = streamed_condition(scope, page, "t")
    at_most = "" if limit is None else f" limit {limit}"
    order = order_by(page.terms, "t")
    text = f"{named}select {document} from {scope.records(page.kind)} t{joined} where {condition} order by {order}{at_most}"
    return Statement(text, tuple(scope.arguments))


def place_in_order(kinds: Kinds, page: Page, at: At, number: int, current: int) -> Statement:
    """A statement for the values by which the record with this number in a list that is streamed is ordered: where its next part begins."""
    scope = Scope(kinds, graphql=False, current=current).as_of(at)
    keys = ", ".join(f"{sort_key(term.field, 't')} as value_{n}" for n, term in enumerate(page.terms))
    condition = streamed_condition(scope, page, "t")
    text = f"select {keys} from {scope.records(page.kind)} t where {condition} order by {order_by(page.terms, 't')} offset {number - 1} limit 1"
    return Statement(text, tuple(scope.arguments))


def revision_at(at: At) -> Statement:
    """A statement for two numbers: the newest revision, and the revision that `at` means."""
    scope = Scope(Kinds([]), graphql=False, at=at)
    return Statement(f"select {CURRENT} as current, {scope.revision} as revision", tuple(scope.arguments))


def state_at(at: At) -> Statement:
    """A statement for everything that tells which bytes a complete list has: the same, the last withdrawal, and the identity of the database.

    Times tell revisions of different databases apart, of which one may be restored from a backup of the other.
    """
    scope = Scope(Kinds([]), graphql=False, at=at)
    return Statement(
        f"select {CURRENT} as current, {scope.revision} as revision, {LAST_WITHDRAWAL} as last_withdrawal, "
        f"concat_ws(' ', ({MIGRATION}), (select min(recorded_at) from revision)) as database, "
        f"(select recorded_at from revision where id = {scope.revision})::text as recorded_at",
        tuple(scope.arguments),
    )


def _joins_many(roots: Iterable[Node], now: bool) -> bool:
    """Whether totals are among the roots that may join many records; those that an index finds join none."""
    return any(
        (isinstance(node, TotalsNode) and not (now and are_found_by_index(node)))
        or (isinstance(node, Check) and node.totals is not None)
        or (isinstance(node, Snapshot) and _joins_many(node.roots, now=False))
        for node in roots
    )


def _record(scope: Scope, node: RecordNode, item: str = "") -> str:
    """One record by its id, or by that in a row of ids, whose alias is `item`."""
    id = f"{item}.id" if item else scope.bind(node.id, "text")
    if not node.at.now:
        scope = scope.as_of(node.at)
    row = RowSql(scope, node.kind, scope.alias(node.kind.name))
    joined = evidence_join(row, node.selection)
    document, alias = row.document(node.selection), row.alias
    return f"(select {document} from {scope.records(node.kind)} {alias}{joined} where {alias}.id = {id})"


def _node_list(scope: Scope, node: NodeList) -> str:
    """One branch for each kind and revision: with one for each id, a hundred took a quarter of a second to compile, and the database as long to plan."""
    branches = [_named_nodes(scope, one, named) for one, named in zip(node.nodes, node.named, strict=True)]
    found = scope.alias("found")
    return f"(select {array(f'{found}.node', f'{found}.n')} from ({' union all '.join(branches)}) {found})" if branches else "'[]'"


def _named_nodes(scope: Scope, node: Node, named: NamedIds) -> str:
    """A select of some of the nodes in a list, each with its place: each is looked up by itself, as if it were requested alone."""
    item = scope.alias("item")
    columns = [scope.bind(values, "bigint[]" if name == "number" else "text[]") for name, values in named.columns.items()]
    rows = f"unnest({', '.join([*columns, scope.bind(named.places, 'integer[]')])}) {item}({', '.join([*named.columns, 'n'])})"
    return f"select {item}.n, coalesce({ROOT_COMPILERS[type(node)](scope, node, item)}, 'null') as node from {rows}"


def _root_page(scope: Scope, node: Page) -> str:
    return page(scope, node, None)


def _snapshot(scope: Scope, node: Snapshot) -> str:
    inner = scope.as_of(node.at)
    return obj(pair(root.key, f"coalesce({ROOT_COMPILERS[type(root)](inner, root)}, 'null')") for root in node.roots)


def _root_constant(scope: Scope, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


ROOT_COMPILERS: dict[type[Node], Callable[..., str]] = {
    RecordNode: _record,
    ClaimNode: claim_node,
    RecordStates: states,
    ClaimDocument: claim_document,
    ClaimSources: claim_sources,
    SourcesNode: sources_of_record,
    NodeList: _node_list,
    Page: _root_page,
    TotalsNode: totals,
    Revision: revision,
    RevisionList: revisions,
    Snapshot: _snapshot,
    WithheldRows: withheld,
    Search: found,
    Check: check,
    Constant: _root_constant,
}

# Nodes that have no entry in a table: the compiler of the node around them handles them.
NESTED_NODES = {Column, FoundRecord, FieldProvenance, RowCursor, TotalsValue, TotalsRecord}
complete(
    "the compilers of nodes in api/sql/answering",
    {
        *ROOT_COMPILERS,
        *COMPILERS,
        *FIELD_PROVENANCE_COMPILERS,
        *PART_COMPILERS,
        *TOTALS_COMPILERS,
        *FOUND_COMPILERS,
        *ITEM_COMPILERS,
        *CHECK_COMPILERS,
        *CHECK_ITEM_COMPILERS,
        *NESTED_NODES,
    },
    Node.__subclasses__(),
)
