"""Conditions as REST writes them: a path of names, then an operator, such as `event.started_on.gte` or `figures.some.measure`."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from schema.codelists.vocabularies import nearest, suggestion
from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds
from schema.model.operators import COMPARISONS

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import refuse_repeated
from ..query import conditions
from ..query.bindings import bind, specialise
from ..query.conditions import COUNT, QUANTIFIERS
from ..query.nodes import NO_CONDITION, Condition, Related, Where
from .foreign_parameters import equivalent
from .selections import split_path

WHERE = "where"  # Between `count` and the conditions on what is counted; also what returned lists are filtered by.
ORDER, LIMIT = "order", "limit"  # Of the lists that are returned.
Part = Where | Condition | Related


@dataclass(frozen=True)
class Given:
    """A parameter that is a condition: its name, its values, and what remains of its path."""

    name: str
    values: list[Any]
    path: tuple[str, ...]

    def after(self, steps: int = 1) -> Given:
        return Given(self.name, self.values, self.path[steps:])


class ConditionReader:
    """Reads the conditions of a list of one kind; `parameters` are the names that are no conditions."""

    def __init__(self, kinds: Kinds, kind: Kind, parameters: Container[str]) -> None:
        self.kinds, self.kind, self.parameters = kinds, kind, parameters

    def where(self, named: dict[str, list[Any]]) -> tuple[Part, ...]:
        """The conditions of parameters, all of which must hold. Raises UnknownArgument or BadArgument."""
        return self.all(self.kind, [Given(name, values, tuple(split_path(name, name))) for name, values in named.items()])

    def all(self, kind: Kind, given: Iterable[Given]) -> tuple[Part, ...]:
        """The conditions on records of a kind. Those on one list of related records are about the same record of it."""
        parts: list[Part] = []
        lists: dict[tuple[str, str], list[Given]] = {}
        links: dict[str, list[Given]] = {}
        for one in [self._spelt_out(kind, one) for one in given]:
            name = one.path[0]
            if name in kind.reverses:
                lists.setdefault((name, self._quantifier(kind, one)), []).append(one.after(2))
            elif self._follows(kind, one) and self._has_list(kind, one.path):
                links.setdefault(name, []).append(one.after())
            else:
                parts.append(self._condition(kind, one))
        for name, below in links.items():
            field = kind.fields[name]
            parts.append(conditions.linked([field], self.all(self.kinds[field.type.ref or ""], below)))
        for (name, quantifier), below in lists.items():
            parts += self._related(kind.reverses[name], quantifier, below)
        return tuple(parts)

    def _spelt_out(self, kind: Kind, given: Given) -> Given:
        """A condition by a name that the kind declares beside its fields, as the path that it stands for."""
        path = kind.columns.get(given.path[0])
        return Given(given.name, given.values, (*path.split("."), *given.path[1:])) if path else given

    def _follows(self, kind: Kind, given: Given) -> bool:
        """Whether a path follows a reference to one record."""
        field = kind.fields.get(given.path[0])
        return bool(field and field.type.ref and not field.type.many and len(given.path) > 1)

    def _has_list(self, kind: Kind, path: tuple[str, ...]) -> bool:
        """Whether a path of references comes to a list of related records."""
        for name in path:
            if name in kind.reverses:
                return True
            field = kind.fields.get(name)
            if field is None or field.type.ref is None or field.type.many:
                return False
            kind = self.kinds[field.type.ref]
        return False

    # Lists of related records

    def _quantifier(self, kind: Kind, given: Given) -> str:
        name, *rest = given.path
        if rest and rest[0] in (*QUANTIFIERS, COUNT):
            return rest[0]
        target = kind.reverses[name].kind
        names = [*target.filterable, "id", *target.columns, *target.reverses]
        if rest and rest[0] not in names:
            raise self._unknown_below(given, target, [*QUANTIFIERS, COUNT, WHERE, ORDER, LIMIT, *names])
        before = given.name[: len(given.name) - len(".".join(rest)) - 1] if rest else given.name
        below = ".".join(rest) or next(iter(target.fields))
        raise UnknownArgument(
            f"{shown(given.name)}: say how many of the {name} must meet it: `{before}.some.{shown(below)}` for one or more, `{before}.none.{shown(below)}`, "
            f"or `{before}.count.gte` for their number; `{before}.where.{shown(below)}` chooses those that are returned with each record"
        )

    def _unknown_below(self, given: Given, kind: Kind, names: list[str]) -> UnknownArgument:
        """The error about a word after the name of a list of related records, which can be followed by the `names`."""
        word = given.path[1]
        before = given.name.removesuffix(".".join(given.path[1:])).removesuffix(".")
        similar = nearest(word, [name for name in names if name != word])
        meant = (
            f"did you mean {', '.join(similar)}"
            if similar
            else f"use {', '.join(f'`{before}.{name}`' for name in names[:5])} or `{before}.{names[5]}`"
        )
        return UnknownArgument(f"{shown(given.name)}: {kind.plural} have no field {shown(word)!r}; {meant}")

    def _related(self, reverse: Reverse, quantifier: str, given: list[Given]) -> list[Part]:
        """The conditions on the records that refer to a record, which must all be met by the same of them."""
        if quantifier != COUNT:
            for one in given:
                self._refuse_empty(reverse, one)
            return [Related(reverse, *QUANTIFIERS[quantifier], Where("all", self.all(reverse.kind, given)))]
        counted = [one.after() for one in given if one.path[:1] == (WHERE,)]
        for one in counted:
            self._refuse_empty(reverse, one)
        where = Where("all", self.all(reverse.kind, counted)) if counted else NO_CONDITION
        compared = [one for one in given if one.path[:1] != (WHERE,)]
        if not compared:
            raise UnknownArgument(
                f"{shown(given[0].name)}: compares the number with nothing; add `{reverse.name}.{COUNT}.gte=3`, for example"
            )
        return [Related(reverse, self._comparison(reverse, one), self._number(one), where) for one in compared]

    def _refuse_empty(self, reverse: Reverse, given: Given) -> None:
        if not given.path:
            raise UnknownArgument(
                f"{shown(given.name)}: add a field of {reverse.kind.plural}, such as `{given.name}.{next(iter(reverse.kind.fields))}`"
            )

    def _comparison(self, reverse: Reverse, given: Given) -> str:
        operator = ".".join(given.path) or "eq"
        if operator not in COMPARISONS:
            names = [*COMPARISONS, WHERE]
            raise UnknownArgument(
                f"{shown(given.name)}: a number of {reverse.kind.plural} has no operator {shown(operator)!r}; {suggestion(operator, names)}"
            )
        return operator

    def _number(self, given: Given) -> Any:
        refuse_repeated(given.name, given.values)
        return bind(given.values[0], lambda text: parse_number(given.name, text))

    # Fields

    def _condition(self, kind: Kind, given: Given) -> Condition:
        """The condition that a path makes on records of `kind`. Following a reference wraps the rest of the path in a `match` condition on it."""
        name, path = given.name, given.path
        field = kind.filterable.get(path[0])
        if field is None and path[0] != "id":
            raise self._unknown(kind, given)
        operators = [operator for operator in conditions.operators(self.kinds, field) if operator != "match"]
        operator = path[1] if len(path) > 1 else "eq" if "eq" in operators else operators[0]
        if operator in operators and len(path) <= 2:
            return self._operator(kind, field, operator, operators, given)
        if field is not None and self._follows(kind, given):
            target = self.kinds[field.type.ref or ""]
            if path[1] in (*target.filterable, "id", *target.columns):
                return conditions.linked([field], self.all(target, [given.after()]))
            names = [*operators, *target.filterable, *target.reverses]
            raise UnknownArgument(
                f"{shown(name)}: {path[0]} has no operator or field {shown('.'.join(path[1:]))!r}; {suggestion(path[-1], names)}"
            )
        raise UnknownArgument(f"{shown(name)}: {path[0]} has no operator {shown('.'.join(path[1:]))!r}; {suggestion(path[-1], operators)}")

    def _unknown(self, kind: Kind, given: Given) -> UnknownArgument:
        first = given.path[0]
        if kind is self.kind and given.name == first and (meant := equivalent(self.kinds, kind, self.parameters, first)):
            return UnknownArgument(f"{shown(first)}: is not a parameter here; {meant}")
        own = self.parameters if kind is self.kind and isinstance(self.parameters, Iterable) else ()
        return UnknownArgument(
            f"{shown(given.name)}: {kind.plural} have no field {first!r}; {suggestion(first, [*kind.filterable, 'id', *kind.columns, *kind.reverses, *own])}"
        )

    def _operator(self, kind: Kind, field: Field | None, operator: str, operators: list[str], given: Given) -> Condition:
        name, values = given.name, given.values
        field_name = name.rpartition(".")[0] if len(given.path) == 2 else name
        cure = conditions.without_value(name, f"{field_name}.known=false" if "known" in operators else "")
        if operator == "one_of":
            return conditions.condition(kind, field, operator, values, name, cure, _split_lists)
        if len(values) > 1 and operator == "eq" and all(specialise(value).strip() for value in values):
            refuse_repeated(name, values, f"use {field_name}.one_of={shown(','.join(map(specialise, values)))}")
        refuse_repeated(name, values)
        return conditions.condition(kind, field, operator, values[0], name, cure)


def _split_lists(texts: list[str]) -> list[str]:
    return [item for text in texts for item in text.split(",")]


def parse_number(name: str, text: str) -> int:
    """A count or the number of a revision. Raises BadArgument for anything but ASCII digits, and for more than 18 of them."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadArgument(f"{name}: must be a whole number, not {shown(text)!r}")
    return int(text)
