"""Field and Kind, the meta-model: a record kind is declared once, and a bad declaration is refused at import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .errors import BadDeclaration
from .totals import TotalsRoles
from .types import Type

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# Columns every claim has beside the fields of its kind; a field of a kind cannot take their names.
CLAIM_COLUMNS = (
    "key", "record", "source", "quoted_from", "locator", "attributed_to", "rank", "credibility", "note", "entered_by", "original", "collection", "added_in",
)  # fmt: skip
RESERVED = {"id", "key", "search", "root", "claims", "added_in", "removed_in", "reason", "provenance", "revision", "as_of", "fields",
            "order", "after", "limit", "chosen", "chosen_for"}  # fmt: skip

# Words that PostgreSQL takes for its own unless quoted, and we never quote; a test holds them to its pg_get_keywords().
KEYWORDS = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "authorization",
        "binary",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "collation",
        "column",
        "concurrently",
        "constraint",
        "create",
        "cross",
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "deferrable",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "ilike",
        "in",
        "initially",
        "inner",
        "intersect",
        "into",
        "is",
        "isnull",
        "join",
        "lateral",
        "leading",
        "left",
        "like",
        "limit",
        "localtime",
        "localtimestamp",
        "natural",
        "not",
        "notnull",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "overlaps",
        "placing",
        "primary",
        "references",
        "returning",
        "right",
        "select",
        "session_user",
        "similar",
        "some",
        "symmetric",
        "system_user",
        "table",
        "tablesample",
        "then",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
    ]
)


@dataclass(frozen=True)
class Field:
    """One field of a kind. `group`: fields that only make sense together are settled from one claim."""

    name: str
    type: Type
    description: str
    group: str = ""
    unit: str | None = None
    required: bool = False
    search: bool = False
    index: bool = False
    reverse: str | None = None  # For a reference: what the records that refer are called on the record referred to.

    @property
    def orderable(self) -> bool:
        """References and lists have no order of their own."""
        return self.type.ref is None and not self.type.many

    @property
    def group_name(self) -> str:
        return self.group or self.name


@dataclass(frozen=True)
class Reverse:
    """The other end of a reference: the records of `kind` whose `field` refers to this one."""

    name: str
    kind: Kind
    field: Field


class Kind:
    """A kind of record: its name, its plural, its fields, and what follows from them."""

    def __init__(
        self, name: str, plural: str, description: str, *fields: Field,
        label: str | None = None, root: str | None = None, permits: str | None = None, indexes: Iterable[tuple[str, ...]] = (), packs: Iterable[str] = (),
        ascending: Iterable[tuple[str, ...]] = (), point: tuple[str, ...] = (), totals: TotalsRoles | None = None,
    ) -> None:  # fmt: skip
        self.name, self.plural, self.description = name, plural, description
        self.fields = {one.name: one for one in fields}
        self.label = label  # The field that names a record to a person.
        self.root = root  # The list of references that is followed to a root, where there is one.
        self.permits = permits  # Of sources: the field that says whether what they claim may be passed on.
        self.indexes = tuple(indexes)  # Columns of further indexes; a leading '-' is descending.
        self.ascending = tuple(ascending)  # Fields whose values, where known, should not descend; told where they do.
        self.point = point  # Latitude and longitude, or the reference that leads to a record that has them.
        self.packs = tuple(packs)  # Links, by field or reverse, whose records are kept beside the row as well, for quick lists.
        self.totals = totals  # How its numbers are summed, where they may be.
        self.reverses: dict[str, Reverse] = {}
        _check(self, fields)

    @cached_property
    def graphql(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("_"))

    @cached_property
    def groups(self) -> dict[str, tuple[Field, ...]]:
        """The fields that are settled together, by the name of their group."""
        names = dict.fromkeys(one.group_name for one in self.fields.values())
        return {name: tuple(f for f in self.fields.values() if f.group_name == name) for name in names}

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields.values() if one.search)

    @cached_property
    def links(self) -> tuple[Field, ...]:
        """The fields that refer to one record."""
        return tuple(one for one in self.fields.values() if one.type.ref and not one.type.many)

    def __repr__(self) -> str:
        return f"<kind {self.name}>"


class Kinds(dict[str, Kind]):
    """All kinds by name, with both ends of every reference tied."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        super().__init__()
        for kind in kinds:
            self._add(kind)
            kind.reverses = {}
        for kind in self.values():
            for one in kind.fields.values():
                if one.type.ref is not None:
                    self._tie(kind, one)
        for kind in self.values():
            for name in kind.packs:
                self._check_pack(kind, name)
        types = {kind.name: {one.name: one.type for one in kind.fields.values()} for kind in self.values()}
        for kind in self.values():
            for problem in kind.totals.problems(kind.name, types) if kind.totals else ():
                raise BadDeclaration(f"kind {kind.name}: its totals: {problem}")

    def _add(self, kind: Kind) -> None:
        if kind.name in self:
            raise BadDeclaration(f"two kinds are named {kind.name}")
        if kind.plural in {other.plural for other in self.values()}:
            raise BadDeclaration(f"two kinds have the plural {kind.plural}")
        self[kind.name] = kind

    def _tie(self, kind: Kind, one: Field) -> None:
        target = self.get(one.type.ref or "")
        if target is None:
            raise BadDeclaration(f"{kind.name}.{one.name} refers to {one.type.ref}, which is no kind")
        if one.reverse is None:
            return
        if one.reverse in target.fields or one.reverse in target.reverses or one.reverse in RESERVED:
            raise BadDeclaration(f"{kind.name}.{one.name}: {target.name} already has something named {one.reverse}")
        target.reverses[one.reverse] = Reverse(one.reverse, kind, one)

    def _check_pack(self, kind: Kind, name: str) -> None:
        if name not in kind.reverses and name not in [one.name for one in kind.links]:
            raise BadDeclaration(f"{kind.name} packs {name}, which is neither a reference to one record nor the other end of one")
        if self.packed(kind, name).packs or self.packed(kind, name) is kind:
            raise BadDeclaration(f"{kind.name} packs {name}, whose records would hold records themselves")

    def packed(self, kind: Kind, name: str) -> Kind:
        """The kind of the records that a link of a kind leads to, by field or from the other end."""
        return kind.reverses[name].kind if name in kind.reverses else self[kind.fields[name].type.ref or ""]

    @cached_property
    def summed(self) -> tuple[Kind, ...]:
        """The kinds whose numbers can be summed."""
        return tuple(kind for kind in self.values() if kind.totals)

    @cached_property
    def by_plural(self) -> dict[str, Kind]:
        return {kind.plural: kind for kind in self.values()}

    def nests(self, kind: Kind) -> Field | None:
        """The field by which records of a kind are part of one another, if there is one."""
        return next((one for one in kind.links if one.type.ref == kind.name), None)

    def operators(self, one: Field) -> tuple[str, ...]:
        """The operators that can be asked of a field; references to single records can be followed."""
        if one.type.ref is None or one.type.many:
            return one.type.operators
        within = ("within",) if self.nests(self[one.type.ref]) else ()
        return (*one.type.operators, *within, "match")

    @cached_property
    def in_order(self) -> tuple[Kind, ...]:
        """Sources first, since preference among claims rests on settled sources; what holds records of other kinds after those."""
        return tuple(sorted(self.values(), key=lambda kind: (kind.name != "source", bool(kind.packs))))


