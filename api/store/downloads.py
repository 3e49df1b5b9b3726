"""The places for complete lists that are being sent, and who has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import TooManyDownloads, TooManyOwnDownloads


class Downloads:
    """So many places for downloads, each of which occupies a connection until its client has read it.

    A client gets another place only while more are free than it has: half of them, rounded up, and the last free one only if it has none. However slowly a
    client reads, others are served; to take all places, it needs several addresses.
    """

    def __init__(self, places: int) -> None:
        self.places, self.taken = places, Counter[str]()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """Occupy a place. Raises TooManyDownloads if none is free, and TooManyOwnDownloads if that would leave too few to others."""
        free, own = self.places - self.taken.total(), self.taken[client]
        if own and own >= free:
            lists = "one complete list" if own == 1 else f"{own} complete lists"
            raise TooManyOwnDownloads(f"you are downloading {lists}, and what is free is kept for others; wait until one has ended")
        if not free:
            raise TooManyDownloads(f"the server sends at most {self.places} complete lists at once; try again in a moment")
        self.taken[client] += 1
        try:
            yield
        finally:
            self.taken[client] -= 1
            if not self.taken[client]:
                del self.taken[client]
