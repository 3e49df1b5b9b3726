"""Leaky buckets that several processes share: each keeps its own, and a Redis server adds up what all of them put in."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from .allowance import Buckets

logger = logging.getLogger(__name__)
TIMEOUT = 0.25  # Seconds that the server has to answer.
RETRY_SECONDS = 5.0  # After it did not, for so long nothing is sent.
# What the client library and the reading of an answer raise if it is none of a Redis server, but of another one, or of a proxy.
ODD_ANSWER = (ValueError, TypeError, AttributeError, LookupError, RuntimeError, AssertionError)
PREFIX = "conflict-facts:rate-limit:"
# Adds seconds to a bucket, which overflows no further than it may, and returns in how many it will be empty. By the server's own clock: those of processes differ.
ADD = """
local time = redis.call('time')
local now = time[1] + time[2] / 1000000
local before = math.max(0, tonumber(redis.call('get', KEYS[1]) or 0) - now)
local after = math.min(math.max(0, before + ARGV[1]), tonumber(ARGV[2]))
if after > 0 then
  redis.call('set', KEYS[1], string.format('%.6f', now + after), 'px', math.ceil(after * 1000))
else
  redis.call('del', KEYS[1])
end
return string.format('%.6f', after)
"""


class SharedBuckets(Buckets):
    """Buckets that processes with the same `url` share.

    No request waits for the Redis server: what is added goes to the process's own bucket at once and to the shared one right after, and the answer says how full that is.
    So a client that has used its quota elsewhere is served what it sends before the first answer. Without an answer the process goes on with its own buckets.
    """

    def __init__(self, quota: int, seconds: int, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        from redis.asyncio import Redis  # noqa: PLC0415  # an optional package
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        super().__init__(quota, seconds, clock)
        self.server = Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=TIMEOUT)
        self.script, self.host = self.server.register_script(ADD), urlsplit(url).hostname
        self.unsent: dict[str, float] = {}  # Seconds, by client.
        self.sending: asyncio.Task[None] | None = None
        self.answers, self.retry_at = True, -math.inf

    def add(self, client: str, cost: float) -> float:
        added = super().add(client, cost)
        if added and time.monotonic() >= self.retry_at:
            self.unsent[client] = self.unsent.get(client, 0.0) + added / self.rate
            if self.sending is None or self.sending.done():
                self.sending = asyncio.create_task(self._send())
        return added

    async def close(self) -> None:
        if self.sending is not None:
            await self.sending
        await self.server.aclose()

    async def _send(self) -> None:
        """Send what was added, as long as something is; that of many requests together."""
        from redis.exceptions import RedisError  # noqa: PLC0415

        while self.unsent:
            added, self.unsent = self.unsent, {}
            try:
                async with asyncio.timeout(TIMEOUT):
                    until_empty = await self._add_all(added)
            except (RedisError, OSError, *ODD_ANSWER) as error:  # Also a TimeoutError.
                self.unsent.clear()
                self.retry_at = time.monotonic() + RETRY_SECONDS
                self._note(False, f"{' as a Redis server does' * isinstance(error, ODD_ANSWER)} ({type(error).__name__})")
                return
            self._note(True)
            # What was added while the server did not answer is in the own bucket alone.
            missed = time.monotonic() < self.retry_at + 2 * self.seconds
            for client, seconds in until_empty.items():
                self.empty_at[client] = self.clock() + max(self._until_empty(client) * missed, seconds + self.unsent.get(client, 0.0))

    async def _add_all(self, added: Mapping[str, float]) -> Mapping[str, float]:
        """The seconds until each bucket will be empty. Raises RedisError, OSError and `ODD_ANSWER`."""
        async with self.server.pipeline(transaction=False) as pipe:
            for client, seconds in added.items():
                await self.script([PREFIX + client], [f"{seconds:.6f}", 2 * self.seconds], client=pipe)
            until_empty = dict(zip(added, map(float, await pipe.execute()), strict=True))
        if not all(0 <= seconds <= 2 * self.seconds for seconds in until_empty.values()):  # Nor NaN, which is not between any two.
            raise ValueError("no bucket is as full as that")
        return until_empty

    def _note(self, answers: bool, cause: str = "") -> None:
        """Log one line when the server stops answering, and one when it answers again."""
        if answers is not self.answers:
            told = "answers again" if answers else f"does not answer{cause}: this process limits its clients by itself until it does"
            logger.warning("RATE_LIMIT_STORE: the Redis server on %s %s", self.host, told)
        self.answers = answers
