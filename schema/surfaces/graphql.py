"""The kinds as Strawberry types: objects, filters, orders, provenance; and, for each field, what it stands for."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Optional

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.utils.str_converters import to_camel_case

from ..codelists.vocabularies import Vocabulary
from ..model import withholding
from ..model.claim import CLAIM_FIELDS
from ..model.kind import Field, Kind, Kinds, Reverse
from ..model.revisions import RECEIPT_SENTENCE, REVISION_SENTENCE
from ..model.totals import (
    ALWAYS,
    COUNTS,
    LEFT_OUT_REASON,
    RULE_SENTENCE,
    SUMS,
    TOTALS_COLUMN,
    TOTALS_KEY,
)
from ..model.types import OPERATORS, Type

camel = cache(to_camel_case)


def _as_text(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"must be text, not {value!r}")
    return value


# Values arrive and leave as the text of JSON: the types of fields parse what is asked, PostgreSQL writes what is answered.
DATE = strawberry.scalar(
    name="Date", description="A date, ISO 8601, as 2024-11-27.", serialize=str, parse_value=_as_text,
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
)  # fmt: skip
DATE_TIME = strawberry.scalar(
    name="DateTime", description="A point in time, ISO 8601, as 2024-12-01T00:00:00Z; without a zone it is UTC, and a date alone means its end.",
    serialize=str, parse_value=_as_text, specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
)  # fmt: skip
SCALARS: dict[str, Any] = {"String": str, "Int": int, "Float": float, "Boolean": bool, "Date": dt.date, "JSON": JSON}
WORDS = {"String": "Text", "Int": "Integer", "Float": "Number", "Boolean": "Boolean", "Date": "Date", "JSON": "Record"}


@dataclass(frozen=True)
class Member:
    """What a field of a GraphQL type stands for; the compiler of queries goes by `role`."""

    role: str
    field: Field | None = None
    kind: Kind | None = None
    reverse: Reverse | None = None
    column: str = ""


class _Draft:
    """A Strawberry type in the making: Strawberry reads classes, so fields are gathered first and set at once."""

    def __init__(self, name: str, description: str) -> None:
        self.name, self.description = name, description
        self.python = type(name, (), {})
        self.members: dict[str, Member] = {}
        self.annotations: dict[str, Any] = {}

    def add(self, name: str, annotation: Any, description: str, member: Member, resolver: Callable[..., Any] | None = None) -> None:
        graphql = camel(name)
        self.members[graphql] = member
        made = strawberry.field(resolver=resolver or PLAIN, name=graphql, description=description, graphql_type=annotation)
        setattr(self.python, name, made)

    def input(self, name: str, annotation: Any, description: str) -> None:
        default = strawberry.field(name=camel(name), description=description, default=strawberry.UNSET)
        python = f"{name}_" if name in ("and", "or", "not") else name
        setattr(self.python, python, default)
        self.annotations[python] = Optional[annotation]

    def finish(self, kind: str = "object") -> None:
        self.python.__annotations__ = self.annotations
        self.python.__module__ = __name__
        if kind == "object":
            strawberry.type(self.python, name=self.name, description=self.description)
        else:
            strawberry.input(self.python, name=self.name, description=self.description, one_of=kind == "one of")


def config() -> StrawberryConfig:
    """How Strawberry is to make the schema of a Surface."""
    return StrawberryConfig(auto_camel_case=True, scalar_map={dt.date: DATE, dt.datetime: DATE_TIME})


def never(*_: object, **__: object) -> None:
    """No resolver is ever run: every answer is compiled to SQL before execution."""
    raise RuntimeError("a resolver ran; the compiled answer should have been set before")


class Surface:
    """Every GraphQL type of some kinds, and the meaning of every field of every object type."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.enums: dict[str, Any] = {}
        self.drafts: dict[str, _Draft] = {}
        self.inputs: dict[str, _Draft] = {}
        self.choices: dict[str, _Draft] = {}
        self.direction = _enum("Direction", {"ASC": "asc", "DESC": "desc"}, "Ascending or descending. Unknown values come last either way.")
        self._shared()
        for kind in kinds.values():
            for draft in (
                kind.graphql,
                f"{kind.graphql}Connection",
                f"{kind.graphql}Edge",
                f"{kind.graphql}Provenance",
                f"{kind.graphql}Claim",
            ):
                self.drafts[draft] = _Draft(draft, "")
            self.inputs[f"{kind.graphql}Where"] = _Draft(f"{kind.graphql}Where", f"Conditions on {kind.plural}; all of them must hold.")
            self.choices[f"{kind.graphql}Order"] = _Draft(
                f"{kind.graphql}Order", f"One term of an order of {kind.plural}: exactly one field."
            )
        for kind in kinds.values():
            self._kind(kind)
        for kind in kinds.summed:
            self._totals(kind)
        self.query = self._roots("Query", "The facts as they stand now.")
        for made in self.drafts.values():
            made.finish()
        for made in self.inputs.values():
            made.finish("input")
        for made in self.choices.values():
            made.finish("one of")

    @property
    def members(self) -> dict[str, dict[str, Member]]:
        return {name: draft.members for name, draft in self.drafts.items()}

    def _kind(self, kind: Kind) -> None:
        self._object(kind)
        self._connection(kind)
        self._provenance(kind)
        self._claim(kind)
        self._where(kind)
        self._order(kind)

    # Objects

    def _object(self, kind: Kind) -> None:
        draft = self.drafts[kind.graphql]
        draft.description = kind.description
        draft.add("id", strawberry.ID, "The id, chosen by the collection and stable for ever.", Member("id"))
        for one in kind.fields.values():
            annotation = self._output(one)
            draft.add(one.name, annotation if one.required else Optional[annotation], described(one), self._member(one))
        for reverse in kind.reverses.values():
            connection = self.drafts[f"{reverse.kind.graphql}Connection"].python
            description = f"The {reverse.kind.plural} whose {reverse.field.name} this {kind.name} is."
            draft.add(reverse.name, connection, description, Member("page", kind=reverse.kind, reverse=reverse), self._pages(reverse.kind))
        draft.add(
            "provenance", self.drafts[f"{kind.graphql}Provenance"].python, "Who says so, field by field.", Member("provenance", kind=kind)
        )
        claims = _list(self.drafts[f"{kind.graphql}Claim"].python)
        draft.add(
            "claims", claims, "What each source says of this record, claim by claim.", Member("claims", kind=kind), _claims_resolver()
        )
        draft.add("added_in", int, "The revision that this version of the record came with.", Member("added_in"))

    def _member(self, one: Field) -> Member:
        if one.type.ref is None:
            return Member("value", field=one)
        return Member("links" if one.type.many else "link", field=one, kind=self.kinds[one.type.ref])

    def _output(self, one: Field) -> Any:
        if one.type.ref is not None:
            python: Any = self.drafts[self.kinds[one.type.ref].graphql].python
        else:
            python = self._scalar(one.type)
        return _list(python) if one.type.many else python

    def _scalar(self, type: Type) -> Any:
        if type.vocabulary is not None and not type.levels:
            return self._enum(type.vocabulary)
        return SCALARS[type.graphql]

    def _enum(self, vocabulary: Vocabulary) -> Any:
        if vocabulary.graphql not in self.enums:
            values = {
                name: strawberry.enum_value(code, description=f"{entry.label}. {entry.definition}")
                for name, code in vocabulary.by_graphql_name.items() for entry in [vocabulary.codes[code]]
            }  # fmt: skip
            description = f"{vocabulary.description} Origin: {vocabulary.origin}"
            self.enums[vocabulary.graphql] = _enum(vocabulary.graphql, values, description)
        return self.enums[vocabulary.graphql]

    # Lists

    def _connection(self, kind: Kind) -> None:
        record = self.drafts[kind.graphql].python
        edge, connection = self.drafts[f"{kind.graphql}Edge"], self.drafts[f"{kind.graphql}Connection"]
        edge.description = f"One of a list of {kind.plural}, with its cursor."
        edge.add("cursor", str, "Where the list goes on after this one.", Member("cursor"))
        edge.add("node", record, f"The {kind.name}.", Member("node", kind=kind))
        connection.description = f"A page of {kind.plural}."
        connection.add("nodes", _list(record), f"The {kind.plural} of this page.", Member("nodes", kind=kind))
        connection.add("edges", _list(edge.python), "The same, each with its cursor.", Member("edges", kind=kind))
        connection.add("page_info", self.drafts["PageInfo"].python, "Whether and where the list goes on.", Member("page_info"))
        connection.add("total_count", int, "How many there are on all pages.", Member("total"))

    def _pages(self, kind: Kind) -> Callable[..., Any]:
        where = self.inputs[f"{kind.graphql}Where"].python
        order = self.choices[f"{kind.graphql}Order"].python
        arguments = {
            "where": (where, "Conditions; all of them must hold."),
            "order_by": (_list(order), "The order; ties are broken by id. By default by id."),
            "first": (int, "How many at most: 1 to 1,000; by default 100."),
            "after": (str, "A cursor: the page after it, as of the revision of the page that gave it."),
        }
        if kind.searched:
            arguments["search"] = (
                str,
                f"Words that must occur in {', '.join(f.name for f in kind.searched)}, whatever their case and accents.",
            )
        return _resolver(arguments)

    def _shared(self) -> None:
        info = self.drafts["PageInfo"] = _Draft("PageInfo", "Whether and where a list goes on.")
        info.add("has_next_page", bool, "Whether there is a page after this one.", Member("more"))
        info.add("has_previous_page", bool, "Whether this page was asked for by a cursor.", Member("previous"))
        info.add("start_cursor", Optional[str], "The cursor of the first of this page.", Member("start_cursor"))
        info.add("end_cursor", Optional[str], "The cursor of the last of this page.", Member("end_cursor"))
        self._revision_type()
        self._withheld_type()

    def _revision_type(self) -> None:
        draft = self.drafts["Revision"] = _Draft("Revision", REVISION_SENTENCE)
        for name, annotation, description in (
            ("id", int, "1, 2, 3, …: the coordinate of every answer."),
            ("recorded_at", dt.datetime, "When it was recorded, UTC."),
            ("kind", str, "What sort of change it was."),
            ("message", str, "What changed, in a sentence."),
            ("author", str, "Who made it."),
            ("tool", str, "The program that made it, with its version."),
            ("rule", str, "The rule that settled facts from claims, with its version."),
            ("digest", str, "SHA-256 of what was loaded."),
            ("counts", JSON, "Claims added, changed, retracted and unchanged, and records, by kind."),
        ):
            draft.add(name, annotation, description, Member("column", column=name))
        told = f"{RECEIPT_SENTENCE} Only of one revision, `revision(id:)`; not in lists."
        draft.add("receipt", Optional[JSON], told, Member("receipt", column="receipt"))

    def _withheld_type(self) -> None:
        draft = self.drafts["Withheld"] = _Draft("Withheld", withholding.SENTENCE)
        for name, description in withholding.COLUMNS.items():
            draft.add(name, int if name in withholding.COUNTS else str, description, Member("column", column=name))
        for name in withholding.OF_SOURCE:
            draft.add(name, Optional[str], self.kinds["source"].fields[name].description, Member("column", column=name))

    # Provenance

    def _provenance(self, kind: Kind) -> None:
        draft = self.drafts[f"{kind.graphql}Provenance"]
        draft.description = f"Who says so, for each field of a {kind.name}."
        for one in kind.fields.values():
            draft.add(one.name, self._proof(one).python, f"Who says so: {described(one)}", Member("proof", field=one, kind=kind))

    def _proof(self, one: Field) -> _Draft:
        """The provenance of a field; fields of one type share it."""
        word = self._word(one)
        name = f"{word}Provenance"
        if name not in self.drafts:
            proof = self.drafts[name] = _Draft(name, f"Who says so, for a field of the type {word}.")
            claim = self.drafts[f"{word}ValueClaim"] = _Draft(f"{word}ValueClaim", f"What one source says of a field of the type {word}.")
            claim.add(
                "value",
                Optional[self._output(one)],
                "What the source says; null where it gives only other fields of the group.",
                Member("claimed"),
            )
            claim.add("chosen", bool, "Whether the published value is settled from this claim.", Member("chosen"))
            self._testimony(claim)
            proof.add("claims", _list(claim.python), "Every claim that speaks of the field.", Member("field_claims"), _claims_resolver())
            proof.add(
                "origins", int, "How many independent origins back the published value: who repeats another is none.", Member("origins")
            )
            proof.add("disputed", bool, "Whether live claims give different values.", Member("disputed"))
        return self.drafts[name]

    def _word(self, one: Field) -> str:
        if one.type.ref is not None:
            return self.kinds[one.type.ref].graphql + ("References" if one.type.many else "Reference")
        if one.type.vocabulary is not None and not one.type.levels:
            return one.type.vocabulary.graphql
        return WORDS[one.type.graphql] + ("s" if one.type.many else "")

    def _testimony(self, draft: _Draft) -> None:
        source = self.kinds["source"]
        draft.add("source", self.drafts[source.graphql].python, "The source that makes the claim.", Member("claim_source", kind=source))
        for one in CLAIM_FIELDS.values():
            annotation = self._output(one)
            fixed = one.name in ("rank", "quoted_from")
            draft.add(one.name, annotation if fixed else Optional[annotation], described(one), self._member(one))
        draft.add("added_in", int, "The revision that this version of the claim came with.", Member("added_in"))

    def _claim(self, kind: Kind) -> None:
        draft = self.drafts[f"{kind.graphql}Claim"]
        draft.description = f"What one source says of one {kind.name}: null in a field means that it does not speak of it."
        self._testimony(draft)
        draft.add("chosen_for", list[str], "The fields whose published value is settled from this claim.", Member("chosen_for", kind=kind))
        for one in kind.fields.values():
            draft.add(one.name, Optional[self._output(one)], described(one), self._member(one))

    # Filters

    def _where(self, kind: Kind) -> None:
        draft = self.inputs[f"{kind.graphql}Where"]
        draft.input("id", self._filter("Id", strawberry.ID, ("eq", "ne", "one_of"), "an id"), "The id.")
        for one in kind.fields.values():
            draft.input(one.name, self._field_filter(one), described(one))
        draft.input("and", _list(draft.python), "All of these must hold.")
        draft.input("or", _list(draft.python), "One of these must hold.")
        draft.input("not", draft.python, "This must not hold.")

    def _field_filter(self, one: Field) -> Any:
        operators = self.kinds.operators(one)
        if one.type.ref is not None:
            kind = self.kinds[one.type.ref]
            where = self.inputs[f"{kind.graphql}Where"].python
            word = f"{kind.graphql}{'References' if one.type.many else 'Reference'}"
            return self._filter(word, strawberry.ID, operators, f"a reference to a record of kind {kind.name}", where)
        return self._filter(self._word(one), self._scalar(one.type), operators, f"a field of the type {self._word(one)}")

    def _filter(self, word: str, python: Any, operators: tuple[str, ...], what: str, where: Any = None) -> Any:
        # Fields of one GraphQL type may have different operators: an address can be searched, a language tag not.
        name = f"{word}Filter" if word != "Text" or "contains" in operators else "TagFilter"
        if name not in self.inputs:
            draft = self.inputs[name] = _Draft(name, f"Conditions on {what}; all of them must hold.")
            for operator in operators:
                meaning = OPERATORS[operator]
                argument = bool if meaning.flag else where if operator == "match" else list[python] if meaning.many else python
                draft.input(operator, argument, meaning.sentence)
        return self.inputs[name].python

    def _order(self, kind: Kind) -> None:
        draft = self.choices[f"{kind.graphql}Order"]
        draft.input("id", self.direction, "By id.")
        for one in kind.fields.values():
            if one.orderable:
                draft.input(one.name, self.direction, f"By {one.name}.")

    # Totals

    def _totals(self, kind: Kind) -> None:
        rows = self.drafts["TotalsRow"] = _Draft("TotalsRow", "")
        left = self.drafts["LeftOut"] = _Draft("LeftOut", "")
        rows.description = "One sum, of one measure, unit and basis. Keys that were not asked for are null."
        for name, entry in {**TOTALS_KEY.codes, **TOTALS_COLUMN.codes}.items():
            annotation, target = self._total(kind, name)
            known = name in (*COUNTS, *ALWAYS, SUMS[0])
            rows.add(name, annotation if known else Optional[annotation], entry.definition, Member("total", kind=target, column=name))
        left.description = "How many figures were not added, for one reason."
        left.add("reason", self._enum(LEFT_OUT_REASON), "Why.", Member("total", column="reason"))
        left.add(COUNTS[0], int, "How many.", Member("total", column=COUNTS[0]))
        totals = self.drafts["Totals"] = _Draft("Totals", f"Sums of {kind.plural} that may be added, and what was left out of them.")
        totals.add("rows", _list(rows.python), "The sums, in the order of their keys; at most 10,000.", Member("total_rows"))
        totals.add("left_out", _list(left.python), f"What was not added, and why. {RULE_SENTENCE}", Member("left_out"))

    def _total(self, kind: Kind, name: str) -> tuple[Any, Kind | None]:
        """The type of a column of totals, and the kind of record that it shows."""
        if name in SUMS or name in COUNTS:
            return (SCALARS["Float"] if name in SUMS else int), None
        assert kind.totals is not None
        event = self.kinds[kind.fields[kind.totals.event].type.ref or ""]
        one = {**event.fields, **kind.fields}.get(getattr(kind.totals, name, ""))
        if one is None:
            return (str if name == "month" else int), None
        return self._output(one), self.kinds[one.type.ref] if one.type.ref else None

    def _total_root(self, draft: _Draft, kind: Kind) -> None:
        arguments = {
            "by": (_list(self._enum(TOTALS_KEY)), "What to group by. Rows are always of one measure, one unit and one basis."),
            "where": (self.inputs[f"{kind.graphql}Where"].python, "Conditions; all of them must hold."),
            "since": (
                dt.date,
                f"Only {kind.plural} of this day or a later one: the first day of their own period, or else of their event.",
            ),
            "until": (dt.date, f"Only {kind.plural} of this day or an earlier one."),
        }
        told = f"Sums of {kind.plural}, of what may be added; the rest is told in `leftOut`."
        draft.add("totals", self.drafts["Totals"].python, told, Member("totals", kind=kind), _resolver(arguments))

    # Roots

    def _roots(self, name: str, description: str) -> type:
        draft = self.drafts[name] = _Draft(name, description)
        for kind in self.kinds.values():
            record = self.drafts[kind.graphql].python
            one = _resolver({}, {"id": (strawberry.ID, f"The id of the {kind.name}.")})
            draft.add(
                kind.name, Optional[record], f"One {kind.name} by its id; null where there is none.", Member("record", kind=kind), one
            )
            connection = self.drafts[f"{kind.graphql}Connection"].python
            draft.add(
                kind.plural, connection, f"{kind.plural.capitalize()}: {kind.description}", Member("page", kind=kind), self._pages(kind)
            )
        for kind in self.kinds.summed:
            self._total_root(draft, kind)
        revision = self.drafts["Revision"].python
        number = {"id": (int, "The number of the revision; by default that of this answer.")}
        draft.add("revision", Optional[revision], "One revision.", Member("revision"), _resolver(number))
        before = {"first": (int, "How many at most: 1 to 1,000; by default 100."), "before": (int, "Only those before this one.")}
        draft.add("revisions", _list(revision), "Revisions, newest first.", Member("revisions"), _resolver(before))
        if name == "Query":
            draft.add("withheld", _list(self.drafts["Withheld"].python), withholding.SENTENCE, Member("withheld"))
            snapshot = self._roots("Snapshot", "The facts as they stood at a revision.")
            when = {
                "revision": (int, "The number of a revision."),
                "as_of": (dt.datetime, "A point in time: the last revision recorded by then."),
            }
            draft.add(
                "snapshot", snapshot, "The facts as of a revision or a time; give one of the two.", Member("snapshot"), _resolver(when)
            )
        return draft.python


