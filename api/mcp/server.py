"""The server of the Model Context Protocol, by its SDK, which is optional: imported only where the protocol is spoken, since that takes a second."""

from __future__ import annotations

from typing import Any, cast

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request

from .. import __version__
from . import standard_input
from .schemas import INSTRUCTIONS
from .tools import Tools

NAME = "conflict-facts"
READ_ONLY = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server(tools: Tools) -> Server[Any]:
    """A server of the tools, for any transport."""
    listed = [
        types.Tool(
            name=schema["name"], title=schema["title"], description=schema["description"], input_schema=schema["input"],
            output_schema=schema["output"], annotations=READ_ONLY,
        )
        for schema in tools.schemas.values()
    ]  # fmt: skip
    inputs = {tool.name: tool.input_schema for tool in listed}

    async def list_tools(context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(context: ServerRequestContext[Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        result = await tools.call(params.name, params.arguments, _site(context.request))
        content: list[types.ContentBlock] = [types.TextContent(type="text", text=result.text)]
        if result.refused:  # Without a structured part, which has a schema of its own.
            return types.CallToolResult(content=content, is_error=True)
        return types.CallToolResult(content=content, structured_content=result.structured)

    made: Server[Any] = Server(
        NAME, version=__version__, title="Conflict Facts", instructions=INSTRUCTIONS, get_tool_input_schema=inputs.get,
        on_list_tools=list_tools, on_call_tool=call_tool,
    )  # fmt: skip
    made.middleware.clear()  # Spans of OpenTelemetry, which nobody would collect.
    return made


def session_manager(tools: Tools, max_body: int) -> StreamableHTTPSessionManager:
    """What answers requests by HTTP: each by itself, as JSON, since no tool reports progress.

    Every host is accepted. The SDK accepts only those of this machine, so that a web page cannot reach a server that its author cannot, by a name that
    changes its address. What is here may be read by every web page anyway.
    """
    anybody = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return StreamableHTTPSessionManager(
        server(tools), json_response=True, stateless=True, security_settings=anybody, max_request_body_size=max_body
    )


async def serve_stdio(tools: Tools) -> None:
    """Answer the messages on the standard input until it ends."""
    made = server(tools)
    async with stdio_server(stdin=cast(Any, standard_input.lines())) as (read, write):  # It only iterates.
        await made.run(read, write, made.create_initialization_options())


def _site(request: object) -> str:
    """The address of this server as its client wrote it; empty where there is none."""
    return f"{request.url.scheme}://{request.url.netloc}" if isinstance(request, Request) else ""
