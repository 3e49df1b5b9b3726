"""Reads the files of collections."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from schema.codelists.vocabularies import suggestion
from schema.fixtures.check import Checked, check
from schema.fixtures.documents import read_document
from schema.fixtures.rows import DataFile, FixtureRow, RowOrProblem
from schema.model.claim import Place, Problem
from schema.model.kinds import Kinds

from .fixture_files import READERS, extension, fixture_files, foreign_files, missing_path, without_gz


@dataclass(frozen=True)
class FixtureFile:
    """A file of fixtures: its name, the SHA-256 of its content, its format, and the number of its records."""

    file: str
    sha256: str
    format: str
    records: int
    warnings: tuple[str, ...] = ()  # What of a publisher's file is not read, and what its claims lack.


@dataclass
class Collection:
    """The fixtures of one folder: its name, its claims, and a digest of all files that were read together with it."""

    name: str
    checked: Checked = field(default_factory=Checked)
    digest: str = ""
    files: list[FixtureFile] = field(default_factory=list)
    not_named: list[str] = field(default_factory=list)  # Files of other formats that no document names, and that are not read.
    data_files: dict[Path, DataFile] = field(default_factory=dict)  # By path, with the name that files have in receipts.


def read_collections(kinds: Kinds, folders: Iterable[Path]) -> list[Collection]:
    """Read and check collections together, since one may refer to records of another."""
    folders, digests = list(folders), dict[str, bytes]()
    data_files: dict[Path, DataFile] = {}
    results = [
        result
        for folder in folders
        for result in sorted(
            _read_folder(kinds, folder, digests, data_files), key=lambda result: result.place.file
        )  # Documents come first.
    ]
    rows = [result for result in results if isinstance(result, FixtureRow)]
    checked = check(kinds, rows, (result for result in results if isinstance(result, Problem)))
    records = Counter(row.place.file for row in rows)
    formats = {data_file.file: data_file.format or "map" for data_file in data_files.values()}
    files = [
        FixtureFile(file, digest.hex(), formats.get(file, _format_name(file)), records[file]) for file, digest in sorted(digests.items())
    ]
    digest = hashlib.sha256(b"".join(f"{file}\0".encode() + content for file, content in sorted(digests.items())))
    collections = _by_collection(checked, [folder.name for folder in folders], digest.hexdigest(), files)
    for collection, folder in zip(collections, folders, strict=True):
        collection.not_named = [name for path, name in foreign_files(folder) if path not in data_files]
    for path, data_file in data_files.items():
        next(collection for collection in collections if collection.name == data_file.place.collection).data_files[path] = data_file
    return collections


def _format_name(file: str) -> str:
    """The format of a file, by its extension."""
    return extension(Path(file)).removeprefix(".").replace("yml", "yaml")


def _by_collection(checked: Checked, names: list[str], digest: str, files: list[FixtureFile]) -> list[Collection]:
    """One collection per folder. The first has the problems of all, since any problem refuses all collections."""
    by_name = {name: Collection(name, digest=digest) for name in names}
    for file in files:
        by_name[file.file.partition("/")[0]].files.append(file)
    for claim in checked.claims:
        by_name[claim.place.collection].checked.claims.append(claim)
    first = by_name[names[0]].checked
    first.problems, first.flagged = checked.problems, sorted(checked.flagged)
    first.unresolved, first.described = checked.unresolved, checked.described
    return list(by_name.values())


def without(collections: list[Collection], names: Iterable[str]) -> list[Collection]:
    """The collections except those of these names; the first one still has the problems of all."""
    rest = [collection for collection in collections if collection.name not in [*names]]
    if rest and rest[0] is not collections[0]:
        first, checked = rest[0].checked, collections[0].checked
        first.problems, first.flagged, first.unresolved, first.described = (
            checked.problems, checked.flagged, checked.unresolved, checked.described
        )  # fmt: skip
    return rest


def clickable(problem: Problem, folders: Sequence[Path], files: Iterable[str]) -> str:
    """A problem as `path:line:column: field: message`, with paths that terminals and editors open; the column only if it is known.

    `files` are the names of all files that the message may mention.
    """
    root, place, text = folders[0].parent, problem.place, problem.text
    for file in files:
        text = text.replace(f"{file}:", f"{_shown(root / file)}:")
    return f"{_shown(root / place.file)}:{place.line}{f':{place.column}' if place.column else ''}: {text}"


def _shown(path: Path) -> Path:
    """A path as it would be typed in the current folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _read_folder(kinds: Kinds, folder: Path, digests: dict[str, bytes], data_files: dict[Path, DataFile]) -> Iterator[RowOrProblem]:
    """The rows and problems of the files of a folder.

    Adds the name of each file and the SHA-256 of its content to `digests`, and to `data_files` the files that source documents name.
    """
    paths = fixture_files(folder)
    for path in [path for path in paths if extension(path) not in READERS]:
        file, text = str(Path(folder.name) / path.relative_to(folder)), _read_text(folder, path, digests)
        for part in [text] if isinstance(text, Problem) else read_document(kinds, file, text):
            if isinstance(part, DataFile):
                yield from _add_data_file(folder, path, part, digests, data_files)
            else:
                yield part
    for path in [path for path in paths if extension(path) in READERS and path not in data_files]:
        text = _read_text(folder, path, digests)
        if isinstance(text, Problem):
            yield text
        else:
            yield from _read_table(kinds, path, str(Path(folder.name) / path.relative_to(folder)), text)


