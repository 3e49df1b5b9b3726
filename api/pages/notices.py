"""What has happened to a value since somebody quoted it: pure functions from the states of a record to notices.

`api/sql/answering/states.py` has the states, and `notice_words.py` says notices in English.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

Values = Mapping[str, Any]
Groups = Mapping[str, Sequence[str]]  # The names of the fields that are settled together, by the name of their group.


class Event(StrEnum):
    """What has happened."""

    CORRECTED = "corrected"  # It has another value.
    ATTRIBUTED = "attributed"  # It has the same value, from another source.
    DISPUTED = "disputed"  # Sources disagree about it, which they did not.
    SETTLED = "settled"  # Sources no longer disagree about it.
    RETRACTED = "retracted"  # There is no such record any more.
    MERGED = "merged"  # The same, because another record describes the same thing.
    WITHHELD = "withheld"  # The same, because its source forbids redistribution.


REASONS_GONE = {"duplicate_merged": Event.MERGED, "withheld": Event.WITHHELD}


@dataclass(frozen=True)
class State:
    """What a record was from one revision until the next that changed it or the claims about it."""

    revision: int
    recorded_at: str | None  # In ISO 8601; None before the first revision.
    message: str
    reasons: tuple[str, ...]  # Why the claims ended, or the record, of which the state before consisted.
    record: Values | None  # Its fields; None if there was no such record.
    groups: Mapping[str, Values]  # Of each group: `disputed`, and `from`, the claim that it was taken from.

    def disputed(self, group: str) -> bool:
        return self.record is not None and bool(self.groups[group]["disputed"])

    def values(self, names: Iterable[str]) -> tuple[Any, ...]:
        return tuple(self.record[name] for name in names) if self.record is not None else ()


@dataclass(frozen=True)
class Notice:
    """One thing that has happened to a value: in which revision first, when and why, and how the record read then and reads now."""

    event: Event
    revision: int
    recorded_at: str
    reasons: tuple[str, ...]
    message: str
    then: Values
    now: Values  # Empty if there is no such record any more.
    fields: tuple[str, ...] = ()  # Those that it is about.
    again: str = ""  # When it happened for the last time, if more than once.


def read_states(text: str) -> list[State]:
    """The states that the database has written, oldest first."""
    return [
        State(state["revision"], state["recorded_at"], state["message"] or "", tuple(state["reasons"]), state["record"], state["groups"])
        for state in json.loads(text)
    ]


def notices(states: Sequence[State], groups: Groups, cited: Sequence[str]) -> list[Notice]:
    """What has happened to a record since the first of its states; nothing if it did not exist then.

    Disputes, and the source of a value, are only told of the groups that are `cited`.
    """
    if not states or states[0].record is None:
        return []
    if states[-1].record is None:
        return [_gone(states)]
    names = [name for group in groups.values() for name in group]
    changed = tuple(name for name in names if states[0].values([name]) != states[-1].values([name]))
    found = [_noticed(Event.CORRECTED, states, lambda state: state.values(changed), changed)] if changed else []
    for group in cited:
        fields = groups[group]
        if not {*fields} & {*changed} and _credit(states[0], group) != _credit(states[-1], group):
            found.append(_noticed(Event.ATTRIBUTED, states, partial(_credit, group=group), tuple(fields)))
        if states[0].disputed(group) != states[-1].disputed(group):
            event = Event.DISPUTED if states[-1].disputed(group) else Event.SETTLED
            found.append(_since_then(event, states, partial(State.disputed, group=group), tuple(fields)))
    return found


def last_standing(states: Sequence[State]) -> State | None:
    """The last state in which there was a record."""
    return next((state for state in reversed(states) if state.record is not None), None)


def _gone(states: Sequence[State]) -> Notice:
    notice = _since_then(Event.RETRACTED, states, lambda state: state.record is None, ())
    event = next((REASONS_GONE[reason] for reason in notice.reasons if reason in REASONS_GONE), Event.RETRACTED)
    return _notice(event, states, next(state for state in states if state.revision == notice.revision), ())


def _noticed(event: Event, states: Sequence[State], told: Callable[[State], object], fields: tuple[str, ...]) -> Notice:
    """A change that is dated by the first state that differs from the first of all."""
    first = next(state for state in states if told(state) != told(states[0]))
    last = _begun(states, told)
    return _notice(event, states, first, fields, "" if last is first else last.recorded_at or "")


def _since_then(event: Event, states: Sequence[State], told: Callable[[State], object], fields: tuple[str, ...]) -> Notice:
    """A change that is dated by the first of the last states that are alike."""
    return _notice(event, states, _begun(states, told), fields)


def _begun(states: Sequence[State], told: Callable[[State], object]) -> State:
    """The first of the last states that are alike."""
    found = states[-1]
    for state in reversed(states):
        if told(state) != told(states[-1]):
            break
        found = state
    return found


def _notice(event: Event, states: Sequence[State], begun: State, fields: tuple[str, ...], again: str = "") -> Notice:
    return Notice(
        event, begun.revision, begun.recorded_at or "", begun.reasons, begun.message, states[0].record or {}, states[-1].record or {},
        fields, again,
    )  # fmt: skip


def _credit(state: State, group: str) -> object:
    """Whom a value is from."""
    return state.groups[group]["from"]
