"""The committed contracts are what the code says, so that a change of one is seen in its diff."""

from __future__ import annotations

import subprocess
import sys

from api.contracts import contracts, stale

from .conftest import ROOT


def test_every_committed_contract_is_what_the_code_says() -> None:
    assert stale() == [], "run `make contracts` and read the difference"


def test_contracts_are_made_alike_twice() -> None:
    assert contracts() == contracts()


def test_the_first_error_about_a_flag_without_a_sentence_names_the_flag() -> None:
    """After a kind has got a pair of ascending fields, `make contracts` is the first command to run."""
    program = "from schema.formats import flags; del flags.FLAGS['low_above_best']; import api.contracts"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.stderr.splitlines()[-1].endswith("FLAGS in schema/formats/flags.py lacks low_above_best; add an entry for each")
