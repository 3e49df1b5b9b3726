"""Root types: Query for the newest revision, Snapshot for an earlier one."""

from __future__ import annotations

import datetime as dt

import strawberry

from ...model import withheld_table
from ...model.kind import Kind
from .annotations import list_of, optional
from .checks import add_check_root
from .drafts import Draft, Drafts, Member
from .filters import page_resolver
from .objects import NODE
from .provenance import CLAIM
from .resolvers import PAGE, resolver
from .search import add_search_root
from .totals import add_totals_root

SNAPSHOT = "Snapshot"
MAX_NODES = 100  # Global ids in the lists of a document.
NODE_ID = {"id": (strawberry.ID, "A global id, such as `event:battle-of-x`; `event:battle-of-x@12` is the event as of revision 12.")}
NODE_IDS = {"ids": (list_of(strawberry.ID), "Global ids, which may name different kinds and revisions.")}


def add_query(drafts: Drafts) -> type:
    """Add the root Query with its Snapshot; returns the class of Query."""
    query = drafts.object("Query", "The facts in the newest revision.")
    _add_roots(drafts, query)
    snapshot = drafts.object(SNAPSHOT, "The facts as of an earlier revision.")
    _add_roots(drafts, snapshot)
    moment = {
        "revision": (int, "The number of a revision."),
        "as_of": (dt.datetime, "A point in time, which selects the last revision recorded up to then."),
    }
    description = "The facts as of a revision or a point in time. Give exactly one of the two."
    query.add("snapshot", snapshot.python, description, Member("snapshot"), resolver(moment))
    root: type = query.python
    return root


def _add_roots(drafts: Drafts, root: Draft) -> None:
    """The fields that both roots have: records, pages, totals, revisions, and counts of what is withheld."""
    for kind in drafts.kinds.values():
        _add_kind(drafts, root, kind)
    for kind in drafts.kinds.summed:
        add_totals_root(drafts, root, kind)
        add_check_root(drafts, root, kind)
    add_search_root(drafts, root)
    node = optional(drafts.interfaces[NODE].python)
    claim, what = optional(drafts.interfaces[CLAIM].python), "The id of a claim, which may name an earlier revision."
    root.add(
        "claim", claim, "One claim by its id. Null if it does not exist.", Member("claim"), resolver({}, {"id": (strawberry.ID, what)})
    )
    root.add(
        "node", node, "A record, a claim or a revision by its global id. Null if it does not exist.", Member("any"), resolver({}, NODE_ID)
    )
    description = f"Records, claims and revisions by their global ids, at most {MAX_NODES}, in the order of the ids; null for each that does not exist."
    root.add("nodes", list_of(node), description, Member("any_list"), resolver({}, NODE_IDS))
    revision = drafts.objects["Revision"].python
    number = {"id": (strawberry.ID, "The number of the revision, or its global id. The default is the revision of this response.")}
    root.add("revision", optional(revision), "One revision.", Member("revision"), resolver(number))
    root.add("revisions", drafts.objects["RevisionConnection"].python, "Revisions, newest first.", Member("revisions"), resolver(PAGE))
    root.add("withheld", list_of(drafts.objects["Withheld"].python), withheld_table.SENTENCE, Member("withheld"))


def _add_kind(drafts: Drafts, root: Draft, kind: Kind) -> None:
    record = optional(drafts.objects[kind.graphql].python)
    by_id = resolver({}, {"id": (strawberry.ID, f"The slug of the {kind.name}, or its global id, which may name an earlier revision.")})
    root.add(kind.name, record, f"One {kind.name} by its id. Null if it does not exist.", Member("record", kind=kind), by_id)
    connection = drafts.objects[f"{kind.graphql}Connection"].python
    description = f"A page of {kind.plural}. {kind.description}"
    root.add(kind.plural, connection, description, Member("page", kind=kind), page_resolver(drafts, kind))
