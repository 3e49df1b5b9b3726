"""Kind: a kind of record, declared once, with everything that follows from its own fields.

One module, although long: what a kind may declare is checked beside it, when it is declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from .claim import CLAIM_CONDITIONS, CLAIM_FIELDS
from .declaration_error import BadDeclaration
from .field import APART, TOGETHER, WITHIN, Field
from .names import RESERVED_NAMES, check_name
from .quantities import Quantities
from .totals import TotalsRoles
from .types import DATE, FIELD_TYPE_NAMES

# The columns of every claim, beside the fields of its kind.
CLAIM_COLUMNS = frozenset({"key", "record", "source", *CLAIM_FIELDS, *CLAIM_CONDITIONS, "added_in"})
TABLE_SUFFIXES = ("_claim", "_history", "_withheld", "_sum")  # Of the further tables of a kind.


@dataclass(frozen=True)
class Reverse:
    """The other end of a reference: the records of `kind` whose `field` refers to this record."""

    name: str
    kind: Kind
    field: Field


class Kind:
    """A kind of record: its name, its plural, its fields, and how records of it are found, summed and stored.

    label:     the field that names a record to a person
    root:      the list of references that is followed to find a record's origin
    revises:   for sources, the reference to the earlier version, which has the same origin and whose claims are passed over
    permits:   for sources, the field that says whether their content may be redistributed
    reliability: for sources, the field by which claims of one are preferred to those of another, the least code first
    published: for sources, the date that decides if nothing else does, the latest first
    indexes:   the columns of further indexes; a leading '-' is descending
    packs:     links, by field or reverse, whose records are also stored in the row, so that pages need no join
    ascending: groups of fields whose known values should not descend; a record where they do is flagged
    point:     latitude and longitude, or references to records that have a point, of which the first that is known decides
    totals:    the parts its fields play when its numbers are summed; None if they cannot be
    quantities: which numbers its fields can have; None if it has none that count
    own_ids:   whether sources number its records themselves; if not, ids are made of names, so that nothing may tell a withheld one from no record
    columns:   further columns of tables of its records, each with the path of references to a field; those without a dot are names for conditions, too
    cites:     the group of fields whose chosen claim has the source that such tables cite
    citation:  for sources, the columns in which such tables cite one, each with its field
    finds:     what else `search` looks in: references, by the names of their records, and fields with codes, by the words of those
    computed:  fields that the records of an answer have and no claim gives, because they follow from other records
    """

    def __init__(
        self, name: str, plural: str, description: str, *fields: Field,
        label: str | None = None, root: str | None = None, revises: str | None = None, permits: str | None = None,
        reliability: str | None = None, published: str | None = None, indexes: Iterable[tuple[str, ...]] = (), packs: Iterable[str] = (),
        ascending: Iterable[tuple[str, ...]] = (), point: tuple[str, ...] = (), totals: TotalsRoles | None = None,
        quantities: Quantities | None = None, own_ids: bool = False, computed: Iterable[Field] = (),
        columns: Mapping[str, str] | None = None, cites: str | None = None, citation: Mapping[str, str] | None = None, finds: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.name, self.plural, self.description = name, plural, description
        self.fields = {field.name: field for field in fields}
        self.label, self.root, self.revises, self.permits = label, root, revises, permits
        self.reliability, self.published = reliability, published
        self.indexes, self.packs = tuple(indexes), tuple(packs)
        self.ascending, self.point, self.totals, self.quantities = tuple(ascending), point, totals, quantities
        self.own_ids, self.finds = own_ids, tuple(finds)
        self.columns, self.cites, self.citation = dict(columns or {}), cites, dict(citation or {})
        self.computed = {field.name: field for field in computed}
        self.shown = {**self.fields, **self.computed}  # What an answer can contain.
        self.filterable = {**self.shown, **CLAIM_CONDITIONS}  # What its conditions can name.
        self.reverses: dict[str, Reverse] = {}  # Filled by Kinds, which sees the references of all kinds.
        self.sources = self  # The kind of the sources of its claims; set by Kinds.
        _check_kind(self, (*fields, *self.computed.values()))

    @cached_property
    def graphql(self) -> str:
        """The name of the GraphQL type."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @cached_property
    def groups(self) -> dict[str, tuple[Field, ...]]:
        """The fields whose values come from one claim, by the name of their group."""
        names = dict.fromkeys(field.group_name for field in self.fields.values())
        return {name: tuple(field for field in self.fields.values() if field.group_name == name) for name in names}

    def leading(self, group: str) -> tuple[Field, ...]:
        """The fields of a group that say something without the others."""
        return tuple(field for field in self.groups[group] if not field.qualifies)

    def compared(self, group: str) -> tuple[Field, ...]:
        """The fields of a group in which claims contradict each other: its leading ones, and those that say what the record is."""
        return tuple(field for field in self.groups[group] if field.what or not field.qualifies)

    @cached_property
    def ordered_pairs(self) -> tuple[tuple[Field, Field], ...]:
        """Pairs of fields of which the first cannot be above the second."""
        return tuple((self.fields[one], self.fields[other]) for names in self.ascending for one, other in combinations(names, 2))

    @cached_property
    def neighbours(self) -> tuple[tuple[Field, Field, tuple[Field, ...]], ...]:
        """Pairs of fields of which the first should not be above the second, with those between: the two are compared where all of these are unknown."""
        groups = ([self.fields[name] for name in names] for names in self.ascending)
        return tuple((group[i], group[j], tuple(group[i + 1 : j])) for group in groups for i, j in combinations(range(len(group)), 2))

    @cached_property
    def told(self) -> tuple[Field, ...]:
        """The fields that say what a record is: one source must not contradict itself in them."""
        return tuple(field for field in self.fields.values() if field.what)

    @cached_property
    def told_apart(self) -> tuple[Field, ...]:
        """Those of them that also tell apart the records that two sources speak of."""
        return tuple(field for field in self.told if field.what != WITHIN)

    @cached_property
    def told_together(self) -> tuple[Field, ...]:
        """Those of them that are settled together, from one claim; empty for a kind whose records are what their ids name."""
        return tuple(field for field in self.told if field.what == TOGETHER)

    @cached_property
    def describing(self) -> tuple[Field, ...]:
        """The fields that a claim must give in order to say which record it is about, and not only something about that record."""
        return tuple(field for field in (self.told_together or self.fields.values()) if field.required)

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        """The fields with names that `search` looks in."""
        return tuple(field for field in self.fields.values() if field.search)

    @cached_property
    def found_by_links(self) -> tuple[Field, ...]:
        """The references whose records `search` looks for."""
        return tuple(self.fields[name] for name in self.finds if self.fields[name].type.ref)

    @cached_property
    def found_by_codes(self) -> tuple[Field, ...]:
        """The fields in whose codes `search` looks for words."""
        return tuple(self.fields[name] for name in self.finds if self.fields[name].type.vocabulary)

    @property
    def searchable(self) -> bool:
        """Whether `search` finds records of the kind."""
        return bool(self.searched or self.finds)

    @cached_property
    def links(self) -> tuple[Field, ...]:
        """The fields that refer to one record."""
        return tuple(field for field in self.fields.values() if field.type.ref and not field.type.many)

    @cached_property
    def degrees(self) -> tuple[Field, ...]:
        """Its latitude and longitude; empty if it has none of its own."""
        return tuple(field for name in self.point if not (field := self.fields[name]).type.ref)

    def other_degrees(self, name: str) -> Field | None:
        """The other coordinate of its point, without which this one says nothing; None for a field that is no coordinate."""
        others = [field for field in self.degrees if field.name != name]
        return others[0] if len(others) < len(self.degrees) else None

    @cached_property
    def places(self) -> tuple[Field, ...]:
        """The references to what has its point. The first that is known decides, also if the point there is unknown."""
        return tuple(field for name in self.point if (field := self.fields[name]).type.ref)

    @cached_property
    def span(self) -> tuple[Field, Field] | None:
        """The first and the last day of a record: the first group of two dates in `ascending`."""
        pairs = ([self.fields[name] for name in names] for names in self.ascending)
        return next(((pair[0], pair[1]) for pair in pairs if len(pair) == 2 and {field.type for field in pair} == {DATE}), None)

    def __repr__(self) -> str:
        return f"<kind {self.name}>"


