"""The stages of a load, a retraction or an undo: which one runs, how much is done, and how long the rest will take.

Apart from the display, which imports `rich`: a server that loads the fixtures shows nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schema.model.kinds import Kinds


@dataclass
class Stages:
    """The current stage, and how much of the work is done. Each stage has a weight, in claims."""

    show: Callable[[Stages], None]
    stage: str = "starting"
    done: float = 0
    total: float = 0
    _weights: dict[str, float] = field(default_factory=dict)
    _begun: float = 0

    def expect(self, weights: dict[str, float]) -> None:
        """Set the weights of the coming stages, by the beginnings of their names."""
        self._weights, self.total, self.done, self._begun = weights, sum(weights.values()), 0, time.monotonic()

    def __call__(self, stage: str) -> None:
        """Begin a stage, which ends the previous one; a stage in many steps may be announced at each step."""
        if stage == self.stage:
            return
        self.done = min(self.total, self.done + self._weights.pop(self._of(self.stage), 0))
        self.stage = stage
        self.show(self)

    def _of(self, stage: str) -> str:
        return next((name for name in self._weights if stage.startswith(name)), "")

    @property
    def label(self) -> str:
        """The stage, with the share done, rate and time left once they can be estimated."""
        spent = time.monotonic() - self._begun
        if not self.done or not spent:
            return self.stage
        rate, left = self.done / spent, (self.total - self.done) * spent / self.done
        return f"{self.stage} ({self.done / self.total:.0%} done, {rate:,.0f} steps a second, about {left:.0f} s left)"


def silent() -> Stages:
    """Stages that are not shown."""
    return Stages(lambda stages: None)


def change_weights(kinds: Kinds, claims: Mapping[str, int], step: str) -> dict[str, float]:
    """The relative durations of the stages that change and settle claims, given their numbers by kind; as measured."""
    weights: dict[str, float] = {}
    for name, count in claims.items():
        weights |= {f"{step} {kinds[name].plural}": count, f"settle {kinds[name].plural}": 2 * count}
    return weights