def _read_text(folder: Path, path: Path, digests: dict[str, bytes]) -> str | Problem:
    """The text of a file, or why it has none."""
    file = str(Path(folder.name) / path.relative_to(folder))
    try:
        content = path.read_bytes()
        digests[file] = hashlib.sha256(content).digest()
        # utf-8-sig: spreadsheet programs put a byte order mark before the first column's name.
        return (gzip.decompress(content) if path.suffix.lower() == ".gz" else content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        place = Place(file, before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode()) + 1)
        what = f"byte {error.object[error.start]:#04x} is not valid UTF-8; save the file as UTF-8"
        return Problem(place, "", what, hides_claims=True)
    except (OSError, EOFError, zlib.error) as error:
        return Problem(Place(file, 1), "", f"cannot be read: {getattr(error, 'strerror', None) or error}", hides_claims=True)


def _add_data_file(
    folder: Path, document: Path, part: DataFile, digests: dict[str, bytes], data_files: dict[Path, DataFile]
) -> Iterator[Problem]:
    """Add a file that a document names, or say why it cannot be read."""
    path, map_path = (Path(os.path.normpath(document.parent / name)) for name in (part.file, part.map))
    if path in data_files:
        yield Problem(part.place, "file", f"{part.file!r} is named twice, first at {data_files[path].place}; keep one", hides_claims=True)
        return
    for key, name, file in (("file", part.file, path), *([("map", part.map, map_path)] if part.map else [])):
        if problem := _add_digest(folder, name, file, digests):
            yield Problem(part.place, key, problem, hides_claims=True)
    if not path.is_relative_to(folder):
        return
    file_name = str(Path(folder.name) / path.relative_to(folder))
    data_files[path] = replace(part, file=file_name, map=str(map_path) if part.map else "")


def _add_digest(folder: Path, name: str, path: Path, digests: dict[str, bytes]) -> str:
    """Add the digest of a file that a document names; returns why it cannot be read, or an empty text."""
    if not path.is_relative_to(folder):
        return f"{name!r} is not in the folder {folder.name}; put it there"
    if not path.is_file():
        return f"{name!r} is a folder; name a file" if path.is_dir() else missing_path(path)
    try:
        with path.open("rb") as content:
            digests[str(Path(folder.name) / path.relative_to(folder))] = hashlib.file_digest(content, "sha256").digest()
    except OSError as error:
        return f"{name!r} cannot be read: {error.strerror}"
    return ""


def _read_table(kinds: Kinds, path: Path, file: str, text: str) -> Iterator[RowOrProblem]:
    stem = without_gz(path).stem
    if stem not in kinds.by_plural:
        what = (
            f"a table of a collection is named after its kind, in the plural: {suggestion(stem, kinds.by_plural)}; a file in another format "
            "is named under `files` in the document of its source (docs/loading.md)"
        )
        yield Problem(Place(file, 1), "", what, hides_claims=True)
    else:
        # newline="": the csv reader must see line ends in quoted cells unchanged.
        yield from READERS[extension(path)](kinds, stem, file, io.StringIO(text, newline=""))
