"""The static files: our own, and those that `make assets` installs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from . import assets

FOLDER = Path(__file__).parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"


class Files(StaticFiles):
    """Serves a folder of files. A URL with the file's version may be cached forever; any other URL must be revalidated."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder)
        self.folder = folder
        self.versions: dict[str, tuple[int, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Starlette sends a part to HEAD too, for which a range has no meaning (RFC 9110, 14.2)."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"range"]}
        await super().__call__(scope, receive, send)

    def of(self, packages: tuple[str, ...]) -> list[str]:
        """The files of some packages in the order in which a page loads them; none at all if one is missing."""
        files = [name for package in packages for name in assets.names(package)]
        return files if all((self.folder / name).is_file() for name in files) else []

    def address(self, name: str) -> str:
        return f"/static/{name}?v={self.version(name)}"

    def version(self, name: str) -> str:
        """The version of a file: a hash of its content, computed again only when the file's modification time changes."""
        modified = os.stat(f"{self.folder}/{name}").st_mtime_ns  # noqa: PTH116  # every page asks for several, and making a Path takes as long
        if self.versions.get(name, (0, ""))[0] != modified:
            self.versions[name] = modified, hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:12]
        return self.versions[name][1]

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        requested = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v")
        name = Path(full_path).relative_to(self.folder.resolve()).as_posix()
        response.headers["cache-control"] = IMMUTABLE if requested == [self.version(name)] else "public, no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response
