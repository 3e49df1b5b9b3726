"""Rate limits: each client may use a fixed share of the database, and headers say how much of it remains."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from functools import lru_cache, wraps
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import RateLimited
from ..store.allowance import ACCOUNT, UNLIMITED, Account, Buckets, Work
from ..store.client_turns import Turns
from .client_address import client_of

# After which a refusal is sent: a client that does not wait by itself waits so. Random, so that many do not return at once.
REFUSAL_SECONDS = (0.5, 1.5)
# How many requests of any sort a client may send at once, and the seconds in which as many more may follow; the others wait, and are answered then.
PACE, PACE_SECONDS = 1000, 2
# The milliseconds of this thread that all its requests, paid or not, may take within as many seconds.
PACE_WORK = 400
PACE_LIMITS = {
    "requests_of_a_client_at_once": PACE, "requests_of_a_client_per_second": PACE // PACE_SECONDS,
    "milliseconds_of_a_client_per_second": PACE_WORK // PACE_SECONDS,
}  # fmt: skip
MAX_ADDRESS = 64  # Characters; a proxy that passes on what a client has sent may pass on anything.
POLICY = "cost"
HEALTH = "/health"
LIMITED = ("/v1/", "/embed/", "/oembed", "/chart.", "/map.", "/cards/", "/ogc", "/mcp")
known_client = lru_cache(4096)(client_of)  # It takes as long as half of a response from the cache.

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class RateLimiter:
    """ASGI middleware that gives each request the account of its client, and its response the fields RateLimit and RateLimit-Policy.

    `shows_facts` says which paths beside those of the API read the database: pages of facts do.

    They are those of draft-ietf-httpapi-ratelimit-headers-11. They are added outside of the response cache, which knows no clients;
    without a limit (`told`) they are left out, and clients only take turns.

    What costs nothing still occupies the one thread that answers all, so the requests of a client also have a pace: in their number, and in the time that they
    take of the thread, on which they take turns with those of others. Those for its health have a pace of their own, and wait for no turn: whoever asks for it
    must not wait for others at the same address.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets, shows_facts: Callable[[str], bool] = lambda path: False, told: bool = True) -> None:
        self.app, self.buckets, self.shows_facts, self.told = app, buckets, shows_facts, told
        self.turns = Turns()
        self.free = Buckets(UNLIMITED, 1)
        self.pace, self.work = Buckets(PACE, PACE_SECONDS), Buckets(PACE_WORK, PACE_SECONDS)
        self.policy = (b"ratelimit-policy", f'"{POLICY}";q={buckets.quota};w={buckets.seconds}'.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = client_of_scope(scope)
        paced, turns = (client, self.turns) if scope["path"] != HEALTH else (f"{client} {HEALTH}", None)
        work = Work()
        if not self.told:
            await work.of(self._answer(client, scope, receive, send, work), turns, client)
            return
        await self._keep_pace(paced)
        try:
            await work.of(self._answer(client, scope, receive, send, work), turns, client)
        finally:
            self.work.add(paced, 1000 * (work.seconds - work.paid))

    async def _answer(self, client: str, scope: Scope, receive: Receive, send: Send, work: Work) -> None:
        if not self.limits(scope["path"]):
            await self._answer_free(client, scope, receive, send, work)
            return
        account = Account(self.buckets, client, self.turns, work)

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == RateLimited.status:
                    await asyncio.sleep(random.uniform(*REFUSAL_SECONDS))  # noqa: S311  # no secret
                message = {**message, "headers": [*message["headers"], *self._fields_of(account, message)]}
            await send(message)

        token = ACCOUNT.set(account)
        try:
            await self.app(scope, receive, send_with_fields if self.told else send)  # Without a limit, nobody is refused.
        finally:
            ACCOUNT.reset(token)

    async def _answer_free(self, client: str, scope: Scope, receive: Receive, send: Send, work: Work) -> None:
        """Answer what costs nothing: it takes turns all the same, and has a pace."""
        token = ACCOUNT.set(Account(self.free, client, self.turns, work))
        try:
            await self.app(scope, receive, send)
        finally:
            ACCOUNT.reset(token)

    def limits(self, path: str) -> bool:
        """Whether requests of a path are paid for by their clients."""
        return is_limited(path) or self.shows_facts(path)

    def keeps_pace(self, client: str) -> bool:
        """Whether a request of a client need not wait for its turn; then it is counted."""
        if self.work.wait(client) or self.pace.available(client) < 1:
            return False
        self.pace.add(client, 1)
        return True

    async def _keep_pace(self, client: str) -> None:
        """Wait until it is the turn of a request."""
        self.pace.add(client, 1)
        if wait := self.pace.wait(client):
            await asyncio.sleep(wait)
        while wait := self.work.wait(client):  # noqa: ASYNC110  # another time, since requests that waited beside it have worked first
            await asyncio.sleep(wait)

    def _fields_of(self, account: Account, message: Message) -> list[tuple[bytes, bytes]]:
        """The fields of a response that begins with a message."""
        if account.retry_after:
            wait = str(account.retry_after).encode()
            # The error has the header; a response with the rest of what was asked for has none yet.
            again = [] if any(name == b"retry-after" for name, _ in message["headers"]) else [(b"retry-after", wait)]
            return [self.policy, (b"ratelimit", b'"%b";r=0;t=%b' % (POLICY.encode(), wait)), *again]
        return self.fields(account.client, not any(name == b"cache-control" and b"max-age" in value for name, value in message["headers"]))

    def fields(self, client: str, changes: bool) -> list[tuple[bytes, bytes]]:
        """What remains to the client; only the policy in a response that does not change, which a cache may send to others without asking."""
        if not changes:
            return [self.policy]
        available = self.buckets.available(client)
        # What is available lasts so long at the rate at which the bucket leaks.
        lasts = ceil(available / self.buckets.rate if available else self.buckets.wait(client))
        return [self.policy, (b"ratelimit", f'"{POLICY}";r={available};t={max(1, lasts)}'.encode())]


def client_of_scope(scope: Scope) -> str:
    """The client that sends a request."""
    return known_client(scope["client"][0][:MAX_ADDRESS]) if scope.get("client") else ""


def is_limited(path: str) -> bool:
    """Whether requests of a path use the database: not those for pages, files of pages, documents of the API and health."""
    return path == "/graphql" or path.startswith(LIMITED)


def metered(endpoint: Endpoint, admits: bool = True) -> Endpoint:
    """The endpoint, whose client also pays for reading and planning its request, if that takes long; 304 is free.

    It admits a client that does not have to wait, before anything is read of its request, unless the response may be 304; or the endpoint does. Raises
    RateLimited.
    """

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        account, response = ACCOUNT.get(), None
        if admits and "if-none-match" not in request.headers:
            account.admit()
        try:
            response = await account.working(endpoint(request))
            return response
        finally:  # A request that reads nothing, such as an invalid one, has not paid yet.
            if not account.retry_after and (response is None or response.status_code != 304):
                account.pay_work()

    return answer
