"""The commands, each in a module with its like: what one needs is imported when it is run."""

from __future__ import annotations

from pathlib import Path

import click

FIXTURES = Path(__file__).parents[2] / "fixtures"


def echo_err(line: str) -> None:
    click.echo(line, err=True)
