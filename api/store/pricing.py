"""What a compiled query costs, and whether that is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..costs import limits
from ..costs.cost import Cost, CostTree
from ..costs.cost_tree import Costing
from ..costs.limits import Limit
from ..costs.statistics import Statistics
from ..query.bindings import Values
from ..query.nodes import Node, Query


class Pricing:
    """The cost of a query. Its tree is made again once the statistics are those of another revision.

    `characters` are those of its statement, without literals; 0 if it has not been compiled.

    Two threads may ask for it at once, with different values, so what is kept is kept together with what it is of.
    """

    def __init__(self, kinds: Kinds, query: Query, current: int | None, characters: int = 0) -> None:
        self.kinds, self.query, self.current, self.characters = kinds, query, current, characters
        self.made: tuple[Statistics, CostTree] | None = None
        self.latest: tuple[CostTree, Values | None, Cost] | None = None  # A request needs its cost twice: to be accepted, and to pay it.
        self.reported: tuple[Cost, str] | None = None

    def cost(self, statistics: Statistics, values: Values | None = None) -> Cost:
        """The cost with the values of a request or, without, of the one that was compiled."""
        tree, latest = self.tree(statistics), self.latest
        if latest is None or latest[0] is not tree or (tree.varies and latest[1] is not values):
            self.latest = latest = tree, values, tree.cost(values)
        return latest[2]

    def tree(self, statistics: Statistics) -> CostTree:
        """What the cost is computed from."""
        made = self.made
        if made is None or made[0] is not statistics:
            self.made = made = statistics, Costing(self.kinds, statistics, self.current).tree(self.query, self.characters)
        return made[1]

    def json(self, cost: Cost, limit: int) -> str:
        """A cost of the query as a JSON object; empty for a query that reads nothing."""
        reported = self.reported
        if reported is None or reported[0] is not cost:
            self.reported = reported = cost, cost.json(limit) if cost.paths else ""
        return reported[1]

    def check(self, statistics: Statistics, limit: Limit, values: Values | None = None) -> None:
        """Refuse a request that costs too much, or whose response is too long. Raises TooMuch."""
        cost = self.cost(statistics, values)
        if not limits.fits(cost, limit):
            raise limits.too_much(self.tree(statistics), cost, limit, values, self.query.graphql)


def refuse_large_records(kinds: Kinds, kind: Kind, selection: Sequence[Node], statistics: Statistics, limit: Limit) -> None:
    """Refuse a list that is streamed if one of its records costs too much. Raises TooMuch."""
    tree = Costing(kinds, statistics, None).selection(kind, selection)
    if not limits.fits(cost := tree.cost(), limit):
        raise limits.too_much(tree, cost, limit, None, graphql=False)
