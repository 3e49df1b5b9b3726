"""Where long work in Python lets other work go first: it calls `pause` between small steps, at any depth, and need not know who runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")


class Abandoned(BaseException):
    """Nobody waits for the work any more. No error of ours, so that nothing which handles errors goes on with it."""


def _go_on() -> None:
    """What a pause does in work that nobody takes turns with, as in commands: nothing."""


PAUSE: ContextVar[Callable[[], None]] = ContextVar("pause", default=_go_on)


def pause() -> None:
    """Let other work go first, if it is its turn. Raises Abandoned if nobody waits for this one.

    To be called every few milliseconds at least, but not while a lock is held, such as that of a `cached_property` (Python 3.11).
    """
    PAUSE.get()()


def can_pause() -> bool:
    """Whether other work waits for pauses of this one, as beside the event loop."""
    return PAUSE.get() is not _go_on


def paced(items: Iterable[T]) -> Iterator[T]:
    """The items, with a pause before each."""
    go_on = PAUSE.get()
    for item in items:
        go_on()
        yield item
