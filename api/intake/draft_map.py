"""Writes the first draft of a map: each column of a table with some of its values and the field that its name suggests."""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schema.formats.expressions import Column
from schema.formats.header_words import FACTORS, RUNNING_TOTAL, SHARE, said_by, without
from schema.formats.map_words import ACTORS, CUMULATIVE, DATE_PATTERNS, DESCRIBING, FIGURES, GUESSED_NULLS, SENTINELS, WORDS
from schema.formats.maps import MapFormat

from ..sql.duckdb import draft, tables
from ..sql.duckdb import merge_files as gather
from .draft_series import Series, series
from .intake import DUCKDB_MEMORY
from .open import open_file

NAMES, VALUES = "year of the column", "number"  # What a draft calls the columns that are made of columns for each year.
YEAR = re.compile(r"(19|20)\d\d")
MAX_SAMPLES = 3  # Values that the draft shows of a column.
MAX_SAMPLE_LENGTH = 40
PLAIN = re.compile(r"[A-Za-z][\w /.-]*")  # A key that YAML reads as it is.


@dataclass(frozen=True)
class ColumnSample:
    """A column of a table: its name, and its commonest values among the records that were read, the commonest first."""

    name: str
    values: list[str]

    @property
    def target(self) -> str:
        """The field that the name of the column suggests; empty if it suggests none."""
        words = " ".join(re.findall(r"[a-z]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1 \2", without(self.name, self.meaning)).lower()))
        target = next((target for target, names in WORDS.items() if words in names), "")
        if not self.meaning or target.partition(".")[0] not in FIGURES:
            return target
        if self.meaning == SHARE:
            return ""
        return target.replace(".", f"{CUMULATIVE}.") if self.meaning == RUNNING_TOTAL else target

    @property
    def meaning(self) -> str:
        """What the name says of the numbers of the column; empty for plain counts."""
        return said_by(self.name)


def draft_map(path: Path) -> str:
    """The draft of a map for a table, as YAML that `load --map` reads. Raises LoadRefused for a file that cannot be read as a table."""
    with tempfile.TemporaryDirectory(prefix="conflict-facts-") as folder:
        connection = duckdb.connect()
        try:
            for statement in (*tables.settings(DUCKDB_MEMORY, Path(folder)), gather.DROP_REJECTS):
                connection.execute(statement)
            file = open_file(connection, path, Path(folder), ANY_TABLE)
            values = connection.execute(draft.commonest_values(file.records, file.columns)).fetchall()
            samples = [ColumnSample(name, [value for column, value in values if column == name]) for name in file.columns]
            described = _describing(_placed(samples))
            identified = described and connection.execute(draft.tells_rows_apart(file.records, described)).fetchall()[0][0]
        finally:
            connection.close()
    header_rows = file.format.header_rows if isinstance(file.format, MapFormat) else 1
    return "\n".join(_lines(path, samples, header_rows, described if identified else ())) + "\n"


# A table of any columns, whose first row is its header.
ANY_TABLE = MapFormat("any-table", "Any table", "Any table.", needs=(), records=(), entry=Column(()), header_rows=0)


def _describing(placed: dict[str, str]) -> list[str]:
    """The columns that say which event a row is about, rather than what is counted; none if a column has the id of the row."""
    return [] if "row.id" in placed.values() else [name for name, target in placed.items() if target.partition(".")[0] in DESCRIBING]


def _lines(path: Path, samples: Sequence[ColumnSample], header_rows: int, identified: Sequence[str]) -> Iterator[str]:
    name = "-".join(re.findall(r"[a-z0-9]+", path.name.partition(".")[0].lower())) or "my-table"
    placed = _placed(samples)
    yield f"# A first draft for {path.name}. Check every line: the fields are guessed from the names of the columns."
    yield f"name: {name if name[0].isalpha() else f'table-{name}'}"
    yield f"title: {json.dumps(path.name.partition('.')[0], ensure_ascii=False)}"
    yield "note: Say here where the publisher describes the columns."
    yield "# Who makes these claims? If their terms forbid redistribution, say `redistributable: false`."
    yield f"source: {{id: {name}, license: unknown}}"
    yield from _values(samples, placed)
    if header_rows > 1:
        yield f"header_rows: {header_rows}"
    years = [sample for sample in samples if YEAR.fullmatch(sample.name)]
    wide = len(years) > 1
    yield from _wide(years) if wide else ()
    drafted = series(placed, counts_rows=wide)
    if drafted.remark:
        yield f"# {drafted.remark}"
    if identified:
        told = [*identified, *([NAMES] if wide else [])]
        yield f"# Rows have no id, and {_differ(told)} in every row. If so in all files, let {'it' if len(told) == 1 else 'them'} become row.id too, as in"
        yield f"# `{_key(told[0])}: [{', '.join((*drafted.targets[told[0]], 'row.id'))}]`: a corrected number then changes its figure, and does not become another one."
    yield "columns:"
    if wide:
        yield f"  {NAMES}: event.date"
        yield "  # What do these numbers count? Killed is a guess."
        yield f"  {VALUES}: killed.best"
    for sample in samples:
        if not (wide and sample in years):
            yield from _column(sample, placed, drafted)
    yield "# Values that every event has: `kind` is one of the codes in docs/reference.md; `country` is needed if no column has it."
    yield f"event: {{kind: other{f', id: {drafted.event_id}' if drafted.event_id else ''}}}"
    if drafted.locates_figures:
        yield "place: {of: figures}"
    used = [target for targets in drafted.targets.values() for target in targets]
    yield from _parts("figures", FIGURES, [*used, "killed.best"] if wide else used)
    yield from _parts("actors", ACTORS, used)