def described(one: Field) -> str:
    """The description of a field with its unit, its scale and the origin of its vocabulary."""
    parts = [one.description]
    if one.unit:
        parts.append(f"Unit: {one.unit}.")
    vocabulary = one.type.vocabulary
    if vocabulary is not None and one.type.levels:
        parts.append("; ".join(f"{entry.code}: {entry.label}" for entry in vocabulary.codes.values()) + f". Origin: {vocabulary.origin}")
    elif vocabulary is not None:
        parts.append(f"Vocabulary: {vocabulary.name}, {vocabulary.origin}")
    return " ".join(parts)


def _list(python: Any) -> Any:
    return list[python]


def _enum(name: str, values: dict[str, Any], description: str) -> Any:
    made: Any = enum.Enum(name, values)  # type: ignore[misc]  # the names are known only now
    return strawberry.enum(made, description=description)


def _resolver(optional: dict[str, tuple[Any, str]], required: dict[str, tuple[Any, str]] | None = None) -> Callable[..., Any]:
    """A resolver that is never run; Strawberry reads the arguments from its signature."""

    def resolve(*_: object, **__: object) -> None:
        never()

    annotations = {name: Annotated[python, strawberry.argument(description=text)] for name, (python, text) in (required or {}).items()}
    annotations |= {name: Annotated[Optional[python], strawberry.argument(description=text)] for name, (python, text) in optional.items()}
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation,
            default=strawberry.UNSET if name in optional else inspect.Parameter.empty,
        )
        for name, annotation in annotations.items()
    ]  # fmt: skip
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect reads first
    resolve.__annotations__ = dict(annotations)
    return resolve


PLAIN: Any = StrawberryResolver(_resolver({}))  # Of fields without arguments. Strawberry would look at each anew.


def _claims_resolver() -> Callable[..., Any]:
    return _resolver({"deprecated": (bool, "Also list deprecated claims, which are never chosen.")})
