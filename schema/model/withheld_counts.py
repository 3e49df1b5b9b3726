"""What is told of what is withheld: one row for each source and kind of record. Declarations only."""

from __future__ import annotations

SENTENCE = (
    "What is not shown, because the terms of its source forbid passing it on: how much of which source, and where its owner publishes it."
)
SOURCE_FIELDS = ("title", "publisher", "url", "license", "attribution")  # Fields of the source that are told beside the counts.
COLUMNS = {
    "source": "The id of the source.",
    "kind": "The kind of record that the claims are about.",
    "claims": "How many live claims of the source about such records are withheld.",
    "records": "How many of the records that these claims speak of are not shown at all, since nobody else speaks of them.",
}
COUNTS = ("claims", "records")
