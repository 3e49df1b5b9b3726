"""The ETags of `if-none-match`: which responses a client has already."""

from __future__ import annotations

from collections.abc import Iterable


def opaque_tags(lines: Iterable[str]) -> list[str]:
    """The ETags in the lines of a header, without the prefix of weak ones, since 304 compares weakly (RFC 9110, 13.1.2)."""
    return [etag.strip().removeprefix("W/") for line in lines for etag in line.split(",")]


def has_response(lines: Iterable[str], etag: str) -> bool:
    """Whether a client that sends these lines has the response with this ETag; `*` says that it has whichever there is."""
    tags = opaque_tags(lines)
    return tags == ["*"] or etag.removeprefix("W/") in tags
