"""The files that pages are made of: our own, and those that `make assets` installs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from . import assets

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"


class Files(StaticFiles):
    """Files below one folder. An address that names the file's version may be kept for ever; any other is asked about again."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder)
        self.folder = folder
        self.versions: dict[str, tuple[int, str]] = {}

    def of(self, packages: tuple[str, ...]) -> list[str]:
        """The files of some packages, in the order in which a page loads them; none where one is missing."""
        found = [name for package in packages for name in assets.names(package)]
        return found if all((self.folder / name).is_file() for name in found) else []

    def address(self, name: str) -> str:
        return f"/static/{name}?v={self.version(name)}"

    def version(self, name: str) -> str:
        """The version of a file is its content's. It is read again only when the file was written again."""
        written = (self.folder / name).stat().st_mtime_ns
        if self.versions.get(name, (0, ""))[0] != written:
            self.versions[name] = written, hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:12]
        return self.versions[name][1]

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v")
        name = Path(full_path).relative_to(self.folder.resolve()).as_posix()
        response.headers["cache-control"] = FOR_EVER if asked == [self.version(name)] else "public, no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response
