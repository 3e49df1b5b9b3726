"""Opens the store of an application that starts, and closes it when the application ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from schema.model.kinds import Kinds

from ..errors import MayNotServe, Unavailable
from ..sql.answering import withheld_lookup
from .pool import Pool
from .store import Store

RETRY_AFTER = 1.0  # Seconds until an application that starts tries the database again.


@asynccontextmanager
async def opened(store: Store, closers: Iterable[Callable[[], Awaitable[None]]], waits: bool, app: Starlette) -> AsyncIterator[None]:
    """Opens the pool of connections while the application runs; refuses to serve a database that may not be published."""
    pool = store.pool
    await pool.open()
    try:
        while True:
            try:
                await refuse_unprotected(pool, store.kinds)
                await store.refresh(None)
                break
            except Unavailable:
                if not waits:
                    raise
                await asyncio.sleep(RETRY_AFTER)
        yield
    finally:
        for close in closers:
            await close()
        await pool.close()


async def refuse_unprotected(pool: Pool, kinds: Kinds) -> None:
    """Refuse to serve to the public what a load with PRIVATE=true has not withheld. Raises MayNotServe."""
    if pool.settings.private:
        return
    async with pool.connection() as connection:
        source = await connection.fetchval(withheld_lookup.unprotected_source(kinds))
    if source is not None:
        raise MayNotServe(
            f"the database was loaded with PRIVATE=true and contains claims of {source}, which forbids redistribution. "
            "Serve it with PRIVATE=true, to its operator only; or load it again without PRIVATE, which withholds them"
        )
