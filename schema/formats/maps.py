"""Reads a map: a maintainer's declaration, in YAML, of what the columns of a table become. It is the declaration of a format, as data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import yaml

from ..codelists.gleditsch_ward import STATES
from ..codelists.vocabularies import suggestion
from ..model.claim import Problem
from ..model.field import Field
from ..model.kinds import Kinds
from ..model.parsers import ID_PATTERN
from ..model.yaml_text import Document, Nodes, compose, is_null
from . import map_keys as keys
from .acled import ACLED
from .expressions import (
    Coded,
    Column,
    Concat,
    Constant,
    Expression,
    FirstKnown,
    LoadedSource,
    Lookup,
    OnlyIf,
    PeriodDay,
    PeriodPrecision,
    RowDigest,
    Unless,
    concat,
)
from .format import FileFormat
from .hxl import ANY_COUNTRY, TableMapping
from .hxl_columns import HASHTAG
from .spellings import NULL_WORDS, Spellings
from .table_row import BOUNDS, LEVELS, TableRow, identified, period_precision

PROTECTED = (ACLED,)  # Datasets whose terms forbid redistribution.
NONE = "(none)"  # Stands for an empty cell among the codes of a kind, which every record has.
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class MapFormat(FileFormat):
    """The format that a map declares. `header`: the columns of its files, if these have no header; `digest`: the SHA-256 of the map."""

    header: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Entry:
    """What one column becomes, and how its cells are read."""

    column: str
    target: str
    node: yaml.Node
    dates: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    sentinels: tuple[str, ...] = ()
    codes: Mapping[str, str | None] = field(default_factory=dict)
    code_list: str = ""  # The name of a list of codes that the project has.
    otherwise: str | None = None
    optional: bool = False


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
        self.joined = self.joins()
        self.figures = self.parts("figures", "figure")
        self.actors = self.parts("actors", "actor")
        self.targets = keys.targets(self.kinds, self.figures, self.actors)
        entries = self.entries(root)
        constants = {part: self.constants(part, self.top.get(part), part) for part in ("event", "place")}
        self.check_completeness(root, entries)
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
        for dataset in PROTECTED:
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

    def joins(self) -> dict[str, Concat]:
        joined = {}
        for name, node in self.document.mapping(self.top.get("join"), "join", "a mapping of names").items():
            given = self.document.mapping(node, name, "the columns that are joined", keys.JOIN_KEYS)
            columns = self.document.texts(given.get("columns"), "columns")
            if not columns:
                self.document.problem(node, name, "must name the columns that it is made of, as `columns`")
            words = (*self.document.texts(self.top.get("nulls"), "nulls"), *self.document.texts(self.top.get("sentinels"), "sentinels"))
            by = given["by"].value if isinstance(given.get("by"), yaml.ScalarNode) else "-"
            joined[name] = Concat(tuple(_unless(Column((column,)), words) for column in columns), by, lenient=True)
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
        dates = self.document.texts(given.get("dates", self.top.get("dates")), "dates")
        if wrong := [pattern for pattern in dates if "%" not in pattern]:
            self.document.problem(
                given.get("dates", self.top.get("dates")), "dates", f"{wrong[0]!r} is not a pattern; write, for example, '%d/%m/%Y'"
            )
        if swapped := next((pattern for pattern in dates if _swapped(pattern) in dates), ""):
            message = f"{swapped!r} and {_swapped(swapped)!r} read the same text as different days; keep the one that the file follows"
            self.document.problem(given.get("dates", self.top.get("dates")), "dates", message)
        of_countries = target.endswith(".country") or target.startswith("#country")
        nulls = () if of_countries else self.document.texts(self.top.get("nulls"), "nulls")
        return Entry(column, target, node, dates, (*own, *nulls), sentinels, codes, code_list, otherwise, optional == "true")

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

    def check_completeness(self, root: yaml.Node | None, entries: Sequence[Entry]) -> None:
        by_part: dict[str, set[str]] = {}
        for entry in entries:
            part, _, name = entry.target.partition(".")
            by_part.setdefault(part, set()).add(name)
        for name, given in self.figures.items():
            node = self.section_node("figures", name)
            if not {*BOUNDS} & {*given, *by_part.get(name, ())}:
                self.document.problem(node, name, f"has no number: let a column become {name}.best, {name}.low or {name}.high")
            for required in ("measure",):
                if required not in given and required not in by_part.get(name, ()):
                    self.document.problem(node, name, f"has no {required}; {self.kinds['figure'].fields[required].type.sentence}")
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

    def section_node(self, section: str, name: str) -> yaml.Node:
        return next(key for key, _ in self.top[section].value if isinstance(key, yaml.ScalarNode) and key.value == name)

    # The format

    def format(
        self, name: str, title: str, source_id: str, source: Mapping[str, str], header: tuple[str, ...], entries: Sequence[Entry],
        constants: Mapping[str, Mapping[str, Any]],
    ) -> MapFormat:  # fmt: skip
        used = [entry for entry in entries if not entry.optional and entry.target not in keys.UNTARGETED]
        joined = {column for entry in used if entry.column in self.joined for column in self.joined[entry.column].columns()}
        conditions = {column for figure in self.figures.values() for column in figure.get(keys.ONLY_IF, ())}
        needs = dict.fromkeys((*(entry.column for entry in used if entry.column not in self.joined), *sorted(joined), *sorted(conditions)))
        ids = [entry.column for entry in entries if entry.target == keys.ROW_ID]
        rows = _Rows(self, entries, constants)
        return MapFormat(
            name, source.get("title", title), self.document.text(self.top.get("note"), "note") or title,
            needs=tuple(Column((column,)) for column in needs),
            records=lambda columns: tuple(rows.row(columns).records()),
            entry=Concat((Constant("id"), *(rows.column(id) for id in ids)), " ", lenient=True) if ids else None,
            sentinels={entry.column: entry.sentinels for entry in entries if entry.sentinels and entry.column not in self.joined},
            source={key: value for key, value in source.items() if key != "title"}, default_source=source_id,
            unstored=tuple(entry.column for entry in entries if entry.target == keys.DROP),
            header=header, spellings=Spellings(NULL_WORDS),
        )  # fmt: skip


class _Rows:
    """Makes the parts of a row from the entries of a map."""

    def __init__(self, reader: _MapReader, entries: Sequence[Entry], constants: Mapping[str, Mapping[str, Any]]) -> None:
        self.reader, self.entries, self.constants = reader, entries, constants
        self.tagged = {entry.target: entry for entry in entries if entry.target.startswith("#")}

    def column(self, name: str) -> Expression:
        return self.reader.joined.get(name, Column((name,)))

    def read(self, entry: Entry, part: str = "", name: str = "") -> Expression:
        """The value of a column for a field."""
        raw = _unless(self.column(entry.column), (*entry.nulls, *entry.sentinels))
        field = self.reader.targets.get(entry.target)
        default = (keys.DEFAULT_KINDS.get(part, keys.DEFAULT_ACTOR_KIND)) if name == "kind" else None
        if entry.codes or (default and entry.otherwise is not None):
            codes = {**entry.codes, **({NONE: default} if default else {})}
            of = FirstKnown((raw, Constant(NONE))) if default else raw
            return Coded(of, codes, entry.otherwise)
        if entry.code_list:
            return Lookup("gleditsch_ward", STATES, raw, self.day())
        if entry.target == keys.COUNTRY:
            return Coded(raw, ANY_COUNTRY)
        if entry.target == keys.EVENT_DATE or (field is not None and field.type.is_date):
            return PeriodDay(raw, entry.dates, last=name in ("ended_on", "period_end", "active_to"))
        return FirstKnown((raw, Constant(default))) if default else raw

    def day(self) -> Expression:
        """The day of the event as the file writes it, by which lists of codes are looked up."""
        return next(
            (self.column(entry.column) for entry in self.entries if entry.target in (keys.EVENT_DATE, "event.started_on")), Column(())
        )

    def part(self, part: str, constants: Mapping[str, Any]) -> dict[str, Expression]:
        """The fields of a part of the row: its constants, then what columns become."""
        given: dict[str, Expression] = {key: Constant(value) for key, value in constants.items() if isinstance(value, str)}
        for entry in self.entries:
            of, _, name = entry.target.partition(".")
            if of == part:
                given[name] = self.read(entry, part, name)
        return given

    def row(self, columns: Sequence[str]) -> TableRow:
        """The parts of a row of a file with these columns."""
        row_id, tags = self.row_id(columns), TableMapping([*self.tagged]).table_row()
        tags = _substituted(tags, self.tag)
        event, place = self.part("event", self.constants["event"]), self.part("place", self.constants["place"])
        own_country = event.pop("country", None)
        event |= self.days(event)
        event_id, of = event.pop("id", None), place.pop(keys.OF, None)
        return TableRow(
            row=row_id,
            event={**tags.event, **event},
            event_id=FirstKnown((*identified(event_id), row_id)) if event_id else tags.event_id,
            shares_events=event_id is not None or tags.shares_events,
            country=own_country or tags.country,
            place={**tags.place, **place},
            divisions={**tags.divisions, **{level: given for level in LEVELS if (given := self.part(f"admin{level}", {}))}},
            actors={**tags.actors, **{name: self.part(name, given) for name, given in self.reader.actors.items()}},
            figures={**tags.figures, **{name: self.figure(name, given) for name, given in self.reader.figures.items()}},
            figure_actors={name: given["actor"] for name, given in self.reader.figures.items() if "actor" in given},
            quoted={**tags.quoted, **self.part("source", {})},
            locates_figures=of == Constant("figures"),
        )

    def row_id(self, columns: Sequence[str]) -> Expression:
        cells = concat(LoadedSource(), "-", RowDigest(tuple(Column((name,)) for name in sorted(columns))))
        ids = tuple(self.column(entry.column) for entry in self.entries if entry.target == keys.ROW_ID)
        return FirstKnown((*identified(ids[0] if len(ids) == 1 else Concat(ids, "-")), cells)) if ids else cells

    def days(self, event: dict[str, Expression]) -> dict[str, Expression]:
        """The days of the event, and their precision if they may be months or years."""
        fields: dict[str, Expression] = {}
        if isinstance(day := event.pop("date", None), PeriodDay):
            fields = {"started_on": day, "ended_on": replace(day, last=True)}
        dates = [value for name in ("started_on", "ended_on") if isinstance(value := {**event, **fields}.get(name), PeriodDay)]
        if dates and "date_precision" not in event:
            fields["date_precision"] = period_precision(dates)
        return fields

    def figure(self, name: str, constants: Mapping[str, Any]) -> dict[str, Expression]:
        fields = self.part(name, {key: value for key, value in constants.items() if key != "actor"})
        for column, words in constants.get(keys.ONLY_IF, {}).items():
            fields |= {bound: OnlyIf(fields[bound], self.column(column), words) for bound in BOUNDS if bound in fields}
        return fields

    def tag(self, expression: Expression) -> Expression:
        """The column that has a tag, in place of the tag; and dates as the map says that they are written."""
        if isinstance(expression, (PeriodDay, PeriodPrecision)):
            return replace(expression, patterns=self.reader.document.texts(self.reader.top.get("dates"), "dates"))
        if isinstance(expression, Column) and expression.names:
            return next((self.read(self.tagged[tag]) for tag in expression.names if tag in self.tagged), expression)
        return expression


def _items(node: yaml.Node) -> list[yaml.Node]:
    """A list of mappings says that a column becomes several things, each in its own way; anything else is one."""
    is_list = isinstance(node, yaml.SequenceNode) and any(isinstance(item, yaml.MappingNode) for item in node.value)
    return list(node.value) if is_list else [node]


def _swapped(pattern: str) -> str:
    """A pattern with its day and its month exchanged."""
    return pattern.replace("%d", "%%").replace("%m", "%d").replace("%%", "%m") if "%d" in pattern and "%m" in pattern else ""


def _unless(expression: Expression, words: tuple[str, ...]) -> Expression:
    return Unless(expression, words) if words else expression


def _substituted(value: Any, change: Callable[[Expression], Expression]) -> Any:
    """A declaration in which every expression is changed."""
    if isinstance(value, tuple):
        return tuple(_substituted(item, change) for item in value)
    if isinstance(value, dict):
        return {key: _substituted(item, change) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        value = replace(value, **{part.name: _substituted(getattr(value, part.name), change) for part in fields(value)})
    return change(value) if isinstance(value, Expression) else value
