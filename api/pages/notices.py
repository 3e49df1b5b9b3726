"""What has happened to a value since somebody quoted it: pure functions from the states of a record to notices.

`api/sql/answering/states.py` has the states, and `notice_words.py` says notices in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

from ..words.exact_numbers import read_json

Values = Mapping[str, Any]
Groups = Mapping[str, Sequence[str]]  # The names of the fields that are settled together, by the name of their group.
Point = TypeVar("Point")


class Event(StrEnum):
    """What has happened."""

    CORRECTED = "corrected"  # It has another value.
    ATTRIBUTED = "attributed"  # It is from another source.
    GRADED = "graded"  # Its claim is graded differently.
    DISPUTED = "disputed"  # Sources disagree about it, which they did not.
    CONTESTED = "contested"  # Sources still disagree about it, but say something else.
    SETTLED = "settled"  # Sources no longer disagree about it.
    RETRACTED = "retracted"  # There is no such record any more, because it was retracted.
    MERGED = "merged"  # The same, because another record describes the same thing.
    WITHHELD = "withheld"  # The same, because its source forbids redistribution.
    REMOVED = "removed"  # The same, for another reason.
    EMPTIED = "emptied"  # Nothing is counted any more.
    REDACTED = "redacted"  # Claims about it are withheld, and no longer shown as of earlier revisions either.


REASONS_GONE = {"duplicate_merged": Event.MERGED, "withheld": Event.WITHHELD, "retracted": Event.RETRACTED}


@dataclass(frozen=True)
class State:
    """What a record was from one revision until the next that changed it or the claims about it."""

    revision: int
    recorded_at: str | None  # In ISO 8601; None before the first revision.
    message: str
    reasons: tuple[str, ...]  # Why the version of the record ended that stood before.
    record: Values | None  # Its fields; None if there was no such record.
    # Of each group: why the claims ended that it was taken from before (`own`). Of those that are cited: why others ended (`other`), whether it is
    # `disputed`, the claim that it was taken from (`from`), and a digest of what others say (`rivals`).
    groups: Mapping[str, Values]
    kind: str = "load"  # That of the revision.
    redacted: Values | None = None  # The last revision that withheld claims about the record which were public in this state.

    def disputed(self, group: str) -> bool:
        return self.record is not None and bool(self.groups[group]["disputed"])

    def values(self, names: Iterable[str]) -> tuple[Any, ...]:
        return tuple(self.record[name] for name in names) if self.record is not None else ()

    def ended(self, group: str, whose: str) -> tuple[str, ...]:
        """Why claims ended that were chosen for a group (`own`), or that were not (`other`)."""
        return tuple(self.groups[group].get(whose) or ())


@dataclass(frozen=True)
class Notice:
    """One thing that happened to a value in a revision: when and why, and how the record read before and after."""

    event: Event
    revision: int
    recorded_at: str
    reasons: tuple[str, ...]
    message: str
    then: Values = field(default_factory=dict)
    now: Values = field(default_factory=dict)  # Empty if there is no such record any more.
    fields: tuple[str, ...] = ()  # Those that it is about.
    last: bool = True  # Whether the value is still the one that it got then.
    kind: str = "load"  # That of the revision.
    rivals: bool = False  # Whether the reasons are those of claims that the record was not taken from.


def read_states(text: str) -> list[State]:
    """The states that the database has written, oldest first."""
    return [
        State(
            state["revision"], state["recorded_at"], state["message"] or "", tuple(state["reasons"]), state["record"], state["groups"],
            state["kind"] or "load", state["redacted"],
        )
        for state in read_json(text)
    ]  # fmt: skip


def notices(states: Sequence[State], groups: Groups, cited: Sequence[str]) -> list[Notice]:
    """What has happened to a record since the first of its states, each change with its own revision; nothing if it did not exist then.

    Disputes, and the source of a value, are only told of the groups that are `cited`, the grade only of the first. What has become as it was is not told.
    """
    if not states or states[0].record is None:
        return []
    told = [*_redacted(states[0])]
    if states[-1].record is None:
        return [_gone(states), *told]
    standing = [state for state in states if state.record is not None]
    for group, names in groups.items():
        told += _corrected(standing, group, names)
    for group in cited:
        told += [*_credited(standing, group, groups[group], group == cited[0]), *_disputed(standing, group, groups[group])]
    return told


def steps(points: Sequence[Point], told: Callable[[Point], object]) -> list[tuple[Point, Point]]:
    """The changes that lead from what was told of the first point to what is told of the last: each with the point before and the one after.

    They begin after the last point of which the same is told as of the first.
    """
    begun = max((n for n, point in enumerate(points) if told(point) == told(points[0])), default=0)
    return [(before, after) for before, after in pairwise(points[begun:]) if told(before) != told(after)]


def removed_in(states: Sequence[State]) -> State | None:
    """The state that began when a record was removed for the last time; None if it was never there, or still is."""
    for before, after in reversed([*pairwise(states)]):
        if before.record is not None:
            return after if after.record is None else None
    return None


def _corrected(standing: Sequence[State], group: str, names: Sequence[str]) -> Iterator[Notice]:
    """The changes of the values of a group."""
    found = steps(standing, lambda state: state.values(names))
    for before, after in found:
        changed = tuple(name for name in names if before.values([name]) != after.values([name]))
        yield _notice(Event.CORRECTED, before, after, changed, after.ended(group, "own") or after.reasons, after is found[-1][1])


def _credited(standing: Sequence[State], group: str, names: Sequence[str], graded: bool) -> Iterator[Notice]:
    """The changes of whom the values of a group are from, and of the grade of their claim."""
    found = steps(standing, partial(_credit, group=group))
    for before, after in found:
        yield _notice(Event.ATTRIBUTED, before, after, tuple(names), after.ended(group, "own") or after.reasons, after is found[-1][1])
    if graded and not found:
        for before, after in steps(standing, lambda state: _claim(state, group).get("credibility")):
            yield _notice(Event.GRADED, before, after, tuple(names), after.ended(group, "own"))


def _disputed(standing: Sequence[State], group: str, names: Sequence[str]) -> Iterator[Notice]:
    """The changes of whether sources disagree about a group and, if they did in the first state, of what others say."""
    first = standing[0].disputed(group)

    def told(state: State) -> object:
        return state.disputed(group), state.groups[group].get("rivals") if first and state.disputed(group) else None

    for before, after in steps(standing, told):
        event = (
            Event.CONTESTED
            if before.disputed(group) and after.disputed(group)
            else Event.DISPUTED
            if after.disputed(group)
            else Event.SETTLED
        )
        others = after.ended(group, "other") if event is not Event.DISPUTED else ()
        reasons = others or after.ended(group, "own")
        yield _notice(event, before, after, tuple(names), reasons, rivals=bool(others))


def _gone(states: Sequence[State]) -> Notice:
    """That there is no such record any more, since the last revision in which it went."""
    before, after = next(pair for pair in reversed([*pairwise(states)]) if pair[0].record is not None)
    own = dict.fromkeys(reason for group in after.groups for reason in after.ended(group, "own"))
    reasons = tuple(own) or after.reasons
    event = next((REASONS_GONE[reason] for reason in reasons if reason in REASONS_GONE), Event.REMOVED)
    return _notice(event, before, after, (), reasons)


def _redacted(state: State) -> Iterator[Notice]:
    """That claims are withheld which were public in a state."""
    if (change := state.redacted) is not None:
        yield Notice(Event.REDACTED, change["revision"], change["recorded_at"], (), change["message"] or "", kind=change["kind"])


def _notice(
    event: Event, before: State, after: State, fields: tuple[str, ...], reasons: tuple[str, ...], last: bool = True, rivals: bool = False
) -> Notice:
    return Notice(
        event, after.revision, after.recorded_at or "", reasons, after.message, before.record or {}, after.record or {}, fields, last,
        after.kind, rivals,
    )  # fmt: skip


def _claim(state: State, group: str) -> Values:
    """The claim that a group was taken from: its source, those that it credits, and its grade."""
    return state.groups[group]["from"] or {}


def _credit(state: State, group: str) -> object:
    """Whom a value is from."""
    return {name: value for name, value in _claim(state, group).items() if name != "credibility"}
