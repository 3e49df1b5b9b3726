"""The commands: each module defines those that need the same imports.

Imports app, mcp, graphql, rest, http, loading, intake, store, postgres, sql.answering, sql, query, settings, errors and schema.
"""

from __future__ import annotations

import click


def echo_err(line: str) -> None:
    click.echo(line, err=True)
