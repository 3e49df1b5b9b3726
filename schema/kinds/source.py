"""Sources: the documents, datasets and statements that make claims."""

from ..codelists.vocabularies import RELIABILITY, SOURCE_KIND
from ..model.field import APART, WITHIN, Field
from ..model.kind import Kind
from ..model.types import (
    BOOLEAN,
    DATE,
    LANGUAGE,
    SHA256,
    TEXT,
    URL,
    code,
    ref,
    refs,
)

SOURCE = Kind(
    "source", "sources", "A document, a dataset or a statement that makes claims.",
    Field("title", TEXT, "The title, in the language of the source; for a statement without a title, a description.", required=True, search=True),
    Field("kind", code(SOURCE_KIND), "The type of source.", required=True, what=WITHIN),
    Field("publisher", TEXT, "The publisher, as a name to print.", search=True),
    Field("author", TEXT, "The author or maker, if named."),
    Field("url", URL, "The address at which it was published.", index=True, what=APART),
    Field("archive_url", URL, "The address of an archived copy that does not change."),
    Field("published_on", DATE, "The day of publication.", index=True),
    Field("retrieved_on", DATE, "The day on which it was read for this collection."),
    Field("language", LANGUAGE, "The language that it is written in, as a BCP 47 tag."),
    Field("license", TEXT, "The licence of its content: an SPDX identifier, or the terms in words."),
    Field("attribution", TEXT, "The attribution to print beside facts from this source."),
    Field("redistributable", BOOLEAN, "Whether its terms allow redistribution; if not, facts that no other source supports are withheld."),
    Field("reliability", code(RELIABILITY), "How reliable the source is, regardless of what it says (Admiralty code, A to F)."),
    Field("relays", refs("source"), "The sources that this one quotes or repeats. A source that repeats exactly one other does not count as an origin of its own.", index=True),
    Field("revises", ref("source"), "The earlier version of the same work that it replaces (PROV wasRevisionOf): both are one origin, and its claims are preferred.", reverse="revised_by", index=True),
    Field("sha256", SHA256, "The SHA-256 digest of the copy that was read.", index=True),
    label="title", own_ids=True, root="relays", revises="revises", permits="redistributable",
    reliability="reliability", published="published_on",
    citation={"source_publisher": "publisher", "source_url": "url", "attribution": "attribution"},
)  # fmt: skip
