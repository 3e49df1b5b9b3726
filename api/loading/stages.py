"""The stages of a load, a retraction or an undo: which one runs, how much is done, and how long the rest will take.

Apart from the display, which imports `rich`: a server that loads the fixtures shows nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schema.model.kinds import Kinds

LAST_STAGE = "record"  # It ends with the commit.

# What people read for a stage, by the beginning of its name; what follows that, such as the plural of a kind, is kept.
WORDS = {
    "find keys": "looking up which records are known",
    "merge": "comparing claims about",
    "settle": "choosing the facts about",
    "prove references": "checking references",
    "prove": "checking the result",
    "build": "building",
    "sum": "updating totals",
    LAST_STAGE: "writing the revision",
    "find references": "checking references",
    "find": "finding the changed claims about",
    "restore": "restoring claims about",
    "comparing": "comparing the files",
}


FIRST_ESTIMATE = 0.05  # The share of the work after which the time left can be estimated.


@dataclass
class Stages:
    """The current stage, and how much of the work is done. Each stage has a weight, in claims."""

    show: Callable[[Stages], None]
    stage: str = "starting"
    done: float = 0
    total: float = 0
    _weights: dict[str, float] = field(default_factory=dict)
    _begun: float = 0
    _ended: float = 0  # When the latest stage ended.

    def expect(self, weights: dict[str, float]) -> None:
        """Set the weights of the coming stages, by the beginnings of their names."""
        self._weights, self.total, self.done = weights, sum(weights.values()), 0
        self._begun = self._ended = time.monotonic()

    def __call__(self, stage: str) -> None:
        """Begin a stage, which ends the previous one; a stage in many steps may be announced at each step."""
        if stage == self.stage:
            return
        self.done = min(self.total, self.done + self._weights.pop(self._of(self.stage), 0))
        self.stage, self._ended = stage, time.monotonic()
        self.show(self)

    def _of(self, stage: str) -> str:
        return next((name for name in self._weights if stage.startswith(name)), "")

    @property
    def words(self) -> str:
        """The stage, as people read it."""
        for name, words in WORDS.items():
            if self.stage == name or self.stage.startswith(f"{name} "):
                return f"{words}{self.stage.removeprefix(name)}"
        return self.stage

    @property
    def time_left(self) -> str:
        """The one estimate of how long the rest takes; empty until it can be made, once it has proved too short, and if only what is quick is left."""
        if self.done < FIRST_ESTIMATE * self.total or self.done >= self.total:
            return ""
        left = self._ended + (self.total - self.done) * (self._ended - self._begun) / self.done - time.monotonic()
        if left < 0:
            return ""
        return f"about {_duration(left)} left" if left >= 1 else "less than a second left"

    @property
    def label(self) -> str:
        """The stage, with the share done and the time left once they can be estimated."""
        left = self.time_left
        return f"{self.words} ({self.done / self.total:.0%} done, {left})" if left else self.words


def _duration(seconds: float) -> str:
    """A duration in words: in seconds up to a minute and a half, in minutes up to an hour and a half."""
    number, unit = (seconds, "second") if seconds < 90 else (seconds / 60, "minute") if seconds < 5400 else (seconds / 3600, "hour")
    return f"{number:.0f} {unit}{'' if round(number) == 1 else 's'}"


def silent() -> Stages:
    """Stages that are not shown."""
    return Stages(lambda stages: None)


def change_weights(kinds: Kinds, claims: Mapping[str, int], step: str) -> dict[str, float]:
    """The relative durations of the stages that change and settle claims, given their numbers by kind; as measured."""
    weights: dict[str, float] = {}
    for name, count in claims.items():
        weights |= {f"{step} {kinds[name].plural}": count, f"settle {kinds[name].plural}": 2 * count}
    return weights
