"""The commands: each module defines those that need the same imports. Imports every other package of api."""

from __future__ import annotations

import click


def echo_err(line: str) -> None:
    click.echo(line, err=True)
