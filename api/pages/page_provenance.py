"""The provenance of a record for its page: field by field, what is published, who says so, who says otherwise, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from .. import words
from .history import Since
from .values import Shown, Values, record_path, title

MAX_CLAIMS = 20  # Of one field that a page shows; `provenance` by REST has all.
NORMAL = "normal"
Document = Mapping[str, Any]


class Named(NamedTuple):
    """A source, its page, and the language of its name."""

    name: str
    href: str
    lang: str = ""


class AboutClaim(NamedTuple):
    """What is the same of a claim for each field that it gives: who says it, and where."""

    source: Named
    quoted: tuple[Named, ...]
    details: tuple[tuple[str, str], ...]  # Titles and texts.
    note: str
    added_in: int
    number: str  # All that it says of the number of a figure, in words.


class ClaimView(NamedTuple):
    """A claim about one field: what it says."""

    role: str  # "published", "agrees", "differs" or "no value".
    values: tuple[Shown, ...]
    number: str  # The whole number in words, if the field is part of one.
    digest: str


class FieldView(NamedTuple):
    """A field of a record with its value and its provenance."""

    name: str
    title: str
    description: str
    values: tuple[Shown, ...]
    unit: str = ""
    disputed: bool = False
    origins: int = 0
    claims: tuple[ClaimView, ...] = ()
    more: int = 0  # Claims that are not shown.
    since: Since | None = None
    before: tuple[Shown, ...] = ()

    @property
    def linked(self) -> bool:
        """Whether a value leads to a page or to another site."""
        return any(one.href for one in self.values)


class Proofs:
    """Makes the views of the fields of records."""

    def __init__(self, kinds: Kinds, values: Values) -> None:
        self.kinds, self.values = kinds, values

    def claims(self, kind: Kind, record: Document, sources: Mapping[str, Document]) -> dict[str, AboutClaim]:
        """What is known of each claim about a record, by its digest."""
        return {digest: self._about(kind, record, claim, sources) for digest, claim in record["claims"].items()}

    def _about(self, kind: Kind, record: Document, claim: Document, sources: Mapping[str, Document]) -> AboutClaim:
        source = sources.get(claim["source"]) or {}
        quoted = tuple(self._named(id, sources) for id in claim.get("quoted_from") or ())
        return AboutClaim(
            self._named(claim["source"], sources), quoted, tuple(self._details(claim, source)), claim.get("note") or "", claim["added_in"],
            words.claimed(record, claim) if kind.quantities else "",
        )  # fmt: skip

    def fields(self, kind: Kind, record: Document, claims: Mapping[str, AboutClaim], since: Mapping[str, Since]) -> list[FieldView]:
        """The fields of a record that are known, or that a claim speaks of."""
        entries = {name: entry for entry in record["provenance"] for name in entry["fields"]}
        views = [self._field(kind, field, record, claims, entries.get(field.name), since.get(field.name)) for field in kind.shown.values()]
        return [view for view in views if view.values or view.disputed]

    def _field(
        self, kind: Kind, field: Field, record: Document, claims: Mapping[str, AboutClaim], entry: Document | None, since: Since | None,
    ) -> FieldView:  # fmt: skip
        values = self._shown(kind, field, record)
        views = self._claims(kind, field, record, claims, entry, values) if entry else []
        unit = str(record.get("unit") or "") if kind.quantities and field.name in kind.quantities.numbers else field.unit or ""
        return FieldView(
            field.name, title(field.name), field.description, values, unit.replace("_", " "),
            bool(entry and entry["disputed"]), entry["origins"] if entry else 0, tuple(views[:MAX_CLAIMS]), len(views[MAX_CLAIMS:]), since,
            self._shown(kind, field, since.before) if since and since.before else (),
        )  # fmt: skip

    def _shown(self, kind: Kind, field: Field, said: Document, lang: str = "") -> tuple[Shown, ...]:
        """The value that a record or a claim has for a field. A bound of a number reads as one."""
        if kind.quantities and field.name in kind.quantities.numbers and said.get(field.name) is not None:
            return (Shown(words.bound(field.name, said)),)
        return self.values.shown(field, said.get(field.name), lang)

    def _claims(
        self, kind: Kind, field: Field, record: Document, claims: Mapping[str, AboutClaim], entry: Document, published: tuple[Shown, ...],
    ) -> list[ClaimView]:  # fmt: skip
        """The claims about a field, the published one first, then those that agree."""
        views, plain = [], _plain(field, record)
        for digest in entry["claims"]:
            about = claims[digest]
            says = record["claims"][digest]["says"]
            same = plain is not None and says.get(field.name) == plain
            values = published if same else self._shown(kind, field, says, about.source.lang if field.type.escaped else "")
            whole = about.number if field.group_name == kind.cites else ""
            same = same or _agree(values, published)
            role = "published" if digest == entry["chosen"] else "no value" if not values else "agrees" if same else "differs"
            views.append(ClaimView(role, values, whole, digest))
        return sorted(views, key=lambda view: ROLES.index(view.role))

    def _details(self, claim: Document, source: Document) -> Iterator[tuple[str, str]]:
        """What is known of a claim and of its source, beside what it says."""
        if claim.get("attributed_to"):
            yield "Credited to", claim["attributed_to"]
        if claim.get("locator"):
            yield "Place in the document", claim["locator"]
        if source.get("reliability"):
            reliability = self.kinds["source"].fields["reliability"]
            yield (
                "Reliability of the source",
                f"{source['reliability']} of A to F: {self.values.text(reliability, source['reliability']).lower()}",
            )
        if claim.get("credibility"):
            yield (
                "Credibility of the claim",
                f"{claim['credibility']} of 1 to 6: {self.values.claim_field('credibility', claim['credibility']).lower()}",
            )
        if claim.get("rank", NORMAL) != NORMAL:
            yield "Rank", self.values.claim_field("rank", claim["rank"])
        if claim.get("consulted"):
            yield "Documents consulted", str(len(claim["consulted"]))

    def _named(self, id: str, sources: Mapping[str, Document]) -> Named:
        source = sources.get(id) or {}
        return Named(source.get("title") or id, record_path(self.kinds["source"], id), _language(source))


ROLES = ("published", "agrees", "differs", "no value")


def _language(source: Document) -> str:
    return str(source.get("language") or "")


def _plain(field: Field, record: Document) -> str | None:
    """The value of a record that is shown by itself, so that a claim with the same value is shown as the record is; None for any other."""
    value = record.get(field.name)
    return value if isinstance(value, str) and not field.type.escaped else None


def _agree(values: Sequence[Shown], published: Sequence[Shown]) -> bool:
    """Whether a claim gives the published value: the same texts, or the same records, which a claim gives by their ids and a record with their names."""
    if [one.text for one in values] == [one.text for one in published]:
        return True
    return all(one.href.startswith("/") for one in values) and [one.href for one in values] == [one.href for one in published]
