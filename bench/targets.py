"""The targets of docs/performance.md, and whether a run reaches them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

Measured = dict[str, float]
Questions = dict[str, dict[str, list[Measured]]]
Line = tuple[str, str, str, str]  # Title, bound, measured value, whether the target is reached.


@dataclass(frozen=True)
class Target:
    """A bound on a number. `measure` returns the number, or None if the run did not measure it."""

    title: str
    bound: float
    measure: Callable[[Questions], float | None]
    at_most: bool = False
    unit: str = "×"

    def line(self, results: Questions) -> Line:
        value = self.measure(results)
        bound = f"{'at most' if self.at_most else 'at least'} {self.bound:g} {self.unit}"
        if value is None:
            return self.title, bound, "not measured", ""
        reached = value <= self.bound if self.at_most else value >= self.bound
        return self.title, bound, f"{value:.3g} {self.unit}", "yes" if reached else "no"


def ratio(ours: list[Measured], other: list[Measured]) -> float:
    """Our rate divided by the other's: the median over rounds of the ratio within a round."""
    return median(one["rate"] / two["rate"] for one, two in zip(ours, other, strict=True))


def _against(question: str, *others: str, ours: str = "ours") -> Callable[[Questions], float | None]:
    """Our rate divided by that of the fastest of the others."""

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


def _of_the_limit(question: str) -> Callable[[Questions], float | None]:
    """Our CPU per request, of server and database, divided by that of a bare response and of the same statement by pgbench."""

    def measure(found: Questions) -> float | None:
        results = found.get(question, {})
        if not {"ours", "bare", "floor"} <= {*results}:
            return None
        sides = zip(results["ours"], results["bare"], results["floor"], strict=True)
        return median(
            (ours["server_cpu"] + ours["database_cpu"]) / (bare["server_cpu"] + floor["database_cpu"]) for ours, bare, floor in sides
        )

    return measure


POSTGRAPHILE = ("postgraphile1", "postgraphile2")
TARGETS = [
    Target("Q1 against PostGraphile", 3.5, _against("Q1", *POSTGRAPHILE)),
    *(Target(f"{one} against Strawberry, SQLAlchemy, DataLoader", 20, _against(one, "strawberry")) for one in ("Q1", "Q2", "Q3")),
    *(
        Target(f"{one} against PostGraphile, without packed columns", 2, _against(one, *POSTGRAPHILE, ours="ours-plain"))
        for one in ("Q2", "Q3")
    ),
    Target("Q2 against PostGraphile, with packed columns", 3.5, _against("Q2", *POSTGRAPHILE)),
    Target("Q2 as full documents by REST against PostGraphile's Q2", 5, _against("Q2", *POSTGRAPHILE, ours="ours-whole")),
    Target("Q3r against PostGraphile", 4, _against("Q3r", *POSTGRAPHILE)),
    Target("Q4 against FastAPI", 10, _against("Q4", "fastapi")),
    Target("Q5 against FastAPI", 5, _against("Q5", "fastapi")),
    Target("Q6 against PostGraphile", 8, _against("Q6", *POSTGRAPHILE)),
    *(Target(f"{one} against the floor", 0.65, _against(one, "floor")) for one in ("Q2", "Q3", "Q5")),
    Target("Q7, time as a multiple of Q2's", 1.5, _against("Q7", "ours", ours="ours-Q2"), at_most=True),
    Target("Q8, time as a multiple of Q2's", 1.1, _against("Q8", "ours", ours="ours-Q2"), at_most=True),
    Target("Q1, our CPU per request", 120, _median("Q1", "ours", "server_cpu", 1e6), at_most=True, unit="µs"),
    Target("Q2, our CPU per request", 220, _median("Q2", "ours", "server_cpu", 1e6), at_most=True, unit="µs"),
    *(
        Target(f"{one}, CPU of server and database as a multiple of a bare response and pgbench", bound, _of_the_limit(one), at_most=True)
        for one, bound in (("Q1", 1.6), ("Q2", 1.25), ("Q4", 1.5))
    ),
    Target("Q2 from the response cache, against Q2 computed", 10, _against("Q2", "ours", ours="ours-kept")),
    Target("Q2 by REST with its ETag (304), against Q2 computed", 20, _against("Q2", "ours", ours="ours-304")),
]


def target_lines(found: Questions, shape: str = "") -> Iterator[Line]:
    """The targets of a run. Data shaped like a release are for those of provenance alone."""
    return (target.line(found) for target in [*(() if shape else TARGETS), *provenance_targets(shape)])


def provenance_targets(shape: str) -> list[Target]:
    """How many times the time without provenance the questions about it may take. Where each claim has a source of its own, it may be more."""
    bounds = {"Q3r": 2.5 if shape else 4, "Q10": 2.5 if shape else 4, "Q9": 1.5}
    return [
        Target(f"{one}, time as a multiple of that without provenance", bound, _against(one, "ours", ours="ours-without"), at_most=True)
        for one, bound in bounds.items()
    ]


def scaling_lines(found: Questions, tenth: Questions) -> Iterator[Line]:
    """Targets for growth: `tenth` are the results of the same questions on a tenth of the events."""
    return (Target(f"{one}, p50 on ten times the events", 1.3, _grown(one, tenth), at_most=True).line(found) for one in ("Q1", "Q2"))


def _grown(question: str, tenth: Questions) -> Callable[[Questions], float | None]:
    p50 = _median(question, "ours", "p50", 1)

    def measure(found: Questions) -> float | None:
        small, large = p50(tenth), p50(found)
        return large / small if small and large else None

    return measure


def once_lines(found: Mapping[str, float]) -> Iterator[Line]:
    """Targets for costs that occur once; `found` contains times in seconds and memory in bytes."""

    def measured(name: str, times: float) -> Callable[[Questions], float | None]:
        return lambda _: found[name] * times if name in found else None

    targets = [
        Target("a new document, additional time", 4, measured("first_sight", 1e3), at_most=True, unit="ms"),
        Target("start to ready, with the database running", 1.5, measured("ready_after", 1), at_most=True, unit="s"),
        Target("memory of a worker after the benchmark", 150, measured("memory", 1e-6), at_most=True, unit="MB"),
    ]
    return (target.line({}) for target in targets)
