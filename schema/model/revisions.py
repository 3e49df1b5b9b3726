"""The properties of a revision and of its receipt, in JSON Schema."""

from __future__ import annotations

Schema = dict[str, object]

REVISION_SENTENCE = (
    "One change to the facts: a load, a correction, a retraction, an undo, or an upgrade to a newer rule. "
    "If claims of a load are withheld, its digest is empty, and its receipt has neither digests of files nor counts of their records."
)
RECEIPT_SENTENCE = "What was read, merged, flagged and rejected; null if no receipt was stored."

REVISION_KINDS = {
    "load": "Files were loaded.",
    "correction": "A load that corrects an earlier one.",
    "retraction": "Claims were withdrawn.",
    "undo": "An earlier revision was undone.",
    "upgrade": "All facts were settled again by a newer rule.",
}
NODE_ID, HISTORY_DIGEST = COMPUTED = "node_id", "history_digest"  # The properties that are not columns of the table of revisions.

REVISION: dict[str, Schema] = {
    "id": {"type": "integer", "minimum": 1, "description": "1, 2, 3, … without gaps. Every response says which revision it shows."},
    NODE_ID: {"type": "string", "description": "The global id: `revision:` and the number."},
    "recorded_at": {"type": "string", "format": "date-time", "description": "The time at which it was recorded, UTC."},
    "kind": {
        "type": "string",
        "enum": [*REVISION_KINDS],
        "description": "What sort of change it was: load, correction, retraction, undo or upgrade.",
    },
    "message": {"type": "string", "description": "A sentence about the change."},
    "author": {"type": "string", "description": "Who made it."},
    "tool": {"type": "string", "description": "The program that made it, with its version."},
    "rule": {"type": "string", "description": "The rule that chose facts among claims, with its version."},
    "totals_rule": {"type": "string", "description": "The rule by which totals as of this revision are computed, with its version."},
    "digest": {"type": "string", "description": "The SHA-256 digest of the loaded files."},
    "counts": {
        "type": "object",
        "description": "How many claims were added, changed, retracted and unchanged, and how many records, by kind.",
    },
    HISTORY_DIGEST: {
        "type": "string",
        "description": "A SHA-256 digest of this revision, of the claims that it added and removed, and of the same digest of the revision "
        "before it. Whoever keeps the newest can check later that nothing up to it was changed.",
    },
}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _counts(description: str, each: Schema) -> Schema:
    return {"type": "object", "description": description, "additionalProperties": each}


def _list(description: str, item: Schema) -> Schema:
    return {"type": "array", "description": description, "items": item}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


FILE_UNLESS_WITHHELD = ("sha256", "records", "columns", "warnings")
COUNT_SCHEMA: Schema = {"type": "integer", "minimum": 0}
FILE: dict[str, Schema] = {
    "file": {"type": "string", "description": "Its name, with the folder of its collection."},
    "sha256": {"type": "string", "description": "The digest of its content."},
    "format": {"type": "string", "description": "The name of its format."},
    "records": _count("How many records it contains."),
}
TEXT_SCHEMA: Schema = {"type": "string"}
FOREIGN_FILE: dict[str, Schema] = {  # Of files in a foreign format.
    "columns": _counts(
        "What became of each column: the fields made of it, and `original` if a claim keeps it.", _list("The fields.", TEXT_SCHEMA)
    ),
    "warnings": _list("What of the file is not read, and what the claims lack that searches and totals need.", TEXT_SCHEMA),
}
REJECTION: dict[str, Schema] = {
    **dict.fromkeys(("file", "record", "field", "reason"), TEXT_SCHEMA),
    "value": {"type": ["string", "null"]},
}
RECEIPT: dict[str, Schema] = {
    "read": _count("How many records were read from files."),
    "added": _count("How many claims are new."),
    "unchanged": _count("How many claims were stored already, without a difference."),
    "rejected": _count("How many records were invalid and not loaded."),
    "flagged": _count("How many records have an anomaly. They are stored exactly as in their source."),
    "files": _list("The files that were read.", {**_object(FILE), "required": ["file", "format"], "properties": {**FILE, **FOREIGN_FILE}}),
    "claims": _counts(
        "How many claims were added, changed, retracted and unchanged, by kind.", _counts("The counts of one kind.", COUNT_SCHEMA)
    ),
    "records": _counts("How many records were added, changed and removed, by kind.", _counts("The counts of one kind.", COUNT_SCHEMA)),
    "flags": _counts("How many records have each flag.", COUNT_SCHEMA),
    "rejections": _list("The first thousand rejected records, each with the reason.", _object(REJECTION)),
    "odd": _list("The first hundred messages about anomalies.", {"type": "string"}),
    "changed": _count("How many records differ from an earlier load of them; only for files in a foreign format."),
    "sums": _count("How many records sum others and are left out; only for files in a foreign format."),
    "repeated": _count("How many records occur twice without a difference; only for files in a foreign format."),
    "undone": {"type": "integer", "minimum": 1, "description": "The revision that was undone; only for an undo."},
    "collection": {
        "type": "string",
        "description": "The collection whose claims were loaded; only for files in a foreign format that belong to one collection.",
    },
    "recipes": _counts(
        "For collections with data files, the digest of everything that their claims depend on, by collection.", TEXT_SCHEMA
    ),
    "recipe": {
        "type": "string",
        "description": "The digest of everything that these claims depend on: the files, the options of the load, and the version of the program.",
    },
}
# What a receipt leaves out if claims of the load are, or were, withheld: whoever has the files could recognize them by it.
UNLESS_WITHHELD = ("read", "added", "changed", "unchanged", "rejected", "repeated", "sums", "flagged", "flags", "recipe", "recipes")
OPTIONAL = (*UNLESS_WITHHELD, "undone", "collection")
