"""Random GraphQL documents, derived from the schema, with the values of their variables in each of several requests."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLBoolean, GraphQLField, GraphQLInputType, GraphQLObjectType, get_named_type, is_required_argument
from hypothesis import strategies as st

from .random_arguments import ABSENT, Grounds, Onward, Use, Values, Variable, literal, must

DEPTH = 4  # Records within records.


@dataclass(frozen=True)
class Fragment:
    type: str
    text: str
    depth: int


@dataclass(frozen=True)
class Ask:
    """The variables of a document, and the operation where it has several."""

    variables: dict[str, Any]
    operation: str | None = None


@dataclass(frozen=True)
class Question:
    """A document, and the variables of several requests for it, in order."""

    document: str
    asks: list[Ask]


@st.composite
def questions(draw: st.DrawFn, grounds: Grounds) -> Question:
    """A valid document of one operation or of two that share fragments."""
    draft = _Draft(draw, grounds)
    query = grounds.schema.query_type
    assert query is not None
    names = draw(st.sampled_from([[""], [""], ["One"], ["One", "Two"]]))
    ahead = draft.chance(4)  # Fragments before operations.
    bodies = {name: draft.selection(query, DEPTH) for name in names}
    texts = [_operation(name, body, draft) for name, body in bodies.items()]
    fragments = [f"fragment {name} on {one.type} {one.text}" for name, one in draft.fragments.items()]
    texts = [*fragments, *texts] if ahead else [*texts, *fragments]
    operations = st.sampled_from(names) if len(names) > 1 else st.none()
    return Question("\n".join(texts), [Ask(variables, draw(operations)) for variables in draft.asks])


@st.composite
def lists(draw: st.DrawFn, grounds: Grounds) -> Question:
    """Several lists with conditions on each, and little else."""
    draft = _Draft(draw, grounds)
    query = grounds.schema.query_type
    assert query is not None
    pages = [name for name, one in query.fields.items() if "where" in one.args]
    parts = []
    for number in range(draw(st.integers(1, 6))):
        name = draft.one_of(pages)
        arguments = draft.arguments(query, name, "where")
        parts.append(f"{_goes_on(arguments) or f'l{number}'}: {name}{arguments} {{ totalCount nodes {{ id }} pageInfo {{ endCursor }} }}")
    body = "{ " + " ".join(parts) + " }"
    if draft.chance(3):
        body = f"{{ snapshot{draft.arguments(query, 'snapshot')} {body} }}"
    return Question(_operation("", body, draft), [Ask(variables) for variables in draft.asks])


def _operation(name: str, body: str, draft: _Draft) -> str:
    """An operation declares the variables that it uses, also those of its fragments."""
    whole, spread = body, set[str]()
    while more := set(re.findall(r"\.\.\.(F\d+)", whole)) - spread:
        spread |= more
        whole += " ".join(draft.fragments[one].text for one in sorted(more))
    declared = [str(one) for one in draft.variables.values() if re.search(rf"\${one.name}\b", whole)]
    head = f"query {name}({', '.join(declared)}) " if declared else f"query {name} " if name else ""
    return head + body


def whole(type: GraphQLObjectType, records: Container[str]) -> str:
    """The selection of everything below an object; of other records, the id."""
    below = {name: get_named_type(one.type) for name, one in type.fields.items() if name != "words"}
    parts = (f"{name} {_whole(one, records)}" if isinstance(one, GraphQLObjectType) else name for name, one in below.items())
    return "{ " + " ".join(parts) + " }"


def _whole(type: GraphQLObjectType, records: Container[str]) -> str:
    return "{ id }" if type.name in records else whole(type, records)


class _Draft(Values):
    """A document in the making."""

    def __init__(self, draw: st.DrawFn, grounds: Grounds) -> None:
        super().__init__(draw, grounds)
        self.budget = draw(st.integers(3, 40))  # Fields that are still to come.
        self.fragments: dict[str, Fragment] = {}
        # By type and key of the answer: fields of one key must be the same field with the same arguments, to be merged.
        self.keys: dict[str, dict[str, tuple[str, str]]] = {}

    # Selections

    def selection(self, type: GraphQLObjectType, depth: int, first: str = "") -> str:
        parts = [first] if first else []
        parts += [self._part(type, depth) for _ in range(self.draw(st.integers(1, 4 if self.budget > 0 else 1)))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type: GraphQLObjectType, depth: int) -> str:
        if self.chance(12):
            return f"...{self._fragment(type, depth)}{self._directives()}"
        if self.chance(15):
            return f"...{self.one_of(['', f' on {type.name}'])}{self._directives()} {self.selection(type, depth)}"
        return self._field(type, depth)

    def _fragment(self, type: GraphQLObjectType, depth: int) -> str:
        """The name of a fragment: one that is finished, so that none holds itself, or a new one."""
        fitting = [name for name, one in self.fragments.items() if one.type == type.name and one.depth <= depth]
        if fitting and self.budget > 0 and self.chance(2):
            return str(self.one_of(fitting))
        text = self.selection(type, depth)
        name = f"F{len(self.fragments) + 1}"
        self.fragments[name] = Fragment(type.name, text, depth)
        return name

    def _field(self, type: GraphQLObjectType, depth: int) -> str:
        self.budget -= 1
        names = self._names(type, depth)
        taken = self.keys.setdefault(type.name, {})
        again = [key for key, (name, _) in taken.items() if name in names]
        if again and self.chance(4):
            key = self.one_of(again)
            name, arguments = taken[key]
        else:
            name = self.one_of(names)
            arguments = "" if name == "__typename" else self.arguments(type, name)
            key = self._key(type, name, arguments)
            taken[key] = name, arguments
        text = ("" if key == name else f"{key}: ") + name + arguments + self._directives()
        below = None if name == "__typename" else get_named_type(type.fields[name].type)
        if not isinstance(below, GraphQLObjectType):
            return text
        first = self._cursors(below) if _goes_on(arguments) else ""
        return f"{text} {self.selection(below, depth - (below.name in self.kinds), first)}"

    def _cursors(self, connection: GraphQLObjectType) -> str:
        """A list that goes on must say where, if the keys for it are free."""
        about = get_named_type(connection.fields["pageInfo"].type)
        free = self._free(connection, "pageInfo") and all(self._free(about, name) for name in ("startCursor", "endCursor"))
        return "pageInfo { startCursor endCursor }" if free else ""

    def _names(self, type: GraphQLObjectType, depth: int) -> list[str]:
        """What can be selected: records only while they are not too deep, leaves alone once the document is long enough."""
        # A search returns a union of types; tests/query/test_search.py compares it with a model of its own. Words: tests/words/test_answer_sentences.py.
        below = {name: get_named_type(one.type) for name, one in type.fields.items() if name not in ("search", "words")}
        leaves = [name for name, one in below.items() if not isinstance(one, GraphQLObjectType)]
        objects = [name for name, one in below.items() if isinstance(one, GraphQLObjectType) and (depth > 0 or one.name not in self.kinds)]
        if objects and (not leaves or (self.budget > 0 and not self.chance(4))):
            lists = [name for name in objects if "Connection" in below[name].name or name in ("nodes", "snapshot")]
            return lists if lists and self.chance(2) else objects
        return [*leaves, "__typename"]

    def _key(self, type: GraphQLObjectType, name: str, arguments: str) -> str:
        """The name itself or an alias, which may be the name of another field. A list that goes on is called by its variable."""
        goes_on = _goes_on(arguments)
        if goes_on:
            return goes_on
        taken = self.keys[type.name]
        free = [one for one in (name, name, *type.fields, "one", "id") if taken.get(one, (name, arguments)) == (name, arguments)]
        if name in free and not self.chance(4):
            return name
        return str(self.one_of([*free, f"{name}_{len(taken)}"]))

    def _free(self, type: GraphQLObjectType, name: str) -> bool:
        return self.keys.setdefault(type.name, {}).setdefault(name, (name, "")) == (name, "")

    def _directives(self) -> str:
        if not self.chance(10):
            return ""
        names = self.one_of([["skip"], ["include"], ["include", "skip"]])
        return "".join(f" @{name}(if: {literal(self.value(must(GraphQLBoolean), Use('if')))})" for name in names)

    # Arguments

    def arguments(self, type: GraphQLObjectType, name: str, *always: str) -> str:
        field = type.fields[name]
        if name == "snapshot":
            given = self._when(field)
        else:
            named = get_named_type(field.type).name.removesuffix("Connection")
            kind = self.kinds[named].name if named in self.kinds else ""
            asked = [one for one, meant in field.args.items() if is_required_argument(meant) or one in always or self.chance(3)]
            if not self.chance(20):  # Both directions at once are refused.
                other = self.one_of([("first", "after"), ("last", "before")])
                asked = [one for one in asked if one not in other]
            given = {one: self._argument(field.args[one].type, one, kind) for one in asked}
        return "(" + ", ".join(f"{one}: {literal(value)}" for one, value in given.items()) + ")" if given else ""

    def _argument(self, type: GraphQLInputType, name: str, kind: str) -> Any:
        return self._after(type, name) if name in ("after", "before") else self.value(type, Use(name, kind))

    def _when(self, field: GraphQLField) -> dict[str, Any]:
        """A revision or a time; or a variable for each, one of which is given in each ask."""
        names = self.one_of([["revision"], ["asOf"], ["revision", "asOf"]])
        types = {name: field.args[name].type for name in names}
        if len(names) == 1:
            return {name: self.value(must(type), Use(name)) for name, type in types.items()}
        made = {name: self._variable(str(type), Use("when"), ABSENT) for name, type in types.items()}
        for ask in self.asks:
            given = self.one_of(names)
            ask[made[given].name] = self.scalar(types[given], Use(given))
        return made

    def _after(self, type: GraphQLInputType, name: str) -> Variable:
        made = self._variable(str(type), Use(name), ABSENT)
        for turn, ask in enumerate(self.asks):
            if turn and not self.chance(6):
                ask[made.name] = Onward(self.draw(st.integers(0, 9)))
            elif self.chance(2):
                ask[made.name] = None
        return made


def _goes_on(arguments: str) -> str:
    """The variable of the cursor, where there is one among the arguments."""
    found = re.search(r"\b(?:after|before): \$(v\d+)", arguments)
    return found[1] if found else ""
