"""Finds and reads the files of collections; the only part of loading that touches the file system."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schema.check import Checked, Row, check
from schema.claim import Place, Problem
from schema.documents import Found, document, ndjson, table
from schema.kind import Kinds
from schema.vocabularies import nearest

from .errors import BadFixtures

READERS = {".csv": table, ".ndjson": ndjson}


@dataclass
class Collection:
    """The fixtures of one folder: its name, what its files claim, and a digest of their content."""

    name: str
    checked: Checked = field(default_factory=Checked)
    digest: str = ""


def collections(folder: Path) -> list[Path]:
    """The collections under a folder: each subfolder that holds fixtures, or the folder itself if it does."""
    if not folder.is_dir():
        raise BadFixtures(f"{folder} is no folder; name a folder of fixtures, as fixtures/ or fixtures/aleppo-2024")
    if any(_is_fixture(path) for path in folder.iterdir()):
        return [folder.resolve()]
    found = sorted(path.resolve() for path in folder.iterdir() if path.is_dir() and any(map(_is_fixture, path.rglob("*"))))
    if not found:
        raise BadFixtures(f"{folder} holds no fixtures: no .yaml, .csv or .ndjson file in it or in its subfolders")
    return found


def _is_fixture(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and Path(path.name.removesuffix(".gz")).suffix in (".yaml", ".yml", *READERS)


def read(kinds: Kinds, folders: Iterable[Path]) -> list[Collection]:
    """Read and check collections together, since one may refer to records of another."""
    folders = list(folders)
    found = {folder.name: list(_files(kinds, folder)) for folder in folders}
    rows = [one for files in found.values() for one in files if isinstance(one, Row)]
    problems = [one for files in found.values() for one in files if isinstance(one, Problem)]
    checked = check(kinds, rows, problems)
    together = Collection(", ".join(found), checked, _digest(folders))
    return _split(together, found)


def _split(together: Collection, found: dict[str, list[Found]]) -> list[Collection]:
    """One collection a folder. Problems are kept with the first: any of them refuses all."""
    claims = together.checked.claims
    result = [
        Collection(name, Checked(claims=[one for one in claims if one.place.file.startswith(f"{name}/")]), together.digest) for name in found
    ]
    result[0].checked.problems = sorted(together.checked.problems)
    result[0].checked.oddities = sorted(together.checked.oddities)
    result[0].checked.unresolved = together.checked.unresolved
    return result


def _files(kinds: Kinds, folder: Path) -> Iterator[Found]:
    for path in sorted(filter(_is_fixture, folder.rglob("*"))):
        file = str(Path(folder.name) / path.relative_to(folder))
        try:
            # utf-8-sig: spreadsheet programs put a byte order mark before the first column's name.
            text = _content(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            yield Problem(Place(file, line), "", f"byte {error.object[error.start]:#04x} is no UTF-8; save the file as UTF-8")
            continue
        except (OSError, EOFError) as error:
            yield Problem(Place(file, 1), "", f"cannot be read: {error}")
            continue
        yield from _read(kinds, path, file, text)


def _read(kinds: Kinds, path: Path, file: str, text: str) -> Iterator[Found]:
    stem, _, ending = path.name.removesuffix(".gz").rpartition(".")
    reader = READERS.get(f".{ending}")
    if reader is None:
        yield from document(kinds, file, text)
    elif stem not in kinds.by_plural:
        yield Problem(Place(file, 1), "", f"a table is named for its kind, in the plural; {nearest(stem, kinds.by_plural)}")
    else:
        # newline="": the csv reader must see line ends inside quoted cells as they are.
        yield from reader(kinds, stem, file, io.StringIO(text, newline=""))


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _digest(folders: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of all fixture files, in order of name."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(filter(_is_fixture, folder.rglob("*"))):
            digest.update(f"{folder.name}/{path.relative_to(folder)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
