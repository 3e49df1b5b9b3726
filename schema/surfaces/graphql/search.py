"""The search across kinds: a union of the kinds that have names, and the page of what is found."""

from __future__ import annotations

from typing import Annotated, Any, Union

import strawberry

from ...model.search import MATCHES, MATCHES_SENTENCE, SEARCH_SENTENCE, TEXT_SENTENCE
from .annotations import list_of
from .drafts import Draft, Drafts, Member
from .resolvers import resolver

RESULT, EDGE, CONNECTION = "SearchResult", "SearchEdge", "SearchConnection"


def add_search(drafts: Drafts) -> None:
    """The types of a page of what is found."""
    records = tuple(drafts.objects[kind.graphql].python for kind in drafts.kinds.searchable)
    description = "A record that a search found."
    result: Any = Annotated[Union[records], strawberry.union(RESULT, description=description)]  # noqa: UP007  # the types are known only now
    match = drafts.codes("SearchMatch", MATCHES, MATCHES_SENTENCE)
    edge, connection = drafts.objects[EDGE], drafts.objects[CONNECTION]
    edge.add("match", match, MATCHES_SENTENCE, Member("found_match"))
    edge.add("node", result, "The record.", Member("found"))
    connection.add("nodes", list_of(result), "The records, the best match first.", Member("found"))
    connection.add("edges", list_of(edge.python), "The same records, each with the reason why it was found.", Member("found_edges"))
    connection.add(
        "page_info",
        drafts.objects["PageInfo"].python,
        "Whether there are more. A search has one page, so its cursors are null.",
        Member("page_info"),
    )


def declare_search(drafts: Drafts) -> None:
    drafts.object(EDGE, "One record that a search found, and why.")
    drafts.object(CONNECTION, "What a search found, the best match first.")


def add_search_root(drafts: Drafts, root: Draft) -> None:
    if not drafts.kinds.searchable:
        return
    first = {"first": (int, "The maximum number of records, from 1 to 100. The default is 20.")}
    root.add(
        "search", drafts.objects[CONNECTION].python, SEARCH_SENTENCE, Member("search"), resolver(first, {"text": (str, TEXT_SENTENCE)})
    )
