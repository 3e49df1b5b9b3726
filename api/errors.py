"""Every error of the service. The errors of the API form a catalogue: a status, a code that never changes, a sentence and advice.

One module, although long, because it is the whole catalogue, from which documents and pages are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from schema.model.declaration_error import BadDeclaration

MAX_SHOWN = 200  # Characters of a client's input that an error repeats.


def shown(text: str) -> str:
    """Input of a client as an error repeats it: its beginning, if it is long; a half of a surrogate pair, which UTF-8 does not have, as U+FFFD."""
    start = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return start.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class ConflictFactsError(Exception):
    """An error that the operator or the client can correct. Its message says what is wrong and what to do."""


class BadFixtures(ConflictFactsError):
    """The fixtures cannot be loaded."""


class LoadRefused(ConflictFactsError):
    """The load was refused and nothing was written."""


class NoDatabase(ConflictFactsError):
    """The database cannot be reached, or is not usable by this version."""


class BackupFailed(ConflictFactsError):
    """A database cannot be backed up or restored."""


class CannotListen(ConflictFactsError):
    """The server cannot listen on the configured address and port."""


class MayNotServe(ConflictFactsError):
    """The database contains claims that must not be redistributed, and would be served to the public."""


class NotExplained(ConflictFactsError):
    """There is no statement to explain."""


class ApiError(ConflictFactsError):
    """The server failed to process the request."""

    # Each class has a docstring of one sentence, which is its public message, and these three.
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    advice: ClassVar[str] = "This is not the fault of your request. Try again; if the error persists, report it with the URL and the time."

    retry_after: int = 0  # Seconds after which the same request may succeed; the advice then names the header `retry-after`.
    members: Mapping[str, object] = {}  # Further members of the problem document.
    path: tuple[str, ...] = ()  # In GraphQL, the response keys that lead to the field that the error is about.
    place: tuple[int, int] | None = None  # The line and the column of that field in the document.

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or self.sentence()
        super().__init__(self.detail)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        missing = [name for name in ("status", "code", "advice", "__doc__") if not cls.__dict__.get(name)]
        if missing:
            raise BadDeclaration(f"{cls.__name__} in the error catalogue has no {', no '.join(missing)}; declare it in the class")

    def document(self) -> dict[str, object]:
        """The members that every problem document of the error has (RFC 9457)."""
        return {"type": f"/problems/{self.code}", "title": self.sentence(), "status": self.status, "detail": self.detail, "code": self.code}

    def headers(self) -> dict[str, str]:
        """The headers that every response with the error has, whatever its format."""
        return {"retry-after": str(self.retry_after)} if self.retry_after else {}

    @classmethod
    def sentence(cls) -> str:
        """The public message of the class."""
        return (cls.__doc__ or "").strip().splitlines()[0]


class NotFound(ApiError):
    """No record has this id."""

    status, code = 404, "not-found"
    advice = "Look up the id in the list of its kind. Ids never change, but the record may be newer than the revision you requested."


class WithheldError(ApiError):
    """The record is withheld: its only source forbids redistribution (RFC 7725)."""

    status, code = 451, "withheld"
    advice = "Get the record from its owner: the response gives the source and its URL. `/v1/withheld` counts the withheld records of every source."

    def __init__(self, detail: str = "", source: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        self.members = {"source": dict(source)} if source else {}


class BadHost(ApiError):
    """The request must have one Host header."""

    status, code = 400, "bad-host"
    advice = "Send the header `host` once, with the name of the server (RFC 9112, 3.2). Every client of HTTP/1.1 does so by itself."


class UrlTooLong(ApiError):
    """The URL is too long."""

    status, code = 414, "url-too-long"
    advice = (
        "If it is the path, correct it: it may have 2,000 bytes, which no address here needs. "
        "Send long lists of conditions in several requests, or as variables of a GraphQL query by POST."
    )


class HeadTooLarge(ApiError):
    """The headers are too large."""

    status, code = 431, "head-too-large"
    advice = "Send fewer and shorter headers. Long documents belong in the body of a POST."


class RequestTimeout(ApiError):
    """The request did not arrive in time."""

    status, code = 408, "request-timeout"
    advice = "Send the request at once. If the connection is slow, send less: a document can be sent once, and then by its hash."


class TooManyConnections(ApiError):
    """There are too many connections to the server, or too many of yours."""

    status, code = 503, "too-many-connections"
    retry_after = 1
    advice = "Send requests one after the other on one connection, and try again after the number of seconds in `retry-after`."


class PersistedQueryNotFound(ApiError):
    """The server does not know a document with this hash."""

    status, code = 404, "persisted-query-not-found"
    advice = (
        "Send the document once together with its hash, as `query` and `extensions.persistedQuery.sha256Hash`. "
        "Clients with automatic persisted queries do this by themselves."
    )


class NoSuchPage(ApiError):
    """There is nothing at this URL."""

    status, code = 404, "no-such-address"
    advice = "Compare the path with the OpenAPI document. The response suggests the most similar path."


class NoSuchRevision(ApiError):
    """No revision has this number."""

    status, code = 404, "no-such-revision"
    advice = "Use a lower number. The response gives the newest revision; `/v1/revisions` lists them all."


class UnknownArgument(ApiError):
    """The request has a parameter or argument that does not exist."""

    status, code = 400, "unknown-argument"
    advice = "Correct the name. The response suggests the most similar one. No parameter is ignored, except those that only track a reader, such as `utm_source`."


class BadArgument(ApiError):
    """A parameter or argument has an invalid value."""

    status, code = 400, "bad-argument"
    advice = "Correct the value. The response names the argument and says which values are valid."


class BadCursor(ApiError):
    """The cursor does not belong to this list."""

    status, code = 400, "bad-cursor"
    advice = "Send the cursor unchanged, with the same list, conditions and order that it came from. Or start again without a cursor."


class BadRequest(ApiError):
    """The request is malformed."""

    status, code = 400, "bad-request"
    advice = "Send one JSON object with the document as `query`, and check that the JSON is complete."


class TooMuch(ApiError):
    """The request exceeds a limit on its size or on the size of its response."""

    status, code = 400, "too-much"
    advice = (
        "Lower `limit` or `first` to the number that the response names and fetch more pages, add conditions, or nest fewer lists. "
        "`explain=cost` says what costs how much. A list downloaded as a file has no limit, except `.xlsx` (100,000 records)."
    )


class MethodNotAllowed(ApiError):
    """This URL does not support the HTTP method of the request."""

    status, code = 405, "method-not-allowed"
    advice = "Use a method that the response names. The API is read-only: facts change only when data are loaded."


class NotAcceptable(ApiError):
    """The resource is not available in the requested format."""

    status, code = 406, "no-such-format"
    advice = "Use one of the formats that the response names: by suffix, such as `.csv`, or with `accept: application/json`."


class NotInstalled(ApiError):
    """This server lacks an optional package that this URL needs."""

    status, code = 501, "not-installed"
    advice = "If the server is yours, run the command that the response names, and start it again. Otherwise use REST or GraphQL."


class NoSuchOEmbedFormat(ApiError):
    """oEmbed responses are not available in this format."""

    status, code = 501, "no-such-oembed-format"  # Of oEmbed 1.0, 2.3.4.
    advice = "Use `format=json` or `format=xml`; without `format`, the response is JSON."


class RangeNotSatisfiable(ApiError):
    """The file has no such range of bytes."""

    status, code = 416, "range-not-satisfiable"
    advice = (
        "The header `content-range` of the response has the length of the file. Request a range that begins before it, or the whole file."
    )

    def __init__(self, detail: str = "", size: int = 0) -> None:
        super().__init__(detail)
        self.size = size

    def headers(self) -> dict[str, str]:
        return {"content-range": f"bytes */{self.size}"}


class TooLarge(ApiError):
    """The request body is too large."""

    status, code = 413, "too-large"
    advice = "Shorten the body: send values as variables, or split the request."


class UnsupportedMedia(ApiError):
    """The request body has an unsupported media type or encoding."""

    status, code = 415, "unsupported-media-type"
    advice = "Send the body with `content-type: application/json`, and without `content-encoding`: it must not be compressed."


class TooSlow(ApiError):
    """The query took longer than the server allows."""

    status, code = 503, "too-slow"
    advice = "Add conditions or request fewer fields. A list downloaded as a file, such as `.csv`, has no time limit."


class Unavailable(ApiError):
    """The database is unavailable or busy."""

    status, code = 503, "unavailable"
    retry_after = 1
    advice = "Try again after the number of seconds in `retry-after`."


class RevisionNotReached(ApiError):
    """This server does not have the revision that the request needs yet."""

    status, code = 503, "revision-not-reached"
    retry_after = 1
    advice = "Try again after the number of seconds in `retry-after`: another server may answer, and this one will have it soon. If no server has it, correct `min_revision`."


class RateLimited(ApiError):
    """You have used more of the server than one client may use at once."""

    status, code = 429, "rate-limited"
    retry_after = 1
    advice = (
        "Wait for the number of seconds in `retry-after`. To use less, add `explain=cost` to see which parts of the request are expensive, and select fewer of them; "
        "repeat requests unchanged, with the ETag of your copy in `if-none-match`: a response that the server has, and a 304, are free."
    )

    def __init__(self, detail: str = "", retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TooManyDownloads(ApiError):
    """The server is sending as many complete lists as it can."""

    status, code = 503, "too-many-downloads"
    retry_after = 1
    advice = "Try again after the number of seconds in `retry-after`, or fetch the list page by page, with `limit` and `after`."


class TooManyOwnDownloads(ApiError):
    """You are downloading as many complete lists as one client may at once."""

    status, code = 429, "too-many-own-downloads"
    retry_after = 1
    advice = "Try again after the number of seconds in `retry-after`, when one of your downloads has ended, or fetch the list page by page, with `limit` and `after`."


class TooManyPictures(ApiError):
    """The server is asked for more pictures than it can draw at once, or you ask for too many."""

    status, code = 503, "too-many-pictures"
    retry_after = 1
    advice = "Try again after the number of seconds in `retry-after`; ask for fewer pictures at once."


def catalogue(base: type[ApiError] = ApiError) -> list[type[ApiError]]:
    """Every error of the API, ordered by code. OpenAPI, /problems and docs/errors.md list them from here."""
    errors = [base, *(error for child in base.__subclasses__() for error in catalogue(child))]
    return sorted(errors, key=lambda error: error.code)