def _check_kind(kind: Kind, fields: tuple[Field, ...]) -> None:
    where = f"kind {kind.name}"
    for name in (kind.name, kind.plural, *(field.name for field in fields), *(field.group_name for field in fields)):
        check_name(where, name)
    if kind.name in (*RESERVED_NAMES, "withheld") or kind.name.endswith(TABLE_SUFFIXES):
        raise BadDeclaration(f"{where}: {kind.name} is reserved or could be a table of another kind; choose another name")
    if kind.name == kind.plural:
        raise BadDeclaration(f"{where}: its plural must differ from its name")
    if not kind.description.endswith("."):
        raise BadDeclaration(f"{where}: its description must be a sentence that ends with a full stop")
    if not fields:
        raise BadDeclaration(f"{where} declares no field")
    if len(kind.shown) != len(fields):
        raise BadDeclaration(f"{where} declares a field twice")
    for field in fields:
        _check_field(where, kind, field)
    _check_roles(where, kind)


def _check_field(where: str, kind: Kind, field: Field) -> None:
    name, group = field.name, field.name.removesuffix("_claim")
    if name in RESERVED_NAMES or name in CLAIM_COLUMNS:
        raise BadDeclaration(f"{where}: {name} is reserved; choose another name")
    if group in kind.groups and name.endswith("_claim"):
        raise BadDeclaration(f"{where}: {name} is the column of the claim chosen for {group}; choose another name")
    if not field.description.endswith("."):
        raise BadDeclaration(f"{where}: the description of {name} must be a sentence that ends with a full stop")
    if field.type.name not in FIELD_TYPE_NAMES:
        raise BadDeclaration(f"{where}: {name} cannot be a {field.type.name}; only claims have one")
    if field.reverse and not (field.type.ref and not field.type.many):
        raise BadDeclaration(f"{where}: {name} has a reverse but is not a reference to one record")
    if field.search and field.type.sql not in ("text", "text[]"):
        raise BadDeclaration(f"{where}: {name} cannot be searched: its type is {field.type.name}, not a text")
    if field.what not in ("", TOGETHER, APART, WITHIN):
        raise BadDeclaration(f"{where}: {name} says what a record is in an unknown way, {field.what}")
    if field.what == TOGETHER and field.group:
        raise BadDeclaration(f"{where}: {name} cannot be settled both in the group {field.group} and with what the record is")
    if field.qualifies and not kind.leading(field.group_name):
        raise BadDeclaration(f"{where}: {name} qualifies the group {field.group_name}, which has no other field")
    if field.follows and (field.group or field.what or field.follows not in kind.groups or field.type.many):
        raise BadDeclaration(f"{where}: {name} follows {field.follows}, which must be a group that it does not belong to")
    if name in kind.computed and (field.type.ref or field.group or field.required or field.search or field.index):
        raise BadDeclaration(f"{where}: {name} is computed, so it is a plain value that may be unknown")
    if field.group in kind.fields and kind.fields[field.group].group != field.group:
        raise BadDeclaration(f"{where}: the group {field.group} has the name of a field outside it")


