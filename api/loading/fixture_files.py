"""Finds the files of collections, by their places and names."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from schema.fixtures.tables import read_csv, read_ndjson

from ..errors import BadFixtures

MAP_ENDINGS = (".map.yaml", ".map.yml")  # Maps of tables; a document names those of its data files.
MAPS = "maps"  # The folder of maps of tables, beside the collections.
# The endings of files that hold data in other formats.
FOREIGN = (".geojson", ".json", ".parquet", ".tsv", ".xls", ".xlsx", ".zip")
DATA_FILES = re.compile(rb"^files\s*:", re.MULTILINE)  # In a source document.
READERS = {".csv": read_csv, ".ndjson": read_ndjson}


def collection_folders(folder: Path) -> list[Path]:
    """The collections under a folder: the folder itself if it has fixture files, or else each subfolder that has some."""
    if not folder.exists():
        raise BadFixtures(missing_path(folder))
    if not folder.is_dir():
        raise BadFixtures(
            f"{folder} is not a folder of fixtures, such as fixtures/ or fixtures/aleppo-2024, but a file; "
            f"to check a file of another format, run: conflict-facts load {shlex.quote(str(folder))} --dry-run"
        )
    try:
        if any(_is_fixture(path) for path in folder.iterdir()):
            return [folder.resolve()]
        subfolders = sorted(path.resolve() for path in folder.iterdir() if _is_collection(path))
    except OSError as error:
        raise BadFixtures(f"{error.filename or folder}: cannot be read: {error.strerror}; you need the right to read it") from error
    if not subfolders:
        raise BadFixtures(f"{folder} has no fixtures: there is no .yaml, .csv or .ndjson file in it or in its subfolders")
    return subfolders


def has_data_files(folder: Path) -> bool:
    """Whether a document of a collection names data files, which take longer to load than documents and tables."""
    return any(DATA_FILES.search(path.read_bytes()) for path in fixture_files(folder) if extension(path) not in READERS)


def missing_path(path: Path) -> str:
    """The message for a path that does not exist, with the similar names that do."""
    if path.is_symlink():
        return f"{path}: is a link to {path.readlink()}, which does not exist"
    folder = next(parent for parent in path.parents if parent.exists() or parent == parent.parent)
    name = path.relative_to(folder).parts[0]
    near = difflib.get_close_matches(name, [other.name for other in folder.iterdir()] if folder.is_dir() else [], n=3)
    hint = f"; did you mean {', '.join(str(folder / other) for other in near)}" if near else ""
    return f"there is no file or folder {path}{hint}"


def _is_collection(path: Path) -> bool:
    return path.is_dir() and path.name[0] != "." and path.name != MAPS and bool(fixture_files(path))


def _is_fixture(path: Path) -> bool:
    if path.name.endswith(MAP_ENDINGS):
        return False
    return path.is_file() and not path.name.startswith(".") and extension(path) in (".yaml", ".yml", *READERS)


def extension(path: Path) -> str:
    return without_gz(path).suffix.lower()


def without_gz(path: Path) -> Path:
    """The name of a file, without .gz."""
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name)


def fixture_files(folder: Path) -> list[Path]:
    """The fixture files of a folder in order of name, except those in hidden folders, such as the folders of editors."""
    paths = (path for path in folder.rglob("*") if _is_fixture(path))
    return sorted(path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def foreign_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files of a folder, with their names, whose format is none of a collection's; hidden files and those in hidden folders left out."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if extension(path) in FOREIGN and path.is_file() and not any(part.startswith(".") for part in parts):
            yield path, str(Path(folder.name, *parts))
