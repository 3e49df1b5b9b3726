"""Sources: the documents and statements that claims are made in."""

from ..codelists.vocabularies import RELIABILITY, SOURCE_KIND
from ..model.field import Field
from ..model.kind import Kind
from ..model.types import (
    BOOLEAN,
    DATE,
    LANGUAGE,
    SHA256,
    TEXT,
    URL,
    code,
    refs,
)

SOURCE = Kind(
    "source", "sources", "A document, a dataset or a statement in which something is claimed.",
    Field("title", TEXT, "The title, in the source's own language; for a statement without one, a description.", required=True, search=True),
    Field("kind", code(SOURCE_KIND), "What sort of source this is.", required=True),
    Field("publisher", TEXT, "Who published it, as a name to print.", search=True),
    Field("author", TEXT, "Who wrote or made it, where named."),
    Field("url", URL, "Where it was published.", index=True),
    Field("archive_url", URL, "Where a copy is kept that does not change."),
    Field("published_on", DATE, "The day of publication.", index=True),
    Field("retrieved_on", DATE, "The day on which it was read for this collection."),
    Field("language", LANGUAGE, "The language it is written in, BCP 47."),
    Field("license", TEXT, "The licence of its content: an SPDX identifier, or the terms in words."),
    Field("attribution", TEXT, "The sentence to print beside what rests on this source."),
    Field("redistributable", BOOLEAN, "Whether its terms allow its content to be passed on; where they do not, what rests on it alone is withheld."),
    Field("reliability", code(RELIABILITY), "How reliable the source is, whatever it says (Admiralty code A to F)."),
    Field("relays", refs("source"), "The sources that this one quotes or repeats. One that repeats exactly one other is no origin of its own.", index=True),
    Field("sha256", SHA256, "The digest of the copy that was read.", index=True),
    label="title", root="relays", permits="redistributable",
)  # fmt: skip
