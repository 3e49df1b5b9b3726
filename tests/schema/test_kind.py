"""A faulty declaration is refused at import with the reason; everything else about a kind is derived from its declaration."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from schema.codelists.vocabularies import MEASURE, Vocabulary
from schema.kinds import KINDS
from schema.model.declaration_error import BadDeclaration
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.names import SQL_KEYWORDS
from schema.model.operators import EQUALITY, ORDERED
from schema.model.types import (
    DATE,
    INTEGER,
    NUMBER,
    RECORD,
    TEXT,
    TEXTS,
    Type,
    code,
    ref,
    refs,
)
from schema.surfaces.graphql.surface import Surface

from ..conftest import Databases
from ..support.new_field import with_fields


def kind(*fields: Field, name: str = "thing", plural: str = "things", **more: Any) -> Kind:
    return Kind(name, plural, "A thing.", *fields, **more)


def text(name: str, **more: Any) -> Field:
    return Field(name, TEXT, "A text.", **more)


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "a name in capitals": (lambda: kind(text("Name")), "'Name' is not a name in snake_case"),
    "a name with a hyphen": (lambda: kind(text("a-b")), "'a-b' is not a name in snake_case"),
    "a name that PostgreSQL reserves": (lambda: kind(text("end")), "end is an SQL keyword"),
    "a kind that PostgreSQL reserves": (lambda: kind(text("name"), name="user", plural="users"), "user is an SQL keyword"),
    "a group in capitals": (lambda: kind(text("name", group="Value")), "'Value' is not a name in snake_case"),
    "a plural with a space": (lambda: kind(text("name"), plural="many things"), "'many things' is not a name"),
    "a plural like the name": (lambda: kind(text("name"), plural="thing"), "its plural must differ from its name"),
    "a kind without fields": (kind, "declares no field"),
    "a field twice": (lambda: kind(text("name"), text("name")), "declares a field twice"),
    "a reserved name": (lambda: kind(text("id")), "id is reserved; choose another name"),
    "the name of a column of claims": (lambda: kind(text("locator")), "locator is reserved"),
    "the column of a chosen claim": (lambda: kind(text("name"), text("name_claim")), "name_claim is the column of the claim chosen for name"),
    "a description without a full stop": (lambda: kind(Field("name", TEXT, "A text")), "the description of name must be a sentence"),
    "a kind's description without a full stop": (lambda: Kind("thing", "things", "A thing", text("name")), "kind thing: its description must be a sentence"),
    "a record as a field": (lambda: kind(Field("more", RECORD, "More.")), "more cannot be a record; only claims have one"),
    "a reverse of a text": (lambda: kind(text("name", reverse="names")), "name has a reverse but is not a reference to one record"),
    "a reverse of a list": (lambda: kind(Field("of", refs("thing"), "Things.", reverse="parts")), "of has a reverse"),
    "a search in numbers": (lambda: kind(Field("size", INTEGER, "A size.", search=True)), "size cannot be searched: its type is integer, not a text"),
    "a group named as a field outside it": (lambda: kind(text("value"), text("low", group="value")), "the group value has the name of a field outside it"),
    "a label that is no field": (lambda: kind(text("name"), label="title"), "title is not one of its fields"),
    "a root that is no field": (lambda: kind(text("name"), root="relays"), "relays is not one of its fields"),
    "a root that leads elsewhere": (lambda: kind(text("name"), root="name"), "its root, name, must be a list of references to things"),
    "a point that is no field": (lambda: kind(text("name"), point=("latitude", "longitude")), "latitude is not one of its fields"),
    "a point with half of it elsewhere": (
        lambda: Kinds([kind(Field("latitude", NUMBER, "Degrees."), Field("at", ref("thing"), "A place."), point=("latitude", "at"))]),
        "kind thing: its point must be a latitude and a longitude, or references to what has one",
    ),
    "a point that leads to itself": (
        lambda: Kinds([kind(Field("at", ref("thing"), "A place."), point=("at",))]),
        "thing has the point of its at, which leads back to it or to records without a point",
    ),
    "an ascent over no field": (lambda: kind(text("name"), ascending=[("low", "high")]), "low, listed in ascending, is not one of its fields"),
    "an ascent over two types": (
        lambda: kind(Field("low", NUMBER, "A number."), Field("to_day", DATE, "A day."), ascending=[("low", "to_day")]),
        "low and to_day, listed in ascending, must all have the same ordered type",
    ),
    "an index over no field": (lambda: kind(text("name"), indexes=[("-started_on",)]), "an index names -started_on, which is not one of its fields"),
    "a reference to no kind": (lambda: Kinds([kind(Field("place", ref("location"), "A place."))]), "thing.place refers to location, which is not a kind"),
    "a reverse that is a field there": (
        lambda: Kinds([kind(text("parts"), Field("part_of", ref("thing"), "The whole.", reverse="parts"))]),
        "thing already has something named parts",
    ),
    "two reverses of one name": (
        lambda: Kinds([kind(Field("a", ref("thing"), "One.", reverse="parts"), Field("b", ref("thing"), "Two.", reverse="parts"))]),
        "thing already has something named parts",
    ),
    "a reserved reverse": (lambda: Kinds([kind(Field("a", ref("thing"), "One.", reverse="claims"))]), "already has something named claims"),
    "two kinds of one name": (lambda: Kinds([kind(text("name")), kind(text("name"), plural="other_things")]), "two kinds are named thing"),
    "two kinds of one plural": (lambda: Kinds([kind(text("name")), kind(text("name"), name="item")]), "two kinds have the plural things"),
    "a kind named as a table of another": (
        lambda: Kinds([kind(text("name")), kind(text("name"), name="thing_claim", plural="thing_claims")]),
        "thing_claim is reserved or could be a table of another kind",
    ),
    "a kind named as the table of revisions": (lambda: Kinds([kind(text("name"), name="revision", plural="all_revisions")]), "revision is reserved"),
}  # fmt: skip


@pytest.mark.parametrize(("declare", "why"), BAD.values(), ids=BAD)
def test_a_bad_declaration_is_refused_with_the_reason(declare: Callable[[], object], why: str) -> None:
    with pytest.raises(BadDeclaration, match=re.escape(why)):
        declare()


def test_every_keyword_that_postgresql_reserves_is_refused(words: set[str]) -> None:
    assert words <= SQL_KEYWORDS


@pytest.fixture
async def words(databases: Databases) -> set[str]:
    connection = await asyncpg.connect(databases.url("postgres"))
    try:
        return {row["word"] for row in await connection.fetch("select word from pg_get_keywords() where catcode in ('R', 'T')")}
    finally:
        await connection.close()


def test_groups_links_and_reverses_are_derived_from_the_declaration() -> None:
    parts = Field("part_of", ref("thing"), "The whole.", reverse="parts")
    thing = kind(
        text("name", search=True),
        Field("names", TEXTS, "Names.", search=True),
        parts,
        text("low", group="value"),
        text("high", group="value"),
    )
    kinds = Kinds([thing])
    assert {name: [field.name for field in fields] for name, fields in thing.groups.items()} == {
        "name": ["name"], "names": ["names"], "part_of": ["part_of"], "value": ["low", "high"],
    }  # fmt: skip
    assert [field.name for field in thing.searched] == ["name", "names"]
    assert thing.links == (parts,)
    assert kinds.nesting_field(thing) is parts
    assert thing.reverses["parts"].field is parts
    assert kinds.by_plural == {"things": thing}
    assert kinds.operators(parts) == ("eq", "ne", "one_of", "known", "within", "match")


def test_sources_are_settled_first() -> None:
    assert KINDS.settling_order[0].name == "source"
    assert set(KINDS.settling_order) == set(KINDS.values())


@pytest.mark.parametrize("type", [
    dataclasses.replace(TEXT, operators=ORDERED),
    dataclasses.replace(INTEGER, operators=EQUALITY),
    code(Vocabulary(MEASURE.name, "Something else.", "A test.", [("other", "Other", "Another code.")])),
])  # fmt: skip
def test_graphql_refuses_a_type_that_it_would_take_for_another(type: Type) -> None:
    """Inputs and enums are named after the scalar or the vocabulary; the second of a name was dropped, with its operators or codes."""
    kinds = Kinds(
        [with_fields(kind, *([Field("new", type, "A field of a new type.")] if kind.name == "source" else [])) for kind in KINDS.values()]
    )
    with pytest.raises(BadDeclaration, match=r"but one input, (Text|Integer)Filter|become one enum, Measure"):
        Surface(kinds)
