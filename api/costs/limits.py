"""The limits on what a request costs and on what its response can hold, and the advice for a request beyond them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..errors import TooMuch
from ..query.bindings import Values
from .cost import Cost, CostTree, Part, PathCost

TIMES_ESTIMATED = 2  # An answer with so many times the bytes that it may have by its estimate is not sent.
VALUES_PER_RECORD = 20  # The limit on values, as an average per record; a page with the full provenance of every field has some hundreds.


class Limit(NamedTuple):
    """The limit on a request: on its cost and on the records that its response can hold, and on the bytes of its response."""

    cost: int
    size: int


def fits(cost: Cost, limit: Limit) -> bool:
    """Whether a request is within the limit."""
    within = cost.requested <= limit.cost and cost.records <= limit.cost
    return within and cost.values <= limit.cost * VALUES_PER_RECORD and cost.size <= limit.size


def too_much(tree: CostTree, cost: Cost, limit: Limit, values: Values | None, graphql: bool) -> TooMuch:
    """The error for a request that is not: what is too much, where most of it is, and a page size that would fit."""
    measure, problem = _problem(cost, limit)
    index = max(range(len(cost.paths)), key=lambda number: measure(cost.paths[number]))
    part, *above = [*_with_ancestors(tree.parts)][index]
    where = f"most of it is in `{'.'.join(part.path)}`"
    return TooMuch(f"{problem}; {where}; {_advice(tree, [part, *above], limit, values, graphql)}")


def refuse_long(characters: int, limit: Limit) -> None:
    """Refuse to send an answer that turned out to be far longer than was estimated. Raises TooMuch."""
    if characters > (most := TIMES_ESTIMATED * limit.size):
        raise TooMuch(f"the answer has {characters:,} characters, and {most:,} is the limit; request fewer records, or select less of each")


def _problem(cost: Cost, limit: Limit) -> tuple[Callable[[PathCost], int], str]:
    if cost.records > limit.cost:
        return lambda path: path.records, f"the answer could hold {cost.records:,} records, and {limit.cost:,} is the limit"
    if cost.values > (values := limit.cost * VALUES_PER_RECORD):
        return lambda path: path.values, f"the answer could hold {cost.values:,} values, and {values:,} is the limit"
    if cost.requested > limit.cost:
        return lambda path: path.cost, f"the request costs {cost.requested:,}, and {limit.cost:,} is the limit"
    return lambda path: path.size, f"the answer could have {cost.size:,} bytes, and {limit.size:,} is the limit"


def _advice(tree: CostTree, chain: list[Part], limit: Limit, values: Values | None, graphql: bool) -> str:
    """A smaller page of the part, or of one above it, with which the request would fit; in the words of the surface."""
    sizes = ((part, _size_that_fits(tree, part, limit, values)) for part in chain if part.sized)
    fitting = [(part, size) for part, size in sizes if size]
    if fitting and graphql:
        (part, size), *_ = fitting
        return f"`first: {size}` of `{'.'.join(part.path)}` would fit"
    if fitting:  # The list that is requested is `data`; others have a limit of their own, such as `figures.limit`.
        limits = [f"`{'.'.join((*part.path[1:], 'limit'))}={size}`" for part, size in fitting]
        return f"{' or '.join(limits)} would fit"
    if graphql:
        return "no smaller `first` of it would fit, so select less of it, add conditions, or split the request"
    below = ".".join(chain[0].path[1:])
    return f"no smaller `limit` would fit, so {f'leave `{below}` out of `fields`, or ' if below else ''}add conditions or request less"


def _size_that_fits(tree: CostTree, part: Part, limit: Limit, values: Values | None) -> int:
    """The largest page size of a part with which the request would fit; 0 if none does."""
    low, high = 0, part.size(values, {})
    while low + 1 < high:
        size = (low + high) // 2
        low, high = (size, high) if fits(tree.cost(values, {id(part): size}), limit) else (low, size)
    return low


def _with_ancestors(parts: Iterable[Part], above: tuple[Part, ...] = ()) -> Iterator[tuple[Part, ...]]:
    """Every part with those above it, the nearest first; in the order of their costs."""
    for part in parts:
        yield (part, *above)
        yield from _with_ancestors(part.below, (part, *above))
