"""Responses that are in the cache already, sent by the shortest way.

The checks and the accounts that every other request passes take longer than sending such a response. What they decide depends on parts of the head of a
request, by which it is found here once it has passed them.
"""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .cache import ResponseCache
from .exchanges import note_shape
from .rate_limit import RateLimiter, client_of_scope


class CachedHits:
    """ASGI middleware outside of the guard, the rate limits and the response cache, which answer what it cannot.

    A response costs its client nothing, but it counts in its pace and takes a turn. Whoever would have to wait for either goes the long way, on which it waits.
    """

    def __init__(self, app: ASGIApp, cache: ResponseCache, limiter: RateLimiter) -> None:
        self.app, self.cache, self.limiter = app, cache, limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hit = self.cache.responses.hit(scope)
        if hit is None or hit.response.current != self.cache.pool.revisions.newest:
            await self.app(scope, receive, send)
            return
        limiter = self.limiter
        client = client_of_scope(scope) if limiter.told else ""
        if not limiter.turns.free() or (limiter.told and not limiter.keeps_pace(client)):
            await self.app(scope, receive, send)
            return
        self.cache.hits += 1
        if hit.response.operation:
            note_shape(scope, hit.response.operation)
        if not limiter.told:
            await send(hit.start)
            await send(hit.body)
            return
        begun = time.thread_time()
        try:
            await send(self._with_fields(hit.start, scope["path"], client, hit.changes))
            await send(hit.body)
        finally:
            limiter.work.add(client, 1000 * (time.thread_time() - begun))

    def _with_fields(self, start: Message, path: str, client: str, changes: bool) -> Message:
        """The head of a response with what remains to its client."""
        if not self.limiter.limits(path):
            return start
        return {**start, "headers": [*start["headers"], *self.limiter.fields(client, changes)]}