def _check(kind: Kind, fields: tuple[Field, ...]) -> None:
    where = f"kind {kind.name}"
    for name in (kind.name, kind.plural, *(one.name for one in fields), *(one.group_name for one in fields)):
        _check_name(where, name)
    if kind.name in (*RESERVED, "withheld") or kind.name.endswith(("_claim", "_history", "_withheld")):
        raise BadDeclaration(f"{where}: {kind.name} is reserved, or the name of another kind's table; choose another name")
    if kind.name == kind.plural:
        raise BadDeclaration(f"{where} needs a plural of its own")
    if not kind.description.endswith("."):
        raise BadDeclaration(f"{where}: its description is no sentence with a full stop")
    if not fields:
        raise BadDeclaration(f"{where} declares no field")
    if len(kind.fields) != len(fields):
        raise BadDeclaration(f"{where} declares a field twice")
    for one in fields:
        _check_field(where, kind, one)
    _check_roles(where, kind)


def _check_name(where: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadDeclaration(f"{where}: {name!r} is no name in snake_case")
    if name in KEYWORDS:
        raise BadDeclaration(f"{where}: {name} is a word of SQL; choose another name")


def _check_roles(where: str, kind: Kind) -> None:
    """What is said of fields by their names: label, root, point, what ascends, and indexes."""
    for name in (kind.label, kind.root, kind.permits, *kind.point):
        if name is not None and name not in kind.fields:
            raise BadDeclaration(f"{where}: {name} is none of its fields")
    if kind.root and not (kind.fields[kind.root].type.many and kind.fields[kind.root].type.ref == kind.name):
        raise BadDeclaration(f"{where}: {kind.root} is no list of references to {kind.plural}, so it leads to no root")
    for names in kind.ascending:
        for name in names:
            if name not in kind.fields:
                raise BadDeclaration(f"{where}: {name}, which should ascend, is none of its fields")
        if len({kind.fields[name].type.python for name in names}) > 1 or "lt" not in kind.fields[names[0]].type.operators:
            raise BadDeclaration(f"{where}: {' and '.join(names)}, which should ascend, are not of one ordered type")
    for columns in kind.indexes:
        for column in columns:
            if column.removeprefix("-") not in {*kind.fields, "id"}:
                raise BadDeclaration(f"{where}: the index over {column} has no such field")


def _check_field(where: str, kind: Kind, one: Field) -> None:
    if one.name in RESERVED or one.name in CLAIM_COLUMNS:
        raise BadDeclaration(f"{where}: {one.name} is reserved; choose another name")
    if one.name.removesuffix("_claim") in kind.groups and one.name.endswith("_claim"):
        raise BadDeclaration(
            f"{where}: {one.name} is the column of the claim chosen for {one.name.removesuffix('_claim')}; choose another name"
        )
    if not one.description.endswith("."):
        raise BadDeclaration(f"{where}: the description of {one.name} is no sentence with a full stop")
    if one.reverse and not (one.type.ref and not one.type.many):
        raise BadDeclaration(f"{where}: {one.name} names a reverse but refers to no single record")
    if one.search and one.type.sql not in ("text", "text[]"):
        raise BadDeclaration(f"{where}: {one.name} is searched but is no text")
    if one.group in kind.fields and kind.fields[one.group].group != one.group:
        raise BadDeclaration(f"{where}: the group {one.group} has the name of a field outside it")
