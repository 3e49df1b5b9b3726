"""Object types: records, the pages that list them, revisions, and what is withheld."""

from __future__ import annotations

import datetime as dt
from typing import Any

import strawberry
from strawberry.scalars import JSON

from ...codelists.vocabularies import LANGUAGE
from ...model import withheld_table
from ...model.completeness import complete
from ...model.kind import Kind
from ...model.revisions import RECEIPT_SENTENCE, REVISION, REVISION_KINDS, REVISION_SENTENCE, Schema
from ...model.words import WORDS, WORDS_SENTENCE
from ..descriptions import full_description
from .annotations import list_of, optional
from .drafts import Drafts, Member
from .filters import page_resolver
from .resolvers import Resolver, claims_resolver, resolver

NODE = "Node"
NODE_SENTENCE = "What `node(id:)` finds: a record, a claim or a revision."
NODE_ID_SENTENCE = (
    "The global id: the kind, a colon and the slug; as of an earlier revision, also @ and the number of that, so that a cache keeps "
    "what was apart from what is."
)
SLUG_SENTENCE = "The id of the record among those of its kind, chosen by its collection. It never changes. REST and files call it `id`."


def _json_type(schema: Schema) -> object:
    """The format of a JSON Schema, or else its type."""
    return schema.get("format", schema["type"])


# The GraphQL type of a column of a revision, by its format or type in JSON Schema.
REVISION_TYPES: dict[object, Any] = {"integer": int, "string": str, "date-time": dt.datetime, "object": JSON}
complete("REVISION_TYPES in schema/surfaces/graphql/objects.py", REVISION_TYPES, map(_json_type, REVISION.values()))


def words_resolver(drafts: Drafts) -> Resolver:
    """The argument of words: their language."""
    return resolver({}, {"language": (drafts.enum(LANGUAGE), "The language.")})


def add_record(drafts: Drafts, kind: Kind) -> None:
    """The type of a kind's records: their fields, the records that refer to them, and the claims about them."""
    draft = drafts.objects[kind.graphql]
    draft.description = kind.description
    draft.add("id", strawberry.ID, NODE_ID_SENTENCE, Member("node_id"))
    draft.add("slug", str, SLUG_SENTENCE, Member("id"))
    for field in kind.shown.values():
        annotation = drafts.output(field)
        draft.add(field.name, annotation if field.required else optional(annotation), full_description(field), drafts.member(field))
    if kind.quantities:
        draft.add(WORDS, str, WORDS_SENTENCE, Member("words", kind=kind), words_resolver(drafts))
    for reverse in kind.reverses.values():
        connection = drafts.objects[f"{reverse.kind.graphql}Connection"].python
        description = f"The {reverse.kind.plural} whose `{reverse.field.name}` is this {kind.name}."
        member = Member("page", kind=reverse.kind, reverse=reverse)
        draft.add(reverse.name, connection, description, member, page_resolver(drafts, reverse.kind))
    provenance = drafts.objects[f"{kind.graphql}Provenance"].python
    draft.add("provenance", provenance, "The provenance of each field: the claims behind its value.", Member("provenance", kind=kind))
    claims = drafts.objects[f"{kind.graphql}ClaimConnection"].python
    sentence = "The claims about this record, one for each statement of a source, in the order in which they were added."
    draft.add("claims", claims, sentence, Member("claims", kind=kind), claims_resolver(paged=True))
    draft.add("added_in", int, "The revision that added this version of the record.", Member("added_in"))


def add_connection(drafts: Drafts, kind: Kind) -> None:
    """The types of a page of records, and of a page of the claims about one."""
    _connection(drafts, kind.graphql, kind.name, kind.plural, kind)
    _connection(drafts, f"{kind.graphql}Claim", "claim", f"claims about one {kind.name}", kind)


def _connection(drafts: Drafts, of: str, one: str, many: str, kind: Kind | None = None) -> None:
    """The types of a page of objects of a type: the connection and its edges."""
    item = drafts.objects[of].python
    edge, connection = drafts.objects[f"{of}Edge"], drafts.objects[f"{of}Connection"]
    edge.description = f"One {one} in a list, with its cursor."
    cursor = "The cursor of this item: `after` it are the items that follow, `before` it those that precede."
    edge.add("cursor", str, cursor, Member("cursor"))
    edge.add("node", item, f"The {one}.", Member("node", kind=kind))
    connection.description = f"A page of {many}."
    connection.add("nodes", list_of(item), f"The {many} on this page.", Member("nodes", kind=kind))
    connection.add("edges", list_of(edge.python), "The same items, each with its cursor.", Member("edges", kind=kind))
    connection.add(
        "page_info", drafts.objects["PageInfo"].python, "Whether there are more pages, and the cursors to get them.", Member("page_info")
    )
    connection.add("total_count", int, "The number of items on all pages together.", Member("total"))


def add_node(drafts: Drafts) -> None:
    """The interface of everything that has a global id."""
    drafts.interface(NODE, NODE_SENTENCE).add("id", strawberry.ID, NODE_ID_SENTENCE, Member("node_id"))


def add_page_info(drafts: Drafts) -> None:
    """The type that says whether a list has more pages."""
    draft = drafts.object("PageInfo", "Whether a list has more pages, and the cursors to get them.")
    draft.add(
        "has_next_page",
        bool,
        "Whether there is a next page; of a page that was requested with `last` or `before`, whether it was with `before`.",
        Member("more"),
    )
    draft.add(
        "has_previous_page",
        bool,
        "With `last` or `before`: whether there is an earlier page. Otherwise: whether `after` was given.",
        Member("previous"),
    )
    draft.add("start_cursor", optional(str), "The cursor of the first item on this page.", Member("start_cursor"))
    draft.add("end_cursor", optional(str), "The cursor of the last item on this page.", Member("end_cursor"))


def add_revision(drafts: Drafts) -> None:
    """The types of a revision, with its receipt, and of a page of them."""
    draft = drafts.object("Revision", REVISION_SENTENCE, NODE)
    for name, schema in REVISION.items():
        # What GraphQL calls `id` is global, so the number of a revision, its id in REST, has another name.
        renamed, python = {"node_id": ("id", strawberry.ID), "id": ("number", int)}.get(name, (name, REVISION_TYPES[_json_type(schema)]))
        if name == "kind":
            python = drafts.codes("RevisionKind", REVISION_KINDS, "What sort of change a revision was.")
        draft.add(renamed, python, str(schema["description"]), Member("column", column=name))
    description = f"{RECEIPT_SENTENCE} Only available from `revision(id:)`, not in lists."
    draft.add("receipt", optional(JSON), description, Member("receipt", column="receipt"))
    drafts.object("RevisionEdge", "")
    drafts.object("RevisionConnection", "")
    _connection(drafts, "Revision", "revision", "revisions")


def add_withheld(drafts: Drafts) -> None:
    """The type of a row that counts what one source withholds about one kind."""
    draft = drafts.object("Withheld", withheld_table.SENTENCE)
    for name, description in withheld_table.COLUMNS.items():
        python: Any = int if name in withheld_table.COUNTS else str
        if name == "kind":
            python = drafts.codes("RecordKind", {kind.name: kind.description for kind in drafts.kinds.values()}, "A kind of record.")
        draft.add(name, python, description, Member("column", column=name))
    for name in withheld_table.SOURCE_FIELDS:
        draft.add(name, optional(str), drafts.kinds["source"].fields[name].description, Member("column", column=name))
