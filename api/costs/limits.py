"""The limits on what a request costs and on what its response can hold, and the advice for a request beyond them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..errors import TooMuch
from ..query.bindings import Values
from .cost import Cost, CostTree, Part, PathCost

VALUES_PER_RECORD = 20  # The limit on values, as an average per record; a page with the full provenance of every field has some hundreds.


def fits(cost: Cost, limit: int) -> bool:
    """Whether a request is within the limit, which is one for its cost and for the records that its response can hold."""
    return cost.requested <= limit and cost.records <= limit and cost.values <= limit * VALUES_PER_RECORD


def too_much(tree: CostTree, cost: Cost, limit: int, values: Values | None, graphql: bool) -> TooMuch:
    """The error for a request that is not: what is too much, where most of it is, and a page size that would fit."""
    measure, problem = _problem(cost, limit)
    index = max(range(len(cost.paths)), key=lambda number: measure(cost.paths[number]))
    part, *above = [*_with_ancestors(tree.parts)][index]
    where = f"most of it is in `{'.'.join(part.path)}`"
    return TooMuch(f"{problem}; {where}; {_advice(tree, [part, *above], limit, values, graphql)}")


def _problem(cost: Cost, limit: int) -> tuple[Callable[[PathCost], int], str]:
    if cost.records > limit:
        return lambda path: path.records, f"the answer could hold {cost.records:,} records, and {limit:,} is the limit"
    if cost.values > limit * VALUES_PER_RECORD:
        return (
            lambda path: path.values,
            f"the answer could hold {cost.values:,} values, and {limit * VALUES_PER_RECORD:,} is the limit",
        )  # fmt: skip
    return lambda path: path.cost, f"the request costs {cost.requested:,}, and {limit:,} is the limit"


def _advice(tree: CostTree, chain: list[Part], limit: int, values: Values | None, graphql: bool) -> str:
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


def _size_that_fits(tree: CostTree, part: Part, limit: int, values: Values | None) -> int:
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
