"""Who says what is published: the names of sources as they are printed, with those that they were read in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .languages import language, say

Document = Mapping[str, Any]
DEPRECATED = "deprecated"


def attribution(claims: Sequence[Document], sources: Mapping[str, Document], titled: bool = False) -> str:
    """Who makes some claims, each once: "OCHA (as reported by Pravda.Ru)". `titled`: by the titles of sources, not by their publishers."""
    names = dict.fromkeys(_attribution(claim, sources, titled) for claim in claims)
    return listed([*names])


def _attribution(claim: Document, sources: Mapping[str, Document], titled: bool) -> str:
    reader = source_name(claim["source"], sources, titled)
    credited = [source_name(id, sources, titled) for id in claim.get("quoted_from") or ()]
    credited += [language().name_of(claim["attributed_to"], None)] if claim.get("attributed_to") else []
    credited = [name for name in dict.fromkeys(credited) if name != reader]
    return say("reported_by", listed(credited), reader) if credited else reader


def source_name(id: str, sources: Mapping[str, Document], titled: bool = False) -> str:
    """The name of a source to print: its publisher, else its title, else its id."""
    source = sources.get(id) or {}
    title = str(source.get("title") or "")
    title = title[1:-1] if title.startswith("[") and title.endswith("]") else title
    name = (title if titled else "") or source.get("publisher") or title or id
    return language().name_of(name, None) if name else say("unnamed_source")


def entry_of(record: Document, fields: Collection[str]) -> Document | None:
    """The provenance of the first of some fields of one group that has one."""
    for entry in record.get("provenance") or ():
        for name in entry["fields"]:  # Both are short; this is asked hundreds of times for a page.
            if name in fields:
                return entry  # type: ignore[no-any-return]  # a document
    return None


def claims_of(record: Document, fields: Collection[str]) -> list[Document]:
    """The claims about some fields of one group, the published one first; without those that are known to be wrong."""
    entry = entry_of(record, fields)
    if entry is None:
        return []
    digests = sorted(entry["claims"], key=lambda digest: digest != entry["chosen"])
    claims = [record["claims"][digest] for digest in digests]
    return [claim for claim in claims if claim.get("rank") != DEPRECATED]


def chosen(record: Document, fields: Collection[str]) -> Document | None:
    """The claim whose values are published for some fields of one group; None if there is none."""
    entry = entry_of(record, fields)
    return record["claims"][entry["chosen"]] if entry and entry["chosen"] else None


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b and c"."""
    return f"{say('comma').join(names[:-1])}{say('and')}{names[-1]}" if len(names) > 1 else "".join(names)
