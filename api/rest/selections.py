"""The parameters `fields` and `provenance` as the nodes that a record is made of."""

from __future__ import annotations

from collections.abc import Iterator

from schema.codelists.vocabularies import suggestion
from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds

from ..errors import BadArgument, TooMuch, shown
from ..query.nodes import (
    AddedIn,
    Evidence,
    EvidenceClaims,
    EvidenceSources,
    Id,
    Link,
    Links,
    NextPageUrl,
    Node,
    NodeId,
    Nodes,
    Page,
    Value,
)
from ..sql.answering.records import SOURCE

MAX_PATHS = 100  # In `fields`. No kind has a third of them.
MAX_STEPS = 10  # Names in one path, in `fields` or in a condition.
Paths = list[list[str]]


class Selector:
    """Selects fields of one kind, and of the records that its references lead to."""

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        self.kinds, self.kind = kinds, kind

    def selection(self, fields: str, provenance: str) -> tuple[Node, ...]:
        """The nodes of a record. Raises BadArgument for an unknown field, TooMuch for a path that is too long."""
        paths = [split_path("fields", path) for path in named_paths(fields)]
        nodes, proven = tuple(self._nodes(self.kind, paths)), self.proven_fields(provenance)
        return (*nodes, Evidence("provenance", proven), EvidenceClaims("claims")) if proven else nodes

    def complete_selection(self, fields: str, provenance: str) -> tuple[Node, ...]:
        """The nodes of a record that stands alone, as on a line of a file: the sources of its claims are in it too."""
        nodes = self.selection(fields, provenance)
        proven = any(isinstance(node, Evidence) for node in nodes)
        return (*nodes, EvidenceSources("sources", self.sources())) if proven else nodes

    def sources(self) -> tuple[Node, ...]:
        """The nodes of the sources that claims refer to."""
        return tuple(self._nodes(self.kinds[SOURCE.type.ref or ""], []))

    def _nodes(self, kind: Kind, paths: Paths) -> Iterator[Node]:
        """The id and the named fields in the order of their declaration; every field of the kind if `*` or nothing is named."""
        yield Id("id")
        everything = ["*"] in paths or not paths
        if everything or ["node_id"] in paths:
            yield NodeId("node_id")
        below: dict[str, Paths] = {}
        for path in paths:
            if path not in (["*"], ["id"], ["node_id"]):
                below.setdefault(path[0], []).extend([path[1:]] if path[1:] else [])
        names = [*kind.shown, *kind.reverses, "added_in"]
        for name in names:
            if name in below or (everything and name in kind.shown):
                yield self._node(kind, name, below.pop(name, []))
        for name in below:
            if name in ("*", "id", "node_id"):
                raise BadArgument(f"fields: {name} has no fields of its own; end the path with it")
            if name in kind.columns:
                raise BadArgument(f"fields: {name} of {kind.plural} is a column of tables only; in JSON it is {kind.columns[name]}")
            raise BadArgument(f"fields: {kind.plural} have no {shown(name)!r}; {suggestion(name, [*names, 'id', 'node_id', '*'])}")

    def _node(self, kind: Kind, name: str, paths: Paths) -> Node:
        if name in kind.reverses:
            return self._reverse(kind.reverses[name], paths)
        field = kind.shown.get(name)
        if field is None or field.type.ref is None:
            if paths:
                raise BadArgument(f"fields: {name} of {kind.plural} has no fields of its own; end the path with it")
            return AddedIn(name) if field is None else Value(name, field)
        target = self.kinds[field.type.ref]
        selection = tuple(self._nodes(target, paths)) if paths else short_record(target)
        return (Links if field.type.many else Link)(name, field, selection)

    def _reverse(self, reverse: Reverse, paths: Paths) -> Page:
        """The records that refer to this one: the first page, and the URL of the rest."""
        fields = f"&fields={','.join('.'.join(path) for path in paths)}" if paths else ""
        url = f"/v1/{reverse.kind.plural}?{reverse.field.name}={{id}}{fields}&after="
        parts = (Nodes("data", tuple(self._nodes(reverse.kind, paths))), NextPageUrl("next", url))
        return Page(reverse.name, reverse.kind, parts, reverse=reverse)

    def proven_fields(self, provenance: str) -> tuple[Field, ...]:
        """The fields whose provenance is requested. Raises BadArgument for an unknown one."""
        fields = self.kind.fields
        if provenance == "none":
            return ()
        names = list(fields) if provenance == "*" else [name.strip() for name in provenance.split(",")]
        for name in names:
            if name not in fields:
                raise BadArgument(
                    f"provenance: {self.kind.plural} have no field {shown(name)!r}; {suggestion(name, [*fields, '*', 'none'])}"
                )
        return tuple(fields[name] for name in dict.fromkeys(names))


def short_record(kind: Kind) -> tuple[Node, ...]:
    """The nodes of a record where another one refers to it: its id and, if it has one, its name."""
    return (Id("id"), Value(kind.label, kind.fields[kind.label])) if kind.label else (Id("id"),)


def named_paths(fields: str) -> list[str]:
    """The paths in `fields`. Raises TooMuch for too many."""
    paths = [path for path in map(str.strip, fields.split(",")) if path]
    if len(paths) > MAX_PATHS:
        raise TooMuch(
            f"fields: has {len(paths):,} paths, and {MAX_PATHS} is the limit; end a path with `*` for all fields of a record, or send several requests"
        )
    return paths


def split_path(parameter: str, text: str) -> list[str]:
    """The steps of a dotted path. Raises TooMuch."""
    path = text.split(".")
    if len(path) > MAX_STEPS:
        raise TooMuch(f"{shown(parameter)}: has {len(path)} steps, and {MAX_STEPS} is the limit; split it into several requests")
    return path
