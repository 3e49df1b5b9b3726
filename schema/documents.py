"""The two forms of fixtures, a source document in YAML and a table, to rows. Text in, rows and problems out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

import yaml

from .check import Row
from .claim import Place, Problem
from .kind import Kinds
from .vocabularies import nearest

Found = Row | Problem

# What a source document may hold. `catalogue` is the source that describes this one; by default it describes itself.
TOP = ("source", "claims", "entered_by", "catalogue")

# Plain scalars that mean no value. Between quotation marks they are text.
NOTHING = ("", "~", "null", "Null", "NULL")


def document(kinds: Kinds, file: str, text: str) -> Iterator[Found]:
    """The claims of a source document. Every scalar is read as text, so that nothing is guessed: `no` stays `no`."""
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        yield Problem(Place(file, line), "", f"is no YAML: {error.problem or error.context}")
        return
    except RecursionError:
        yield Problem(Place(file, 1), "", "is nested too deeply; a source document has four levels")
        return
    except yaml.YAMLError as error:  # A character YAML does not allow; it has no mark.
        yield Problem(Place(file, 1), "", f"is no YAML: {' '.join(str(error).split())}")
        return
    yield from _Document(kinds, file).read(root)


class _Document:
    """One walk over the nodes of a source document; problems are yielded among the rows, in the order of the file."""

    def __init__(self, kinds: Kinds, file: str) -> None:
        self.kinds, self.file = kinds, file

    def at(self, node: yaml.Node | None) -> Place:
        return Place(self.file, node.start_mark.line + 1 if node else 1)

    def read(self, root: yaml.Node | None) -> Iterator[Found]:
        top, problems = self.mapping(root, "a source document: a mapping with `source` and `claims`")
        yield from problems
        for name, (key, _) in top.items():
            if name not in TOP:
                yield Problem(self.at(key), name, f"is no part of a source document; {nearest(name, TOP)}")
        if "source" not in top:
            if not problems:
                yield Problem(self.at(root), "source", "is missing; say which source this file describes")
            return
        described, problems = self.mapping(top["source"][1], "the description of the source")
        yield from problems
        id = self.scalar(described.get("id"))
        common = {name: value for name in ("entered_by",) if (value := self.scalar(top.get(name))) is not None}
        own = {"source": self.scalar(top.get("catalogue")) or id, "locator": "front matter", **common}
        yield self.row("source", top["source"][1], described, own)
        yield from self.claims(top.get("claims"), {"source": id, **common})

    def claims(self, node: tuple[yaml.Node, yaml.Node] | None, common: dict[str, object]) -> Iterator[Found]:
        if node is None:
            return
        sections, problems = self.mapping(node[1], "claims: a mapping of lists, one for each kind in the plural")
        yield from problems
        for plural, (key, items) in sections.items():
            kind = self.kinds.by_plural.get(plural)
            if kind is None:
                yield Problem(self.at(key), plural, f"is no kind; {nearest(plural, self.kinds.by_plural)}")
            elif not isinstance(items, yaml.SequenceNode):
                yield Problem(self.at(items), plural, "must be a list of claims, each with a dash")
            else:
                for item in items.value:
                    cells, problems = self.mapping(item, f"a claim about a record of kind {kind.name}")
                    yield from problems
                    if "source" in cells:
                        yield Problem(self.at(cells["source"][0]), "source", "is given by the document; take it out")
                    elif cells:
                        yield self.row(kind.name, item, cells, common)

    def row(self, kind: str, node: yaml.Node, cells: dict[str, tuple[yaml.Node, yaml.Node]], common: dict[str, object]) -> Row:
        values = {name: self.value(value) for name, (_, value) in cells.items()}
        lines = {name: key.start_mark.line + 1 for name, (key, _) in cells.items()}
        return Row(kind, self.at(node), {**common, **values}, lines)

    def mapping(self, node: yaml.Node | None, what: str) -> tuple[dict[str, tuple[yaml.Node, yaml.Node]], list[Problem]]:
        """The keys and values of a mapping. YAML lets a key stand twice and keeps the last; that would lose a claim."""
        if not isinstance(node, yaml.MappingNode):
            return {}, [Problem(self.at(node), "", f"must be {what}")]
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        problems = []
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                problems.append(Problem(self.at(key), name, f"stands twice, first in line {self.at(found[name][0]).line}; keep one"))
            found.setdefault(name, (key, value))
        return found, problems

    def scalar(self, pair: tuple[yaml.Node, yaml.Node] | None) -> object:
        return self.value(pair[1]) if pair else None

    def value(self, node: yaml.Node) -> object:
        """Text, nothing, or a list of texts. Deeper nesting is left out here, and so refused by the type of the field."""
        if isinstance(node, yaml.SequenceNode):
            return [item.value if isinstance(item, yaml.ScalarNode) else {} for item in node.value]
        if not isinstance(node, yaml.ScalarNode):
            return {}
        return None if node.style is None and node.value in NOTHING else str(node.value)


def table(kinds: Kinds, plural: str, file: str, lines: Iterable[str]) -> Iterator[Found]:
    """The claims of a CSV table: one row a claim, columns named for fields; an empty cell claims nothing."""
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            yield Problem(Place(file, 1), "", "is empty; give at least a header row")
            return
        yield from _header(kinds, plural, file, header)
        start = reader.line_num + 1
        for cells in reader:
            place, start = Place(file, start), reader.line_num + 1
            if len(cells) != len(header) and cells:
                yield Problem(place, "", f"has {len(cells)} cells where the header has {len(header)}")
            elif cells:
                filled = {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
                yield Row(kinds.by_plural[plural].name, place, filled)
    except csv.Error as error:
        yield Problem(Place(file, reader.line_num), "", f"is no CSV: {error}")


def _header(kinds: Kinds, plural: str, file: str, header: list[str]) -> Iterator[Problem]:
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Problem(Place(file, 1), name, "is the name of two columns; keep one")


def ndjson(kinds: Kinds, plural: str, file: str, lines: Iterable[str]) -> Iterator[Found]:
    """The claims of a table in newline-delimited JSON: one object a claim; null claims nothing."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = Place(file, number)
        try:
            cells = json.loads(line, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique)
        except ValueError as error:
            yield Problem(place, "", f"is no JSON: {error}")
            continue
        if not isinstance(cells, dict):
            yield Problem(place, "", "must be a JSON object, one a line")
            continue
        yield Row(kinds.by_plural[plural].name, place, cells)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number in JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the name {name} stands twice in one object")
    return dict(pairs)
