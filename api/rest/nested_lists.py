"""Parameters of the lists below a record, such as `figures.limit`: which of the related records are returned, in which order, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import refuse_repeated
from ..query import conditions
from ..query.bindings import Parameter, bind, specialise
from ..query.nodes import Link, Links, NextPageUrl, Node, Nodes, Order, Page, Where
from .conditions import LIMIT, ORDER, WHERE, ConditionReader, Given, parse_number
from .selections import split_path

ListPath = tuple[str, ...]
ReadOrder = Callable[[Kind, str, str], tuple[Order, ...]]


@dataclass
class ListOptions:
    """What is requested of one list: its parameters by their names, each with what follows the path of the list."""

    kind: Kind
    where: list[Given] = field(default_factory=list)
    order: list[Given] = field(default_factory=list)
    limit: list[Given] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of one of the parameters, for errors."""
        return next(given.name for given in (*self.where, *self.order, *self.limit))


def take_options(kinds: Kinds, kind: Kind, named: dict[str, list[Any]]) -> dict[ListPath, ListOptions]:
    """The options of lists below records of a kind, which are taken out of the parameters."""
    found: dict[ListPath, ListOptions] = {}
    for name in [*named]:
        path = tuple(split_path(name, name))
        if (at := _list_at(kinds, kind, path)) is None:
            continue
        number, listed = at
        given = Given(name, named.pop(name), path[number + 1 :])
        getattr(found.setdefault(path[:number], ListOptions(listed)), path[number]).append(given)
    return found


def _list_at(kinds: Kinds, kind: Kind, path: ListPath) -> tuple[int, Kind] | None:
    """How many names of a path lead to a list that an option follows, and the kind of its records; None if it is no path of this sort."""
    is_list = False
    for number, name in enumerate(path):
        if is_list and name in (WHERE, ORDER, LIMIT):
            return number, kind
        is_list = name in kind.reverses
        if is_list:
            kind = kind.reverses[name].kind
        elif name in kind.fields and kind.fields[name].type.ref:
            kind = kinds[kind.fields[name].type.ref or ""]
        else:
            return None
    return None


class ListsBelow:
    """Applies options to the lists of a selection."""

    def __init__(self, kinds: Kinds, order: ReadOrder) -> None:
        self.kinds, self.order = kinds, order

    def applied(self, selection: tuple[Node, ...], options: dict[ListPath, ListOptions]) -> tuple[Node, ...]:
        """The selection with the options of its lists. Raises BadArgument if it does not have one of these lists."""
        for path, list_options in options.items():
            selection = tuple(self._applied(selection, path, path, list_options))
        return selection

    def _applied(self, selection: tuple[Node, ...], path: ListPath, full: ListPath, options: ListOptions) -> Iterator[Node]:
        if not any(node.key == path[0] and isinstance(node, (Page, Link, Links)) for node in selection):
            listed = ".".join(full)
            raise BadArgument(f"{shown(options.name)}: the list is not requested; add `{listed}` to `fields`, as in `fields=*,{listed}`")
        for node in selection:
            if node.key != path[0]:
                yield node
            elif isinstance(node, Page):
                yield (
                    self._of_list(node, options)
                    if len(path) == 1
                    else replace(node, parts=tuple(self._parts(node, path[1:], full, options)))
                )
            else:
                assert isinstance(node, (Link, Links))
                yield replace(node, selection=tuple(self._applied(node.selection, path[1:], full, options)))

    def _parts(self, page: Page, path: ListPath, full: ListPath, options: ListOptions) -> Iterator[Node]:
        for part in page.parts:
            yield replace(part, selection=tuple(self._applied(part.selection, path, full, options))) if isinstance(part, Nodes) else part

    def _of_list(self, page: Page, options: ListOptions) -> Page:
        for given in options.where:
            if not given.path:
                raise UnknownArgument(
                    f"{shown(given.name)}: add a field of {options.kind.plural}, such as `{given.name}.{next(iter(options.kind.fields))}`"
                )
        where = ConditionReader(self.kinds, options.kind, ()).all(options.kind, options.where)
        if where:
            page = replace(page, where=Where("all", where))
        for given in options.limit:
            page = replace(page, first=_page_size(given))
        for given in options.order:
            page = replace(page, order=self.order(options.kind, specialise(_single(given)), given.name))
        return replace(page, parts=tuple(_with_query(part, options) if isinstance(part, NextPageUrl) else part for part in page.parts))


def _page_size(given: Given) -> int | Parameter:
    return conditions.page_size(_single(given), given.name, lambda text: parse_number(given.name, text))


def _single(given: Given) -> Any:
    """The value of a parameter that must be given once, and end there."""
    if given.path:
        raise UnknownArgument(f"{shown(given.name)}: nothing can follow {given.name[: -len('.'.join(given.path)) - 1]}")
    refuse_repeated(given.name, given.values)
    return given.values[0]


def _with_query(part: NextPageUrl, options: ListOptions) -> NextPageUrl:
    """The URL of the rest of the list, which has the same options."""
    named = [(".".join(given.path), value) for given in options.where for value in given.values]
    named += [(ORDER, value) for given in options.order for value in given.values]
    named += [(LIMIT, value) for given in options.limit for value in given.values]
    names = [name for name, _ in named]

    def query(values: list[str]) -> str:
        return "".join(f"{name}={quote_plus(value)}&" for name, value in zip(names, values, strict=True))

    return replace(part, query=bind([value for _, value in named], query))
