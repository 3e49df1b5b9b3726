"""Clients of the Model Context Protocol, by its SDK, connected to an application in the same process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from ..conftest import Instance

MODERN, LEGACY = "2026-07-28", "legacy"  # With and without the handshake of earlier versions.


@asynccontextmanager
async def connected(instance: Instance, mode: str = MODERN) -> AsyncIterator[Client]:
    """A client of `/mcp`. It checks each result against the tool's output schema."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(instance.app)) as http:  # noqa: SIM117  # the transport ends first
        async with Client(streamable_http_client("http://facts.example.org/mcp", http_client=http), mode=mode) as client:
            yield client
