"""How many examples property tests run: few by default, many with HYPOTHESIS_PROFILE=nightly."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def examples(default: int, nightly: int) -> settings:
    """Hypothesis settings for one property test; each example may load a database, so neither its time nor its set-up is judged."""
    return settings(max_examples=nightly if NIGHTLY else default, deadline=None, suppress_health_check=[*HealthCheck], print_blob=True)
