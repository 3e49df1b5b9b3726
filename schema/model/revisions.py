"""What is said of a revision and of its receipt, in the words of JSON Schema."""

from __future__ import annotations

Schema = dict[str, object]

REVISION_SENTENCE = "One change to the facts: a load, a correction, a retraction or an undo."
RECEIPT_SENTENCE = "What was read, merged, flagged and rejected; null where no receipt was kept."

REVISION: dict[str, Schema] = {
    "id": {"type": "integer", "minimum": 1, "description": "1, 2, 3, …: the coordinate of every answer."},
    "recorded_at": {"type": "string", "format": "date-time", "description": "When it was recorded, UTC."},
    "kind": {"type": "string", "description": "What sort of change it was."},
    "message": {"type": "string", "description": "What changed, in a sentence."},
    "author": {"type": "string", "description": "Who made it."},
    "tool": {"type": "string", "description": "The program that made it, with its version."},
    "rule": {"type": "string", "description": "The rule that settled facts from claims, with its version."},
    "digest": {"type": "string", "description": "SHA-256 of what was loaded."},
    "counts": {"type": "object", "description": "Claims added, changed, retracted and unchanged, and records, by kind."},
}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _counts(description: str, each: Schema) -> Schema:
    return {"type": "object", "description": description, "additionalProperties": each}


def _list(description: str, item: Schema) -> Schema:
    return {"type": "array", "description": description, "items": item}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


NUMBER: Schema = {"type": "integer", "minimum": 0}
FILE: dict[str, Schema] = {
    "file": {"type": "string", "description": "Its name, with the folder of its collection."},
    "sha256": {"type": "string", "description": "The digest of its content."},
    "format": {"type": "string", "description": "How it is written."},
    "records": _count("How many records it has."),
}
TOLD: Schema = {"type": "string"}
REJECTION: dict[str, Schema] = {
    **dict.fromkeys(("file", "record", "field", "reason"), TOLD),
    "value": {"type": ["string", "null"]},
}
RECEIPT: dict[str, Schema] = {
    "read": _count("Records read from files."),
    "added": _count("Claims that are new."),
    "unchanged": _count("Claims that were there already, as they are."),
    "rejected": _count("Records that were left out."),
    "flagged": _count("Records that are odd, and kept as their source has them."),
    "files": _list("The files that were read.", _object(FILE)),
    "claims": _counts("Claims added, changed, retracted and unchanged, by kind.", _counts("Of one kind.", NUMBER)),
    "records": _counts("Records added, changed and removed, by kind.", _counts("Of one kind.", NUMBER)),
    "flags": _counts("How many oddities there are of each sort.", NUMBER),
    "rejections": _list("The first thousand records that were left out, and why.", _object(REJECTION)),
    "odd": _list("The first hundred oddities, as they were told.", {"type": "string"}),
    "changed": _count("Records that say something else than before; only of foreign files."),
    "repeated": _count("Records that came twice, the same throughout; only of foreign files."),
    "undone": {"type": "integer", "minimum": 1, "description": "The revision that was taken back; only of an undo."},
    "collection": {
        "type": "string",
        "description": "The collection whose claims were loaded; only of foreign files that are of one alone.",
    },
    "recipe": {
        "type": "string",
        "description": "The digest of what these claims are made of: the files, the choices of who loaded them, and the program.",
    },
}
OPTIONAL = ("changed", "repeated", "undone", "collection", "recipe")
