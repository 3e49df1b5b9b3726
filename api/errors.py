"""Every error that is told: status, code and sentence, in one catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ConflictFactsError(Exception):
    """Something a person must put right; the message says what and how."""


class BadFixtures(ConflictFactsError):
    """The fixtures cannot be loaded."""


class LoadRefused(ConflictFactsError):
    """The load was refused whole; nothing was written."""


class NoDatabase(ConflictFactsError):
    """The database cannot be reached or is not what it should be."""


class MayNotServe(ConflictFactsError):
    """The database holds what may not be passed on, and would be served to everybody."""


class NotExplained(ConflictFactsError):
    """There is no statement to explain."""


class ApiError(ConflictFactsError):
    """The request cannot be answered."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    members: Mapping[str, object] = {}  # What a problem tells beside its detail.

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or self.sentence()
        super().__init__(self.detail)

    @classmethod
    def sentence(cls) -> str:
        return (cls.__doc__ or "").strip().splitlines()[0]


class NotFound(ApiError):
    """No record has that identifier."""

    status, code = 404, "not-found"


class WithheldError(ApiError):
    """The terms of the only source of it forbid passing it on (RFC 7725)."""

    status, code = 451, "withheld"

    def __init__(self, detail: str = "", source: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        self.members = {"source": dict(source)} if source else {}


class PersistedQueryNotFound(ApiError):
    """No document is known by that hash; send it once together with its hash."""

    status, code = 404, "persisted-query-not-found"


class NoSuchPage(ApiError):
    """There is nothing at this address."""

    status, code = 404, "no-such-address"


class NoSuchRevision(ApiError):
    """No revision has that number."""

    status, code = 404, "no-such-revision"


class UnknownArgument(ApiError):
    """The request has an argument that does not exist here."""

    status, code = 400, "unknown-argument"


class BadArgument(ApiError):
    """An argument has a value that cannot be used."""

    status, code = 400, "bad-argument"


class BadCursor(ApiError):
    """The cursor is not one of this list."""

    status, code = 400, "bad-cursor"


class BadRequest(ApiError):
    """The body of the request cannot be read."""

    status, code = 400, "bad-request"


class TooMuch(ApiError):
    """The request asks for more than one answer may hold."""

    status, code = 400, "too-much"


class MethodNotAllowed(ApiError):
    """This address does not take that method."""

    status, code = 405, "method-not-allowed"


class NotAcceptable(ApiError):
    """The address has no such format."""

    status, code = 406, "no-such-format"


class TooLarge(ApiError):
    """The body of the request is too large."""

    status, code = 413, "too-large"


class UnsupportedMedia(ApiError):
    """The body of the request is of a type that is not understood."""

    status, code = 415, "unsupported-media-type"


class TooSlow(ApiError):
    """The answer took longer than the server allows; ask for less, or narrow the conditions."""

    status, code = 503, "too-slow"


class Unavailable(ApiError):
    """The database cannot be reached right now; try again in a moment."""

    status, code = 503, "unavailable"


def catalogue(base: type[ApiError] = ApiError) -> list[type[ApiError]]:
    """Every error of the API, by code; the docs print it and a test holds the codes apart."""
    found = [base, *(one for child in base.__subclasses__() for one in catalogue(child))]
    return sorted(found, key=lambda error: error.code)
