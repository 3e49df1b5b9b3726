"""What issue 3 asks for, and whether it was reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

Measured = dict[str, float]
Questions = dict[str, dict[str, list[Measured]]]
Line = tuple[str, str, str, str]  # What, what is asked, what was found, whether that is reached.


@dataclass(frozen=True)
class Target:
    """`measure` gives a number, or None where it was not measured; at least or at most so much is asked."""

    title: str
    asked: float
    measure: Callable[[Questions], float | None]
    most: bool = False
    unit: str = "×"

    def line(self, found: Questions) -> Line:
        value = self.measure(found)
        bound = f"{'at most' if self.most else 'at least'} {self.asked:g} {self.unit}"
        if value is None:
            return self.title, bound, "not measured", ""
        reached = value <= self.asked if self.most else value >= self.asked
        return self.title, bound, f"{value:.3g} {self.unit}", "yes" if reached else "no"


def ratio(ours: list[Measured], other: list[Measured]) -> float:
    """How many times the other's rate ours is: the median over rounds of the ratio within a round."""
    return median(one["rate"] / two["rate"] for one, two in zip(ours, other, strict=True))


def _against(question: str, *others: str, ours: str = "ours") -> Callable[[Questions], float | None]:
    """Against the best of the others."""

    def measure(found: Questions) -> float | None:
        results = found.get(question, {})
        ratios = [ratio(results[ours], results[one]) for one in others if one in results and ours in results]
        return min(ratios) if ratios else None

    return measure


def _median(question: str, name: str, column: str, times: float) -> Callable[[Questions], float | None]:
    def measure(found: Questions) -> float | None:
        rounds = found.get(question, {}).get(name)
        return median(one[column] for one in rounds) * times if rounds else None

    return measure


POSTGRAPHILE = ("postgraphile1", "postgraphile2")
TARGETS = [
    Target("Q1 against PostGraphile", 3.5, _against("Q1", *POSTGRAPHILE)),
    *(Target(f"{one} against Strawberry, SQLAlchemy, DataLoader", 20, _against(one, "strawberry")) for one in ("Q1", "Q2", "Q3")),
    *(
        Target(f"{one} against PostGraphile, nothing kept ready", 2, _against(one, *POSTGRAPHILE, ours="ours-plain"))
        for one in ("Q2", "Q3")
    ),
    Target("Q2 against PostGraphile, with what is kept ready", 3.5, _against("Q2", *POSTGRAPHILE)),
    Target("Q2 as whole documents against PostGraphile's Q2", 5, _against("Q2", *POSTGRAPHILE, ours="ours-whole")),
    Target("Q4 against FastAPI", 10, _against("Q4", "fastapi")),
    Target("Q5 against FastAPI", 5, _against("Q5", "fastapi")),
    Target("Q6 against PostGraphile", 8, _against("Q6", *POSTGRAPHILE)),
    *(Target(f"{one} against the floor", 0.65, _against(one, "floor")) for one in ("Q2", "Q3", "Q5")),
    Target("Q7, time of Q2's", 1.5, _against("Q7", "ours", ours="ours-Q2"), most=True),
    Target("Q8, time of Q2's", 1.1, _against("Q8", "ours", ours="ours-Q2"), most=True),
    Target("Q1, our CPU a request", 120, _median("Q1", "ours", "server_cpu", 1e6), most=True, unit="µs"),
    Target("Q2, our CPU a request", 220, _median("Q2", "ours", "server_cpu", 1e6), most=True, unit="µs"),
    Target("Q2 kept for the revision, against Q2 computed", 10, _against("Q2", "ours", ours="ours-kept")),
    Target("Q2 by REST, asked again with its ETag, against Q2 computed", 20, _against("Q2", "ours", ours="ours-304")),
]


def lines(found: Questions) -> Iterator[Line]:
    return (one.line(found) for one in TARGETS)


def scaling(found: Questions, tenth: Questions) -> Iterator[Line]:
    """The same questions on ten times the events; `tenth` is what was found on a tenth."""
    return (Target(f"{one}, p50 on ten times the events", 1.3, _grown(one, tenth), most=True).line(found) for one in ("Q1", "Q2"))


def _grown(question: str, tenth: Questions) -> Callable[[Questions], float | None]:
    p50 = _median(question, "ours", "p50", 1)

    def measure(found: Questions) -> float | None:
        small, large = p50(tenth), p50(found)
        return large / small if small and large else None

    return measure


def cold(found: Mapping[str, float]) -> Iterator[Line]:
    """What is paid once; times are in seconds, memory in bytes."""

    def measured(name: str, times: float) -> Callable[[Questions], float | None]:
        return lambda _: found[name] * times if name in found else None

    targets = [
        Target("a first-seen document, more", 4, measured("first_sight", 1e3), most=True, unit="ms"),
        Target("start to ready, the database being up", 1.5, measured("ready_after", 1), most=True, unit="s"),
        Target("a worker after the benchmark", 150, measured("memory", 1e-6), most=True, unit="MB"),
    ]
    return (one.line({}) for one in targets)
