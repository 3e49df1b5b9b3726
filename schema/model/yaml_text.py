"""Composes a document in YAML, and says in one line and by its place what is wrong with one that is not valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import yaml

from ..codelists.vocabularies import suggestion
from .claim import Place, Problem

NULLS = ("", "~", "null", "Null", "NULL")  # Plain scalars that stand for no value. Between quotation marks they are text.


TAB = "found character '\\t' that cannot start any token"  # PyYAML says so of every tab that it does not accept.
PERCENT = "found character '%' that cannot start any token"


def compose(file: str, text: str, shape: str = "") -> yaml.Node | Problem | None:
    """The root of a document, whose scalars are all text; the problem of one that is not valid; None for an empty one.

    `shape`: what such a document looks like, for messages.
    """
    try:
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        return unreadable(place(file, error.problem_mark), _yaml_problem(error))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        at = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return unreadable(at, f"is not valid YAML: it cannot contain the character U+{int(error.character):04X}; remove it")
    except RecursionError:
        return unreadable(Place(file, 1), f"is nested too deeply{'; ' * bool(shape)}{shape}")
    except (ValueError, OverflowError):
        # PyYAML leaves the numbers of escapes and directives to Python, whose messages depend on its version.
        what = "is not valid YAML: the number of an escape, such as \\U0010FFFF, or of a directive is out of range"
        return unreadable(Place(file, 1), what)


def _yaml_problem(error: yaml.MarkedYAMLError) -> str:
    if error.problem == TAB:
        return "contains a tab, which YAML allows only between quotation marks; use spaces"
    hint = "; put a text that begins with a percent sign between quotation marks" if error.problem == PERCENT else ""
    return f"is not valid YAML: {error.problem or error.context}{hint}"


def place(file: str, mark: yaml.Mark | None) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1)


def unreadable(place: Place, what: str, field: str = "") -> Problem:
    """A problem because of which claims are not read."""
    return Problem(place, field, what, hides_claims=True)


@dataclass
class Document:
    """A reader of the nodes of one document, which collects all problems that it finds, each with its line."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, node: yaml.Node | None, key: str, message: str) -> None:
        self.problems.append(Problem(place(self.file, node.start_mark if node else None), key, message))

    def mapping(self, node: yaml.Node | None, key: str, what: str, known: Iterable[str] | None = None) -> dict[str, yaml.Node]:
        """The values of a mapping by their keys, which must be `known` ones if these are given."""
        if not isinstance(node, yaml.MappingNode):
            if not is_null(node):
                self.problem(node, key, f"must be {what}")
            return {}
        values: dict[str, yaml.Node] = {}
        names = None if known is None else list(known)
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self.problem(name, key, "must have a name, not a list or a mapping, before the colon")
            elif name.value in values:
                self.problem(name, name.value, "is given twice; keep one")
            elif names is not None and name.value not in names:
                self.problem(name, name.value, f"is not a key of {what}; {suggestion(name.value, names)}")
            else:
                values[name.value] = value
        return values

    def text(self, node: yaml.Node | None, key: str) -> str | None:
        """A text; None if there is none."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, yaml.ScalarNode):
            self.problem(node, key, "must be a text")
            return None
        return node.value.strip() or None

    def texts(self, node: yaml.Node | None, key: str) -> tuple[str, ...]:
        """A list of texts; a single one may stand without brackets."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [] if node is None else [node]
        return tuple(text for item in nodes if (text := self.text(item, key)) is not None)


def is_null(node: yaml.Node | None) -> bool:
    return node is None or (isinstance(node, yaml.ScalarNode) and node.style is None and node.value in NULLS)


Nodes = Mapping[str, yaml.Node]
