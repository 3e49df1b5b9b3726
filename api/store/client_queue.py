"""A queue in which clients take turns, and the requests of each are served in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class ClientQueue(Generic[Item]):
    """Items that wait, by client. After the turn of one client it is that of the next.

    A request waits again and again: for each of its statements, and whenever it goes on. Of the items of one client, the one whose request came first is
    next; otherwise a request of many statements, such as a batch, would wait behind everything that its client has sent since, as often as it waits.
    """

    def __init__(self) -> None:
        # In the order of the next turns, a heap for each client: the number of the request, that of the item, and the item.
        self.waiting: dict[str, list[tuple[int, int, Item]]] = {}
        self.numbers = count()

    def __bool__(self) -> bool:
        return bool(self.waiting)

    def __contains__(self, client: object) -> bool:
        return client in self.waiting

    def add(self, client: str, arrival: int, item: Item) -> None:
        """Let an item wait. `arrival` is the number of its request: later requests have higher ones."""
        heappush(self.waiting.setdefault(client, []), (arrival, next(self.numbers), item))

    def pop(self, may: Callable[[str], bool] = lambda client: True) -> tuple[str, Item] | None:
        """The next item with its client, which is taken out; None if no client whose turn it may be waits."""
        client = next(filter(may, self.waiting), None)
        if client is None:
            return None
        items = self.waiting.pop(client)
        *_, item = heappop(items)
        if items:
            self.waiting[client] = items  # After the other clients.
        return client, item

    def remove(self, client: str, item: Item) -> None:
        """Take an item out, if it still waits."""
        items = [waiting for waiting in self.waiting.get(client, ()) if waiting[-1] is not item]
        if items:
            heapify(items)
            self.waiting[client] = items
        else:
            self.waiting.pop(client, None)
