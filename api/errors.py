"""Every error that the API tells: status, code and sentence, in one catalogue."""

from __future__ import annotations

from typing import ClassVar


class ConflictFactsError(Exception):
    """Something a person must put right; the message says what and how."""


class BadFixtures(ConflictFactsError):
    """The fixtures cannot be loaded."""


class LoadRefused(ConflictFactsError):
    """The load was refused whole; nothing was written."""


class ApiError(ConflictFactsError):
    """The request cannot be answered."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, detail: str = "", **extra: object) -> None:
        super().__init__(detail or self.title)
        self.detail, self.extra = detail or self.title, extra

    @property
    def title(self) -> str:
        return (type(self).__doc__ or "").strip().splitlines()[0]
