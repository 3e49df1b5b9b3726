"""Kinds: all kinds of record together, with both ends of every reference connected."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from .claim import CLAIM_CONDITIONS, CLAIM_OPERATORS
from .declaration_error import BadDeclaration
from .field import Field
from .kind import Kind, Reverse
from .names import RESERVED_NAMES


class Kinds(dict[str, Kind]):
    """All kinds by name. References are resolved, and reverses added to the kinds they lead to, when it is built."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        super().__init__()
        for kind in kinds:
            self._add(kind)
            kind.reverses = {}
        for kind in self.values():
            kind.sources = self.get("source", kind)
        for kind in self.values():
            for field in kind.fields.values():
                if field.type.ref is not None:
                    self._connect(kind, field)
        for kind in self.values():
            for link in kind.packs:
                self._check_pack(kind, link)
            self._check_finds(kind, (kind.name,))
            self._check_point(kind, (kind.name,))
        types = {kind.name: {field.name: field.type for field in kind.fields.values()} for kind in self.values()}
        for kind in self.values():
            for problem in kind.totals.problems(kind.name, types) if kind.totals else ():
                raise BadDeclaration(f"kind {kind.name}: its totals: {problem}")

    def _add(self, kind: Kind) -> None:
        if kind.name in self:
            raise BadDeclaration(f"two kinds are named {kind.name}")
        if kind.plural in {other.plural for other in self.values()}:
            raise BadDeclaration(f"two kinds have the plural {kind.plural}")
        self[kind.name] = kind

    def _connect(self, kind: Kind, field: Field) -> None:
        """Add the reverse of a reference to the kind that it refers to."""
        target = self.get(field.type.ref or "")
        if target is None:
            raise BadDeclaration(f"{kind.name}.{field.name} refers to {field.type.ref}, which is not a kind")
        if field.reverse is None:
            return
        if field.reverse in target.filterable or field.reverse in target.reverses or field.reverse in RESERVED_NAMES:
            raise BadDeclaration(f"{kind.name}.{field.name}: {target.name} already has something named {field.reverse}")
        target.reverses[field.reverse] = Reverse(field.reverse, kind, field)

    def _check_pack(self, kind: Kind, link: str) -> None:
        if link not in kind.reverses and link not in [field.name for field in kind.links]:
            raise BadDeclaration(f"{kind.name} packs {link}, which is neither a reference to one record nor a reverse of one")
        if self.linked_kind(kind, link).packs or self.linked_kind(kind, link) is kind:
            raise BadDeclaration(f"{kind.name} packs {link}, whose records would contain packed records themselves")

    def _check_point(self, kind: Kind, way: tuple[str, ...]) -> None:
        if kind.point and len(kind.degrees) != (0 if kind.places else 2):
            raise BadDeclaration(f"kind {kind.name}: its point must be a latitude and a longitude, or references to what has one")
        for link in kind.places:
            target = self[link.type.ref or ""]
            if link.type.many or target.name in way or not target.point:
                raise BadDeclaration(f"{way[0]} has the point of its {link.name}, which leads back to it or to records without a point")
            self._check_point(target, (*way, target.name))

    def _check_finds(self, kind: Kind, way: tuple[str, ...]) -> None:
        for link in kind.found_by_links:
            target = self.linked_kind(kind, link.name)
            if target.name in way or not target.searchable:
                raise BadDeclaration(f"{way[0]} is found by {link.name}, which leads back to it or to records without names")
            self._check_finds(target, (*way, target.name))

    def columns(self, kind: Kind) -> dict[str, tuple[tuple[Field, ...], Field]]:
        """What a kind declares beside its fields: the references that lead to the field of another kind, and that field, by name.

        Names with a dot are columns only: a condition has them anyway, as the path that they are.
        """
        found = {}
        for name, path in kind.columns.items():
            if "." in name:
                continue
            *steps, last = path.split(".")
            links, target = [], kind
            for step in steps:
                links.append(target.fields[step])
                target = self[target.fields[step].type.ref or ""]
            found[name] = (tuple(links), target.fields[last])
        return found

    def linked_kind(self, kind: Kind, link: str) -> Kind:
        """The kind of the records that a link of `kind`, a field or a reverse, leads to."""
        return kind.reverses[link].kind if link in kind.reverses else self[kind.fields[link].type.ref or ""]

    @cached_property
    def summed(self) -> tuple[Kind, ...]:
        """The kinds whose numbers can be summed."""
        return tuple(kind for kind in self.values() if kind.totals)

    @cached_property
    def searchable(self) -> tuple[Kind, ...]:
        """The kinds that a search finds."""
        return tuple(kind for kind in self.values() if kind.searchable)

    @cached_property
    def by_plural(self) -> dict[str, Kind]:
        return {kind.plural: kind for kind in self.values()}

    def search_codes(self, kind: Kind) -> tuple[Field, ...]:
        """The fields with codes that `search` looks in for a kind: its own, and those of the records that it looks for."""
        linked = (self.search_codes(self.linked_kind(kind, link.name)) for link in kind.found_by_links)
        return (*kind.found_by_codes, *(field for fields in linked for field in fields))

    def dated_link(self, kind: Kind) -> Field | None:
        """The reference to the record whose dates hold for one that has none of its own."""
        return next((link for link in kind.links if link.required and self[link.type.ref or ""].span), None)

    def has_days(self, kind: Kind) -> bool:
        """Whether records of a kind, or what they are about, have a first and a last day."""
        return kind.span is not None or self.dated_link(kind) is not None

    def nesting_field(self, kind: Kind) -> Field | None:
        """The field by which a record of a kind is part of another of the same kind, or None."""
        return next((field for field in kind.links if field.type.ref == kind.name), None)

    def operators(self, field: Field) -> tuple[str, ...]:
        """The operators of a field's filter. References to one record add those that follow the reference."""
        if field is CLAIM_CONDITIONS.get(field.name):
            return CLAIM_OPERATORS
        if field.type.ref is None or field.type.many:
            return field.type.operators
        within = ("within",) if self.nesting_field(self[field.type.ref]) else ()
        return (*field.type.operators, *within, "match")

    @cached_property
    def settling_order(self) -> tuple[Kind, ...]:
        """The kinds in the order in which they are settled.

        Sources come first, because claims are ranked by their settled sources. Kinds with packed records come last, because
        those records must be settled before they are packed.
        """
        return tuple(sorted(self.values(), key=lambda kind: (kind.name != "source", bool(kind.packs))))
