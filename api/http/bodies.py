"""What every endpoint that reads a body refuses before it reads it."""

from __future__ import annotations

from starlette.requests import Request

from ..errors import UnsupportedMedia, shown


def media_type(request: Request) -> str:
    """The media type of the body, without parameters; empty if the request names none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def refuse_compressed(request: Request, what: str = "the JSON") -> None:
    """Raises UnsupportedMedia for a body that is compressed; `what` is to be sent instead."""
    if (encoding := request.headers.get("content-encoding", "").strip().lower()) not in ("", "identity"):
        raise UnsupportedMedia(
            f"content-encoding: {shown(encoding)}: the body of a request must not be compressed; send {what} as {'they are' if what.endswith('s') else 'it is'}"
        )
