"""The command that serves the tools for language models on standard input and output."""

from __future__ import annotations

import asyncio
from importlib import import_module

import click
from starlette.applications import Starlette

from ..app import create_app
from ..errors import NoDatabase, NotInstalled
from ..mcp.endpoint import NOT_INSTALLED, is_installed
from ..query.nodes import NOW
from ..settings import settings
from . import echo_err
from .database import database_errors, database_to_read, read_setting


@click.command("mcp")
def mcp_command() -> None:
    """Serve the tools for language models on standard input and output.

    A program that speaks the Model Context Protocol starts this command; the tools are those of /mcp. It needs `conflict-facts[mcp]`, and a database into which
    something was loaded.
    """
    if not is_installed():
        raise NotInstalled(NOT_INSTALLED)
    config = settings()
    with database_to_read(config) as urls, database_errors(config, read_setting(config)):
        asyncio.run(_serve(create_app(config, urls.read_url)))


async def _serve(app: Starlette) -> None:
    async with app.router.lifespan_context(app):
        if not await app.state.store.revision(NOW):
            raise NoDatabase("nothing was loaded into the database yet; run `conflict-facts load` or `conflict-facts serve` first")
        module = await asyncio.to_thread(import_module, "api.mcp.server")
        echo_err("ready: waiting for messages of the Model Context Protocol on standard input")
        await module.serve_stdio(app.state.tools)
