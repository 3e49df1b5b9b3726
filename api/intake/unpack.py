"""A file as it is once no gzip and no zip is around it."""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import LoadRefused

SAMPLE = 1 << 18  # Bytes of a file that its content is known by.


@dataclass
class Unpacked:
    """A file as it is once nothing packs it, in a folder of ours where it was packed."""

    path: Path
    named: str
    start: bytes = field(init=False)

    def __post_init__(self) -> None:
        with self.path.open("rb") as file:
            self.start = file.read(SAMPLE)

    def refused(self, what: str) -> LoadRefused:
        return LoadRefused(f"{self.named}: {what}; nothing was written")


def unpack(file: Unpacked, folder: Path) -> Unpacked:
    """A file without the gzip or zip around it. Raises LoadRefused for an archive that is damaged or holds several files."""
    try:
        if file.start[:2] == b"\x1f\x8b":
            with gzip.open(file.path) as packed:
                return unpack(_copied(packed, file, folder, Path(file.named).stem), folder)
        if file.start[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(file.path) as archive:
                names = [one for one in archive.namelist() if not one.endswith("/") and not one.startswith("__MACOSX")]
                if "xl/workbook.xml" in names:
                    return file
                if len(names) != 1:
                    raise file.refused(f"is an archive of {len(names)} files; load them one by one: {', '.join(names[:5])}")
                with archive.open(names[0]) as packed:
                    return unpack(_copied(packed, file, folder, f"{file.named}/{names[0]}"), folder)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:  # RuntimeError: it has a password.
        raise file.refused(f"cannot be unpacked: {error}") from error
    return file


def _copied(packed: Any, file: Unpacked, folder: Path, named: str) -> Unpacked:
    path = folder / f"unpacked-{len(list(folder.iterdir()))}"
    with path.open("wb") as copy:
        shutil.copyfileobj(packed, copy, 1 << 20)
    return Unpacked(path, named)


def without(nul: re.Pattern[bytes], file: Unpacked) -> None:
    """Refuse a text that holds the character NUL, which PostgreSQL cannot keep. Raises LoadRefused."""
    line, tail = 1, b""
    with file.path.open("rb") as text:
        while block := text.read(1 << 20):
            whole = tail + block
            if found := nul.search(whole):
                line += whole.count(b"\n", 0, found.start())
                raise file.refused(f"line {line} holds a NUL character, which is no text; a file of UTF-16 is to be saved as UTF-8")
            tail = whole[-64:]  # An escape may lie across two blocks.
            line += whole.count(b"\n") - tail.count(b"\n")
