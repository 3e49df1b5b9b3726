"""Reads a map: a maintainer's declaration, in YAML, of what the columns of a table become. It is the declaration of a format, as data.

Longer than most modules, because one class walks over the map and collects its problems; each of its methods reads one key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from ..codelists.vocabularies import suggestion
from ..model.claim import Problem
from ..model.field import Field
from ..model.kinds import Kinds
from ..model.parsers import ID_PATTERN
from ..model.yaml_text import Document, Nodes, compose, is_null
from . import date_patterns, protected_formats
from . import map_keys as keys
from .expressions import Column, Concat, Constant
from .format import FileFormat
from .hxl import TableMapping
from .hxl_columns import HASHTAG
from .map_rows import Entry, Parts, Rows, unless
from .map_series import unshared_series
from .map_shape import Wide, half_points, header_rows, impossible_figure, misread, read_wide
from .spellings import NULL_WORDS, Spellings, seen
from .table_row import BOUNDS

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class MapFormat(FileFormat):
    """The format that a map declares. `header`: the columns of its files, if these have no header; `digest`: the SHA-256 of the map.

    `header_rows`: the rows that the names of the columns take; 0 if the file shows it. `wide`: the columns whose cells become rows of their own.
    `declared`: all columns that the map names, in the spelling of the map. `without_numbers`: the map says that nothing is counted, by `figures: {}`.
    """

    header: tuple[str, ...] = ()
    digest: str = ""
    header_rows: int = 1
    wide: Wide | None = None
    declared: tuple[str, ...] = ()
    without_numbers: bool = False

    def spelled(self, columns: Sequence[str]) -> list[str]:
        """The columns as the map spells them, where they differ from that only in case, white space and what is not seen."""
        folded = {_folded(name): name for name in self.declared}
        return [name if name in self.declared or (own := folded.get(_folded(name), name)) in columns else own for name in columns]


def of_own_table(format: FileFormat) -> bool:
    """Whether a format is that of tables with tags, or is declared by a map; the ids of rows may be made of values."""
    return format.generic or isinstance(format, MapFormat)


def read_map(kinds: Kinds, file: str, text: str) -> tuple[MapFormat | None, list[Problem]]:
    """The format that a map declares, None if it has problems, and all its problems."""
    root = compose(file, text)
    if isinstance(root, Problem):
        return None, [root]
    reader = _MapReader(kinds, Document(file))
    format = reader.read(root)
    if format is not None:
        format = replace(format, digest=hashlib.sha256(text.encode()).hexdigest())
    return (None if reader.document.problems else format), sorted(set(reader.document.problems))


class _MapReader:
    """One walk over the nodes of a map. Problems are collected in its document."""

    def __init__(self, kinds: Kinds, document: Document) -> None:
        self.kinds, self.document, self.top = kinds, document, dict[str, yaml.Node]()

    def read(self, root: yaml.Node | None) -> MapFormat | None:
        self.top = self.document.mapping(root, "", "a map", keys.MAP_KEYS)
        if not self.top:
            if not self.document.problems:
                self.document.problem(root, "", f"is empty; a map has the keys {', '.join(keys.MAP_KEYS)}")
            return None
        name, title = self.required("name", root), self.required("title", root)
        if name and not NAME.fullmatch(name):
            self.document.problem(self.top["name"], "name", "must be a name such as airwars-incidents: small letters, digits and hyphens")
        source_id, source = self.source()
        header = self.header()
        self.thousands = self.separator()
        self.joined = self.joins()
        self.figures = self.parts("figures", "figure")
        self.actors = self.parts("actors", "actor")
        self.targets = keys.targets(self.kinds, self.figures, self.actors)
        self.wide = read_wide(self.document, self.top.get("wide"))
        entries = self.entries(root)
        constants = {part: self.constants(part, self.top.get(part), part) for part in ("event", "place")}
        self.check_completeness(root, entries, constants["event"])
        given = {*(entry.target for entry in entries), *(f"place.{field}" for field in constants["place"])}
        for what in half_points(self.kinds["location"], given):
            self.document.problem(self.top.get("columns", root), "columns", what)
        if self.document.problems:
            return None
        return self.format(name, title, source_id, source, header, entries, constants)

    def required(self, key: str, root: yaml.Node | None) -> str:
        value = self.document.text(self.top.get(key), key)
        if value is None:
            self.document.problem(self.top.get(key, root), key, f"is missing; {keys.MAP_KEYS[key]}")
        return value or ""

    # The file and its source

    def source(self) -> tuple[str, dict[str, str]]:
        allowed = keys.part_fields(self.kinds, "source")
        nodes = self.document.mapping(self.top.get("source"), "source", "the description of the source", ("id", *allowed))
        id = self.document.text(nodes.pop("id", None), "id") or ""
        if id and not re.fullmatch(ID_PATTERN, id):
            self.document.problem(self.top["source"], "id", "must be an id of letters, digits, '-', '_' and '.', at most 128 of them")
        values = {name: text for name, node in nodes.items() if (text := self.value(name, node, allowed[name])) is not None}
        for dataset in protected_formats():
            said = [name for name, value in values.items() if dataset.traits and dataset.traits.mentions(value)]
            if said and values.get("redistributable") != "false":
                what = f"names {dataset.title}, whose terms forbid redistribution; add `redistributable: false`"
                self.document.problem(nodes[said[0]], said[0], what)
        return id, {"kind": "dataset", **values}

    def header(self) -> tuple[str, ...]:
        node = self.top.get("header")
        names = tuple(node.value.split()) if isinstance(node, yaml.ScalarNode) else self.document.texts(node, "header")
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            self.document.problem(node, "header", f"has {', '.join(repeated)} twice; the columns of a file differ")
        return names

    def separator(self) -> str:
        node = self.top.get("thousands")
        given = node.value if isinstance(node, yaml.ScalarNode) and not is_null(node) else ""
        if node is not None and given not in keys.THOUSANDS:
            self.document.problem(node, "thousands", "must be a point, a comma, an apostrophe or a space, in quotation marks")
        return given

    def joins(self) -> dict[str, Concat]:
        joined = {}
        for name, node in self.document.mapping(self.top.get("join"), "join", "a mapping of names").items():
            given = self.document.mapping(node, name, "the columns that are joined", keys.JOIN_KEYS)
            columns = self.document.texts(given.get("columns"), "columns")
            if not columns:
                self.document.problem(node, name, "must name the columns that it is made of, as `columns`")
            words = (*self.document.texts(self.top.get("nulls"), "nulls"), *self.document.texts(self.top.get("sentinels"), "sentinels"))
            by = given["by"].value if isinstance(given.get("by"), yaml.ScalarNode) else "-"
            joined[name] = Concat(tuple(unless(Column((column,)), words) for column in columns), by, lenient=True)
        return joined

    # Figures, actors and values that do not depend on the row

    def parts(self, section: str, kind: str) -> dict[str, dict[str, Any]]:
        """The figures or the actors, by their names, each with its constants and, under `only_if`, the conditions of a figure."""
        parts = {}
        for name, node in self.document.mapping(self.top.get(section), section, f"a mapping of {section} by names of your own").items():
            if not NAME.fullmatch(name) or name in (*keys.FIXED_PARTS, "row"):
                self.document.problem(
                    node, name, "must be a name of your own, of small letters, digits and hyphens, that is not a part of a row"
                )
                continue
            parts[name] = self.constants(name, node, kind)
        return parts

    def constants(self, name: str, node: yaml.Node | None, part: str) -> dict[str, Any]:
        allowed = keys.part_fields(self.kinds, part)
        extra = (keys.ONLY_IF,) if part == "figure" else (keys.OF,) if part == "place" else ("id",) if part == "event" else ()
        values: dict[str, Any] = {}
        for key, value in self.document.mapping(node, name, f"the values of {name}", (*extra, *allowed)).items():
            if key == keys.ONLY_IF:
                conditions = self.document.mapping(value, key, "conditions by column")
                values[key] = {column: self.document.texts(words, column) for column, words in conditions.items()}
            elif key in extra:
                values[key] = self.document.text(value, key)
                if key == keys.OF and values[key] not in ("event", "figures"):
                    self.document.problem(value, key, "must be event or figures")
            elif part == "figure" and key == "actor":
                values[key] = self.document.text(value, key)
                if values[key] not in self.document_names("actors"):
                    self.document.problem(
                        value, key, f"is not one of the actors; {suggestion(values[key] or '', self.document_names('actors'))}"
                    )
            elif (text := self.value(key, value, allowed[key])) is not None:
                values[key] = text
        return values

    def document_names(self, section: str) -> list[str]:
        node = self.top.get(section)
        return [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)] if isinstance(node, yaml.MappingNode) else []

    def value(self, key: str, node: yaml.Node, field: Field) -> str | None:
        """A value of the map itself, checked as a value of the field."""
        text = self.document.text(node, key)
        if text is not None:
            try:
                field.type.parse(text)
            except ValueError as problem:
                self.document.problem(node, key, str(problem))
        return text

    # Columns

    def entries(self, root: yaml.Node | None) -> list[Entry]:
        columns = self.document.mapping(self.top.get("columns"), "columns", "a mapping of the names of columns")
        if not columns and not self.document.problems:
            self.document.problem(self.top.get("columns", root), "columns", "is missing; say what each column becomes")
        return [entry for column, node in columns.items() for item in _items(node) for entry in self.column_entries(column, item)]

    def column_entries(self, column: str, node: yaml.Node) -> Iterable[Entry]:
        given: Nodes = {"to": node}
        if isinstance(node, yaml.MappingNode):
            given = self.document.mapping(node, column, "what a column becomes", keys.COLUMN_KEYS)
        targets = self.document.texts(given.get("to"), column)
        if not targets:
            self.document.problem(node, column, "must say what the column becomes; use `original` if it is only to be kept")
        for target in targets:
            tag = target.replace(" ", "")
            if target not in self.targets and not HASHTAG.fullmatch(tag):
                hint = suggestion(target, self.targets)
                hint = hint if hint.startswith("did you mean") else "docs/own-tables.md lists them"
                self.document.problem(node, column, f"cannot become {target!r}: that is not a field or an HXL tag; {hint}")
                continue
            yield self.entry(column, target if target in self.targets else tag, node, given)

    def entry(self, column: str, target: str, node: yaml.Node, given: Nodes) -> Entry:
        field = self.targets.get(target)
        code_list = self.code_list(column, target, given.get("codes"))
        codes = {} if code_list else self.codes(column, given.get("codes"), field)
        own = self.document.texts(given.get("nulls"), "nulls")
        sentinels = self.document.texts(given.get("sentinels"), "sentinels")
        if not sentinels and (target.rpartition(".")[2] in BOUNDS or target.startswith("#affected")):
            sentinels = self.document.texts(self.top.get("sentinels"), "sentinels")
        otherwise = self.value("otherwise", given["otherwise"], field) if field and "otherwise" in given else None
        optional = self.document.text(given.get("optional"), "optional") or "false"
        if optional not in ("true", "false"):
            self.document.problem(given["optional"], "optional", "must be true or false")
        times = self.times(column, target, given.get("times"), node)
        dates = self.dates(column, given)
        of_countries = target.endswith(".country") or target.startswith("#country")
        nulls = () if of_countries else self.document.texts(self.top.get("nulls"), "nulls")
        return Entry(column, target, node, dates, (*own, *nulls), sentinels, codes, code_list, otherwise, optional == "true", times)

    def dates(self, column: str, given: Nodes) -> tuple[str, ...]:
        """The patterns by which the dates of a column are read: its own, or those of the map."""
        node = given.get("dates", self.top.get("dates"))
        key, of = (column, "the dates ") if "dates" in given else ("dates", "")
        patterns = self.document.texts(node, "dates")
        for pattern in patterns:
            if what := date_patterns.fault(pattern):
                self.document.problem(node, key, f"{of}{pattern!r} {what}")
        if swapped := next((pattern for pattern in patterns if _swapped(pattern) in patterns), ""):
            message = f"{of}{swapped!r} and {_swapped(swapped)!r} read the same text as different days; keep the one that the file follows"
            self.document.problem(node, key, message)
        return patterns

    def times(self, column: str, target: str, node: yaml.Node | None, given: yaml.Node) -> int:
        """What the numbers of a column are multiplied by. A column that is called a share or thousands is a problem unless the map allows for it."""
        part, _, bound = target.rpartition(".")
        is_count = bound in BOUNDS and part in self.figures
        if node is not None:
            text = self.document.text(node, "times") or ""
            if not is_count or not re.fullmatch("[1-9][0-9]{0,8}", text):
                self.document.problem(node, "times", "must be a whole number such as 1000, of a column that becomes the number of a figure")
            return int(text) if text.isdecimal() else 1
        if is_count and (problem := misread(column)):
            self.document.problem(given, column, problem)
        return 1

    def code_list(self, column: str, target: str, node: yaml.Node | None) -> str:
        """The name of a list of codes of ours; empty if the map lists the codes itself."""
        if not isinstance(node, yaml.ScalarNode) or is_null(node):
            return ""
        if node.value not in keys.CODE_LISTS or target != keys.COUNTRY:
            known = ", ".join(f"`{name}`" for name in keys.CODE_LISTS)
            self.document.problem(node, column, f"has codes that are not a mapping of their word to ours; {keys.COUNTRY} may have {known}")
        return str(node.value)

    def codes(self, column: str, node: yaml.Node | None, field: Field | None) -> dict[str, str | None]:
        if node is not None and field is None:
            self.document.problem(node, column, "has codes, but becomes nothing that has codes")
            return {}
        words = self.document.mapping(node, column, "a list of codes: their word, then ours")
        return {word: None if is_null(ours) or field is None else self.value(word, ours, field) for word, ours in words.items()}

    # What the map as a whole must have

    def check_completeness(self, root: yaml.Node | None, entries: Sequence[Entry], event: Mapping[str, Any]) -> None:
        by_part: dict[str, set[str]] = {}
        for entry in entries:
            part, _, name = entry.target.partition(".")
            by_part.setdefault(part, set()).add(name)
        self.check_figures(by_part)
        for name, what in unshared_series(self.figures, entries, event):
            place = self.section_node("figures", name) if name else self.top.get("columns", root)
            self.document.problem(place, name or "columns", what)
        for name, given in self.actors.items():
            node = self.section_node("actors", name)
            for required in ("name", "role"):
                if required not in given and required not in by_part.get(name, ()):
                    self.document.problem(node, name, f"has no {required}: give one here, or let a column become {name}.{required}")
        single = [entry for entry in entries if entry.target not in (keys.ROW_ID, *keys.UNTARGETED)]
        for n, entry in enumerate(single):
            if entry.target in [other.target for other in single[:n]]:
                self.document.problem(
                    entry.node, entry.column, f"is the second column that becomes {entry.target}; use `join`, or keep one"
                )
        tags = [entry.target for entry in entries if entry.target.startswith("#")]
        problem = TableMapping(tags).refusal() if tags and not self.figures else ""
        if problem:
            self.document.problem(self.top.get("columns"), "columns", problem)

    def check_figures(self, by_part: Mapping[str, Collection[str]]) -> None:
        """`by_part`: by the name of a figure, the fields that columns become."""
        for name, given in self.figures.items():
            node = self.section_node("figures", name)
            if not {*BOUNDS} & {*given, *by_part.get(name, ())}:
                self.document.problem(node, name, f"has no number: let a column become {name}.best, {name}.low or {name}.high")
            if "measure" not in given and "measure" not in by_part.get(name, ()):
                self.document.problem(node, name, f"has no measure; {self.kinds['figure'].fields['measure'].type.sentence}")
            for what in impossible_figure(self.kinds["figure"], given, by_part.get(name, ())):
                self.document.problem(node, name, what)

    def section_node(self, section: str, name: str) -> yaml.Node:
        return next(key for key, _ in self.top[section].value if isinstance(key, yaml.ScalarNode) and key.value == name)

    # The format

    def format(
        self, name: str, title: str, source_id: str, source: Mapping[str, str], header: tuple[str, ...], entries: Sequence[Entry],
        constants: Mapping[str, Mapping[str, Any]],
    ) -> MapFormat:  # fmt: skip
        used = [entry for entry in entries if not entry.optional and entry.target != keys.ORIGINAL]
        joined = {column for entry in used if entry.column in self.joined for column in self.joined[entry.column].columns()}
        conditions = {column for figure in self.figures.values() for column in figure.get(keys.ONLY_IF, ())}
        made = {self.wide.names, self.wide.values} if self.wide else set[str]()
        needs = dict.fromkeys((*(entry.column for entry in used if entry.column not in self.joined), *sorted(joined), *sorted(conditions)))
        dates = tuple(self.document.texts(self.top.get("dates"), "dates"))
        rows = Rows(Parts(self.joined, self.figures, self.actors, self.targets, dates), entries, constants)
        ids = rows.ids()
        return MapFormat(
            name, source.get("title", title), self.document.text(self.top.get("note"), "note") or title,
            needs=tuple(Column((column,)) for column in needs if column not in made),
            records=lambda columns: tuple(rows.row(columns).records()), agreements=lambda columns: rows.agreements(),
            entry=Concat((Constant("id"), *ids), " ", lenient=True) if ids else None,
            sentinels={entry.column: entry.sentinels for entry in entries if entry.sentinels and entry.column not in self.joined},
            source={key: value for key, value in source.items() if key != "title"}, default_source=source_id,
            unstored=tuple(entry.column for entry in entries if entry.target == keys.DROP),
            header=header, header_rows=header_rows(self.document, self.top.get("header_rows")), wide=self.wide,
            without_numbers=isinstance(self.top.get("figures"), yaml.MappingNode) and not self.figures,
            declared=tuple(dict.fromkeys((*needs, *(entry.column for entry in entries if entry.column not in self.joined)))), spellings=Spellings(NULL_WORDS, thousands=self.thousands),
        )  # fmt: skip


def _items(node: yaml.Node) -> list[yaml.Node]:
    """A list of mappings says that a column becomes several things, each in its own way; anything else is one."""
    is_list = isinstance(node, yaml.SequenceNode) and any(isinstance(item, yaml.MappingNode) for item in node.value)
    return list(node.value) if is_list else [node]


def _folded(name: str) -> str:
    return " ".join(seen(name).split()).casefold()


def _swapped(pattern: str) -> str:
    """A pattern with its day and its month exchanged."""
    return pattern.replace("%d", "%%").replace("%m", "%d").replace("%%", "%m") if "%d" in pattern and "%m" in pattern else ""
