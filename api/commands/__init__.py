"""The commands: each module defines those that need the same imports. Imports every other package of api."""

from __future__ import annotations

from pathlib import Path

import click

FIXTURES = Path(__file__).parents[2] / "fixtures"


def echo_err(line: str) -> None:
    click.echo(line, err=True)
