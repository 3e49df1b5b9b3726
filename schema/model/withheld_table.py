"""The public counts of withheld claims: one row for each source and kind of record."""

from __future__ import annotations

from .completeness import complete

SENTENCE = "What is withheld because its source forbids redistribution: how many claims and records of each source, and where its owner publishes it."
SOURCE_FIELDS = ("title", "publisher", "url", "license", "attribution")  # Fields of the source that are shown beside the counts.
COLUMNS = {
    "source": "The id of the source.",
    "kind": "The kind of record that the claims are about.",
    "claims": "How many live claims of the source about such records are withheld.",
    "records": "How many of these records are not shown at all, because no other source makes a claim about them.",
}
COUNTS = ("claims", "records")
complete("the columns in schema/model/withheld_table.py", ("source", "kind", *COUNTS), COLUMNS)
