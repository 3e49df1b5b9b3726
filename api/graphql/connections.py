"""Translates connections: pages of records, of the claims about one, and of the revisions."""

from __future__ import annotations

from ..errors import TooMuch
from ..query import cursors
from ..query.nodes import ClaimList, Column, Page, RevisionList, both
from ..query.search import searched
from ..query.walk import all_nodes
from ..sql.answering.revisions import RECEIPT
from . import arguments
from .translate import SelectedField, Translator, kind_of


def page(translator: Translator, selected: SelectedField) -> Page:
    """A connection with its arguments."""
    kind, values = kind_of(selected), selected.arguments
    size, cursor, backward = arguments.place(values)
    kinds = translator.surface.kinds
    search, having_days = searched(kinds, kind, values.get("search"))
    page = Page(
        selected.key, kind, translator.selection(selected),
        where=both(arguments.where_argument(kinds, kind, values[arguments.WHERE]), having_days), search=search,
        order=arguments.order_argument(kind, values.get("orderBy")),
        first=size, reverse=selected.member.reverse, backward=backward,
    )  # fmt: skip
    return page if cursor is None else cursors.page_at(page, cursor)


def claims(translator: Translator, selected: SelectedField) -> ClaimList:
    """The claims about a record, as a connection."""
    size, cursor, backward = arguments.place(selected.arguments)
    at = None if cursor is None else cursors.cursor_of(cursor, cursors.CLAIMS, backward)
    return ClaimList(selected.key, translator.selection(selected), size, at, backward, arguments.deprecated(selected.arguments))


def revisions(translator: Translator, selected: SelectedField) -> RevisionList:
    """The list of revisions. Raises TooMuch for receipts, which can be large."""
    size, cursor, backward = arguments.place(selected.arguments)
    parts = translator.selection(selected)
    if any(isinstance(node, Column) and node.name in RECEIPT for node in all_nodes(parts)):
        raise TooMuch("revisions, receipt: lists do not include receipts; request revision(id: …) for the receipt of one")
    at = None if cursor is None else cursors.cursor_of(cursor, cursors.REVISIONS, backward)
    return RevisionList(selected.key, parts, size, at, backward)