def _check_roles(where: str, kind: Kind) -> None:
    """Check the options that name fields: label, cites, citation, root, revises, permits, reliability, published, point, ascending and indexes."""
    for name in (kind.label, kind.root, kind.revises, kind.permits, kind.reliability, kind.published, *kind.point, *kind.citation.values()):
        if name is not None and name not in kind.fields:
            raise BadDeclaration(f"{where}: {name} is not one of its fields")
    if kind.root and not (kind.fields[kind.root].type.many and kind.fields[kind.root].type.ref == kind.name):
        raise BadDeclaration(f"{where}: its root, {kind.root}, must be a list of references to {kind.plural}")
    if kind.revises and not (kind.root and not kind.fields[kind.revises].type.many and kind.fields[kind.revises].type.ref == kind.name):
        raise BadDeclaration(f"{where}: {kind.revises} must refer to one of the {kind.plural}, which must have a root")
    if kind.cites is not None and kind.cites not in kind.groups:
        raise BadDeclaration(f"{where}: {kind.cites}, which it cites, is not a group of its fields")
    for names in kind.ascending:
        for name in names:
            if name not in kind.fields:
                raise BadDeclaration(f"{where}: {name}, listed in ascending, is not one of its fields")
        if len({kind.fields[name].type.python for name in names}) > 1 or "lt" not in kind.fields[names[0]].type.operators:
            raise BadDeclaration(f"{where}: {' and '.join(names)}, listed in ascending, must all have the same ordered type")
    _check_quantities(where, kind)
    _check_finds(where, kind)
    for columns in kind.indexes:
        for column in columns:
            if column.removeprefix("-") not in {*kind.fields, "id"}:
                raise BadDeclaration(f"{where}: an index names {column}, which is not one of its fields")


def _check_finds(where: str, kind: Kind) -> None:
    for name in kind.finds:
        field = kind.fields.get(name)
        if field is None or field.type.many or not (field.type.ref or (field.type.vocabulary and not field.type.levels)):
            raise BadDeclaration(f"{where}: {name}, which finds its records, is neither a reference to one record nor a field with codes")


def _check_quantities(where: str, kind: Kind) -> None:
    """Check that every measure has its units and every quantifier its bounds, so that a new code cannot be forgotten."""
    if not (quantities := kind.quantities):
        return
    for name, table in (
        (quantities.measure, quantities.units),
        (quantities.quantifier, quantities.bounds),
        (quantities.quantifier, quantities.beside),
    ):
        vocabulary = kind.fields[name].type.vocabulary if name in kind.fields else None
        if vocabulary is None or {*table} != {*vocabulary.codes}:
            raise BadDeclaration(f"{where}: its quantities must say something of each code of {name}")
    unit = kind.fields[quantities.unit].type.vocabulary
    if unit is None or not {*quantities.fractional, *(unit for units in quantities.units.values() for unit in units)} <= {*unit.codes}:
        raise BadDeclaration(f"{where}: its quantities name a unit that the vocabulary lacks")