def _column(sample: ColumnSample, placed: Mapping[str, str], drafted: Series) -> Iterator[str]:
    """A column with some of its values, and what the draft says of it."""
    shown = " | ".join(value[:MAX_SAMPLE_LENGTH] for value in sample.values[:MAX_SAMPLES]) or "(always empty)"
    yield f"  # {' '.join(shown.split())}"
    targets = drafted.targets.get(sample.name, ())
    if sample.name in drafted.remarks:
        yield f"  # {drafted.remarks[sample.name]}"
    elif not targets:
        yield "  # Nothing is guessed for this column: say what it becomes, or leave it to `original`, which keeps it with the claim."
    if placed.get(sample.name) == "event.kind":
        yield "  # Give our code for each word, for example {to: event.kind, codes: {Bombing: explosion}, otherwise: other}."
    yield f"  {_key(sample.name)}: {_target(targets, FACTORS.get(sample.meaning, 1))}"


def _target(targets: Sequence[str], factor: int) -> str:
    if len(targets) > 1:
        return f"[{', '.join(targets)}]"
    target = targets[0] if targets else "original"
    if target == "event.kind":
        return "{to: event.kind, codes: {}, otherwise: other}"
    return f"{{to: {target}, times: {factor}}}" if factor > 1 and target.partition(".")[0] in FIGURES else target


def _wide(years: Sequence[ColumnSample]) -> Iterator[str]:
    """What the map says of columns that are years."""
    patterns = sorted({f"{sample.name[:2]}??" for sample in years})
    yield "# Each cell of these columns becomes a row, with the name of its column beside it."
    yield f"wide: {{columns: {json.dumps(patterns)}, names: {NAMES}, values: {VALUES}}}"


def _differ(names: Sequence[str]) -> str:
    """That these columns differ."""
    return f"{names[0]} differs" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} together differ"


def _placed(samples: Sequence[ColumnSample]) -> dict[str, str]:
    """The field of each column that has one: no two columns become the same."""
    placed: dict[str, str] = {}
    for sample in samples:
        if sample.target and (sample.target == "drop" or sample.target not in placed.values()):
            placed[sample.name] = sample.target
    return placed


def _values(samples: Sequence[ColumnSample], placed: dict[str, str]) -> Iterator[str]:
    """How dates are written, and which values stand for none, as far as the values of the columns show."""
    dates = [sample.values for sample in samples if placed.get(sample.name) in ("event.date", "event.started_on", "event.ended_on")]
    unread = [
        value for values in dates for value in values if re.search(r"\d", value) and not re.fullmatch(r"\d{4}(-\d\d(-\d\d.*)?)?", value)
    ]
    fitting = [pattern for pattern in DATE_PATTERNS if unread and all(_reads(value, pattern) for value in unread if value not in SENTINELS)]
    if len(fitting) == 1:
        yield f"dates: {json.dumps(fitting, ensure_ascii=False)}"
    elif unread:
        ways = " or ".join(json.dumps([pattern]) for pattern in fitting) or '["%d/%m/%Y"], for example'
        yield f"# How are the dates written? Nothing decides it, so say it here, as {ways}."
        yield "# dates: []"
    seen = {value for sample in samples for value in sample.values}
    if nulls := sorted(value for value in seen if value.lower() in GUESSED_NULLS):
        yield f"nulls: {json.dumps(nulls, ensure_ascii=False)}"
    if sentinels := sorted(seen & {*SENTINELS}):
        yield f"sentinels: {json.dumps(sentinels)}"


def _reads(value: str, pattern: str) -> bool:
    try:
        return dt.datetime.strptime(value, pattern).year >= 1000  # A day, without a time.
    except ValueError:
        return False


def _key(name: str) -> str:
    return (
        name
        if PLAIN.fullmatch(name)
        and name.strip() == name
        and name.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
        else json.dumps(name, ensure_ascii=False)
    )


def _parts(section: str, parts: dict[str, str], targets: Sequence[str]) -> Iterator[str]:
    used = [name for name in parts if any(target.startswith(f"{name}.") for target in targets)]
    if used:
        yield f"{section}:"
        yield from (f"  {name}: {parts[name]}" for name in used)
