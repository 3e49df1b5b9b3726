"""Finds and reads the files of collections; the only part of loading that touches the file system."""

from __future__ import annotations

import difflib
import gzip
import hashlib
import io
import shlex
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schema.codelists.vocabularies import suggestion
from schema.fixtures.check import Checked, check
from schema.fixtures.documents import read_document
from schema.fixtures.rows import FixtureRow, RowOrProblem
from schema.fixtures.tables import read_csv, read_ndjson
from schema.model.claim import Place, Problem
from schema.model.kinds import Kinds

from ..errors import BadFixtures

READERS = {".csv": read_csv, ".ndjson": read_ndjson}


@dataclass(frozen=True)
class FixtureFile:
    """A file of fixtures: its name, the SHA-256 of its content, its format, and the number of its records."""

    file: str
    sha256: str
    format: str
    records: int


@dataclass
class Collection:
    """The fixtures of one folder: its name, its claims, and a digest of all files that were read together with it."""

    name: str
    checked: Checked = field(default_factory=Checked)
    digest: str = ""
    files: list[FixtureFile] = field(default_factory=list)


def collection_folders(folder: Path) -> list[Path]:
    """The collections under a folder: the folder itself if it has fixture files, or else each subfolder that has some."""
    if not folder.exists():
        raise BadFixtures(missing_path(folder))
    if not folder.is_dir():
        raise BadFixtures(
            f"{folder} is a file, not a folder of fixtures such as fixtures/ or fixtures/aleppo-2024; "
            f"to check a file of another format, run: conflict-facts load {shlex.quote(str(folder))} --dry-run"
        )
    try:
        if any(_is_fixture(path) for path in folder.iterdir()):
            return [folder.resolve()]
        subfolders = sorted(path.resolve() for path in folder.iterdir() if path.is_dir() and path.name[0] != "." and _fixture_files(path))
    except OSError as error:
        raise BadFixtures(f"{error.filename or folder}: cannot be read: {error.strerror}; you need the right to read it") from error
    if not subfolders:
        raise BadFixtures(f"{folder} has no fixtures: there is no .yaml, .csv or .ndjson file in it or in its subfolders")
    return subfolders


def missing_path(path: Path) -> str:
    """That there is no such file or folder, and which similar ones there are."""
    if path.is_symlink():
        return f"{path}: is a link to {path.readlink()}, which does not exist"
    folder = next(parent for parent in path.parents if parent.exists() or parent == parent.parent)
    name = path.relative_to(folder).parts[0]
    near = difflib.get_close_matches(name, [other.name for other in folder.iterdir()] if folder.is_dir() else [], n=3)
    hint = f"; did you mean {', '.join(str(folder / other) for other in near)}" if near else ""
    return f"there is no file or folder {path}{hint}"


def _is_fixture(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and _extension(path) in (".yaml", ".yml", *READERS)


def _extension(path: Path) -> str:
    return _without_gz(path).suffix.lower()


def _without_gz(path: Path) -> Path:
    """The name of a file, without .gz."""
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name)


def _fixture_files(folder: Path) -> list[Path]:
    """The fixture files of a folder in order of name, except those in hidden folders, such as the folders of editors."""
    paths = (path for path in folder.rglob("*") if _is_fixture(path))
    return sorted(path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def read_collections(kinds: Kinds, folders: Iterable[Path]) -> list[Collection]:
    """Read and check collections together, since one may refer to records of another."""
    folders, digests = list(folders), dict[str, bytes]()
    results = [result for folder in folders for result in _read_folder(kinds, folder, digests)]
    rows = [result for result in results if isinstance(result, FixtureRow)]
    checked = check(kinds, rows, (result for result in results if isinstance(result, Problem)))
    records = Counter(row.place.file for row in rows)
    files = [FixtureFile(file, digest.hex(), _format_name(file), records[file]) for file, digest in digests.items()]
    digest = hashlib.sha256(b"".join(f"{file}\0".encode() + content for file, content in digests.items()))
    return _by_collection(checked, [folder.name for folder in folders], digest.hexdigest(), files)


def _format_name(file: str) -> str:
    """The format of a file, by its extension."""
    return _extension(Path(file)).removeprefix(".").replace("yml", "yaml")


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


def _read_folder(kinds: Kinds, folder: Path, digests: dict[str, bytes]) -> Iterator[RowOrProblem]:
    """The rows and problems of the files of a folder. Adds the name of each file and the SHA-256 of its content to `digests`."""
    for path in _fixture_files(folder):
        file = str(Path(folder.name) / path.relative_to(folder))
        try:
            content = path.read_bytes()
            digests[file] = hashlib.sha256(content).digest()
            # utf-8-sig: spreadsheet programs put a byte order mark before the first column's name.
            text = (gzip.decompress(content) if path.suffix.lower() == ".gz" else content).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            place = Place(file, before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode()) + 1)
            what = f"byte {error.object[error.start]:#04x} is not valid UTF-8; save the file as UTF-8"
            yield Problem(place, "", what, hides_claims=True)
        except (OSError, EOFError, zlib.error) as error:
            yield Problem(Place(file, 1), "", f"cannot be read: {getattr(error, 'strerror', None) or error}", hides_claims=True)
        else:
            yield from _read_file(kinds, path, file, text)


def _read_file(kinds: Kinds, path: Path, file: str, text: str) -> Iterator[RowOrProblem]:
    reader = READERS.get(_extension(path))
    stem = _without_gz(path).stem
    if reader is None:
        yield from read_document(kinds, file, text)
    elif stem not in kinds.by_plural:
        yield Problem(Place(file, 1), "", f"a table is named after its kind, in the plural; {suggestion(stem, kinds.by_plural)}")
    else:
        # newline="": the csv reader must see line ends in quoted cells unchanged.
        yield from reader(kinds, stem, file, io.StringIO(text, newline=""))
