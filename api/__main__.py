"""The command line. Each command's module is imported only when the command runs: a server does not need to import what loading needs."""

from __future__ import annotations

import signal
from pkgutil import resolve_name
from typing import Any

import click

from . import __version__
from .errors import ConflictFactsError
from .settings import MEANINGS

COMMANDS = {
    "backup": "backup:backup_command",
    "check": "check:check",
    "explain": "read:explain_command",
    "export": "read:export",
    "export-claims": "read:export_claims_command",
    "formats": "check:formats_command",
    "load": "load:load_command",
    "map": "map:map_command",
    "mcp": "mcp:mcp_command",
    "migrate": "migrate:migrate_command",
    "restore": "backup:restore_command",
    "retract": "load:retract_command",
    "revisions": "read:revisions",
    "roles": "roles:roles_command",
    "serve": "serve:serve",
    "undo": "load:undo_command",
    "verify": "check:verify_command",
}


class CommandGroup(click.Group):
    """Imports commands on demand. An error that the user can correct ends the process with its message and exit code 1, without a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        for command in [name] if name in COMMANDS else COMMANDS:  # For an unknown name, click suggests one of self.commands.
            self.commands[command] = resolve_name(f"api.commands.{COMMANDS[command]}")
        return self.commands.get(name)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConflictFactsError as error:
            raise click.ClickException(str(error)) from error


EPILOG = "\b\n" + "\n".join(
    ["Settings are environment variables:", *(f"{name.upper()}\n    {meaning}" for name, meaning in MEANINGS.items())]
)


@click.group(cls=CommandGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Conflict Facts: an open data API for the facts of armed conflict, with provenance on every field.

    Start with `conflict-facts serve`; it needs no configuration.
    """
    # A termination signal and a closed terminal act like Ctrl-C, so that the embedded database is stopped on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
