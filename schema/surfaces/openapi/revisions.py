"""Components of revisions, their receipts, and counts of withheld claims."""

from __future__ import annotations

from ...model import withheld_table
from ...model.revisions import OPTIONAL, RECEIPT, RECEIPT_SENTENCE, REVISION, REVISION_SENTENCE
from .parts import COUNT, TEXT, Schema, array, nullable, object_schema
from .records import NEXT
from .registry import Components

NEWEST: Schema = {**COUNT, "description": "The newest revision."}
ANSWERED: Schema = {**COUNT, "description": "The revision that this response describes."}


def add_revisions(components: Components) -> None:
    revision = components.define("Revision", object_schema(REVISION_SENTENCE, REVISION))
    receipt = components.define("Receipt", object_schema(RECEIPT_SENTENCE, RECEIPT, [name for name in RECEIPT if name not in OPTIONAL]))
    properties = {**REVISION, "receipt": nullable(receipt)}
    with_receipt = components.define("RevisionWithReceipt", object_schema("One revision, with its receipt.", properties))
    components.define("RevisionAnswer", object_schema("One revision.", {"revision": NEWEST, "data": with_receipt}))
    components.define(
        "RevisionList", object_schema("Revisions, newest first.", {"revision": NEWEST, "data": array(revision), "next": NEXT})
    )


def add_withheld(components: Components) -> None:
    properties = {
        name: {**(COUNT if name in withheld_table.COUNTS else TEXT), "description": description}
        for name, description in withheld_table.COLUMNS.items()
    }
    fields = components.kinds["source"].fields
    properties |= {name: {**nullable(TEXT), "description": fields[name].description} for name in withheld_table.SOURCE_FIELDS}
    description = "The number of claims and records of one kind that are withheld because of one source."
    withheld = components.define("Withheld", object_schema(description, properties))
    components.define("WithheldList", object_schema(withheld_table.SENTENCE, {"revision": ANSWERED, "data": array(withheld)}))
