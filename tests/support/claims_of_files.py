"""Prints the claims that files become, in the order in which they are written: `python -m tests.support.claims_of_files FOLDER FILE…`."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from api.intake.intake import FileIntake
from schema.kinds import KINDS


def main(folder: Path, paths: list[Path]) -> None:
    for path in paths:
        (work := folder / f"{path.name}-work").mkdir()
        with closing(FileIntake(KINDS, work)) as file_intake:
            file_intake.add_file(path, "s")
            print(path.name, sorted(file_intake.finish().flags.items()))
            for kind in sorted(file_intake.kinds_seen):
                print(kind, sorted(file_intake.write_claims(kind).read_text("utf-8").splitlines()))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
