"""The slots for statements: so many may run at once, and clients take turns for them."""

from __future__ import annotations

import asyncio
from collections import Counter

from .client_queue import ClientQueue


class Slots:
    """So many slots, each for one connection in use.

    Whoever waits gets one in turn, client by client, in the order in which the clients came. A client has at most `of_one` slots, and leaves the last
    free one to the others if it has some, so that long statements of one client, however many, neither keep the short ones of others waiting nor take
    all processors. To keep one free needs three slots or more. Work of the server itself, whose client is empty, may take every slot.
    """

    def __init__(self, size: int, of_one: int) -> None:
        self.free, self.kept, self.of_one = size, 1 if size >= 3 else 0, of_one
        self.taken = Counter[str]()  # By client.
        self.waiting = ClientQueue[asyncio.Future[None]]()

    def take(self, client: str) -> bool:
        """Take a slot, if it is the client's turn and one is free for it."""
        if client in self.waiting or not self._may_take(client):
            return False
        self._take(client)
        return True

    async def wait(self, client: str, arrival: int) -> None:
        """Wait for a slot, and take it; `arrival` is the number of the request."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.add(client, arrival, turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # It had its turn in the same moment.
                self.release(client)
            else:
                self.waiting.remove(client, turn)
            raise

    def release(self, client: str) -> None:
        """Give a slot back, to who is next."""
        self.free += 1
        self.taken[client] -= 1
        if not self.taken[client]:
            del self.taken[client]
        while (next_turn := self.waiting.pop(self._may_take)) is not None:
            client_in_turn, turn = next_turn
            if not turn.done():
                self._take(client_in_turn)
                turn.set_result(None)

    def has_all(self, client: str) -> bool:
        """Whether a client has as many slots as one may have."""
        return bool(client) and self.taken[client] >= self.of_one

    def _may_take(self, client: str) -> bool:
        return not self.has_all(client) and self.free > (self.kept if client and self.taken[client] else 0)

    def _take(self, client: str) -> None:
        self.free -= 1
        self.taken[client] += 1
