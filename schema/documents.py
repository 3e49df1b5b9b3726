"""The two forms of fixtures, a source document in YAML and a table, to rows. Text in, rows and problems out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

import yaml

from .check import Row
from .claim import CLAIM_FIELDS, Place, Problem
from .kind import Kind, Kinds
from .vocabularies import nearest

Found = Row | Problem
Pair = tuple[yaml.Node, yaml.Node]

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
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        yield Problem(Place(file, line), "", f"is no YAML: it cannot hold the character U+{int(error.character):04X}; remove it")
    except RecursionError:
        yield Problem(Place(file, 1), "", "is nested too deeply; a source document has four levels")
    except (ValueError, OverflowError) as error:  # PyYAML leaves numbers of escapes and directives to Python.
        yield Problem(Place(file, 1), "", f"is no YAML: {error}")
    else:
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
        key, node = top["source"]
        described, problems = self.mapping(node, "the description of the source")
        yield from problems
        if "source" in described:
            yield Problem(
                self.at(described.pop("source")[0]), "source", "is the document itself; name another that describes it as its `catalogue`"
            )
        if "id" not in described:
            if not problems:
                yield Problem(self.at(node), "id", "is missing; give the source an id that will never change")
            described["id"] = self.given("nameless", key)
        common = {name: top[name] for name in ("entered_by",) if name in top}
        catalogue = top["catalogue"] if "catalogue" in top and self.value(top["catalogue"][1]) else described["id"]
        own = {**common, "source": catalogue, "locator": self.given("front matter", key)}
        yield self.row("source", node, {**own, **described})
        yield from self.claims(top.get("claims"), {**common, "source": described["id"]})

    def claims(self, node: Pair | None, common: dict[str, Pair]) -> Iterator[Found]:
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
                        yield Problem(self.at(cells.pop("source")[0]), "source", "is given by the document; take it out")
                    if isinstance(item, yaml.MappingNode):
                        yield self.row(kind.name, item, {**common, **cells})

    def row(self, kind: str, node: yaml.Node, cells: dict[str, Pair]) -> Row:
        values = {name: self.value(value) for name, (_, value) in cells.items()}
        return Row(kind, self.at(node), values, {name: self.at(key).line for name, (key, _) in cells.items()})

    def given(self, text: str, like: yaml.Node) -> Pair:
        """What the document itself says of every claim, as if it stood beside the node `like`."""
        return like, yaml.ScalarNode("tag:yaml.org,2002:str", text, like.start_mark, like.end_mark)

    def mapping(self, node: yaml.Node | None, what: str) -> tuple[dict[str, Pair], list[Problem]]:
        """The keys and values of a mapping. YAML lets a key stand twice and keeps the last; that would lose a claim."""
        if not isinstance(node, yaml.MappingNode):
            return {}, [Problem(self.at(node), "", f"must be {what}")]
        found: dict[str, Pair] = {}
        problems = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problems.append(Problem(self.at(key), "", "must be a name, not a list or a mapping, before the colon"))
            elif key.value in found:
                first = self.at(found[key.value][0]).line
                problems.append(Problem(self.at(key), key.value, f"stands twice, first in line {first}; keep one"))
            else:
                found[key.value] = (key, value)
        return found, problems

    def value(self, node: yaml.Node) -> object:
        """Text, nothing, or a list of texts. Deeper nesting is left out here, and so refused by the type of the field."""
        if isinstance(node, yaml.SequenceNode):
            return [item.value if isinstance(item, yaml.ScalarNode) else {} for item in node.value]
        if not isinstance(node, yaml.ScalarNode):
            return {}
        return None if node.style is None and node.value in NOTHING else str(node.value)


def table(kinds: Kinds, plural: str, file: str, lines: Iterable[str]) -> Iterator[Found]:
    """The claims of a CSV table: one row a claim, columns named for fields; an empty cell claims nothing."""
    kind, reader, start = kinds.by_plural[plural], csv.reader(lines, strict=True), 1
    known = ["id", "source", *kind.fields, *CLAIM_FIELDS]
    try:
        header = next(reader, None)
        if header is None:
            yield Problem(Place(file, 1), "", "is empty; give at least a header row")
            return
        yield from _header(kind, known, file, header)
        start = reader.line_num + 1
        for cells in reader:
            place, start = Place(file, start), reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue  # Spreadsheet programs leave rows of commas below the last.
            if len(cells) != len(header):
                yield Problem(place, "", f"has {len(cells)} cells where the header has {len(header)}")
            elif {"id", "source"} <= set(header):
                yield Row(
                    kind.name, place, {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip() and name in known}
                )
    except csv.Error as error:
        yield Problem(Place(file, start), "", f"is no CSV, in the row that begins here: {error}")


def _header(kind: Kind, known: list[str], file: str, header: list[str]) -> Iterator[Problem]:
    """What is wrong with the columns, told once and not in every row."""
    for name in dict.fromkeys(header):
        if name not in known:
            named = f"is no field of {kind.name}; {nearest(name, known)}" if name else "a column has no name; name it or take it out"
            yield Problem(Place(file, 1), name, named)
        elif header.count(name) > 1:
            yield Problem(Place(file, 1), name, "is the name of two columns; keep one")
    for name in ("id", "source"):
        if name not in header:
            yield Problem(Place(file, 1), name, "is missing: every table needs this column")


def ndjson(kinds: Kinds, plural: str, file: str, lines: Iterable[str]) -> Iterator[Found]:
    """The claims of a table in newline-delimited JSON: one object a claim; null claims nothing."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = Place(file, number)
        try:
            cells = json.loads(line, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique)
        except RecursionError:
            yield Problem(place, "", "is nested too deeply; a claim is one flat object")
            continue
        except (ValueError, InvalidOperation) as error:
            what = f"is no JSON: {error}" if isinstance(error, ValueError) else "is no JSON: it holds a number beyond all bounds"
            yield Problem(place, "", what)
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
