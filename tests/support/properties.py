"""Property tests: how many examples they run, and how examples that are coroutines run."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

# On a busy machine, any example may take longer than Hypothesis' limit of 0.2 seconds.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def examples(default: int, nightly: int) -> settings:
    """Hypothesis settings for one property test; each example may load a database, so neither its time nor its set-up is judged."""
    return settings(max_examples=nightly if NIGHTLY else default, deadline=None, suppress_health_check=[*HealthCheck], print_blob=True)


def examples_that_load(default: int, nightly: int) -> settings:
    """The same, for examples that load data: a failing one is not made smaller, because each attempt is a load and there would be hundreds."""
    return settings(examples(default, nightly), phases=[Phase.reuse, Phase.generate])


async def run_property(test: Any) -> None:
    """Run a property test whose examples are coroutines, on the event loop and with the fixtures of the test that calls this."""
    inner, loop = test.hypothesis.inner_test, asyncio.get_running_loop()

    def wait(*args: Any, **kwargs: Any) -> None:
        asyncio.run_coroutine_threadsafe(inner(*args, **kwargs), loop).result()

    test.hypothesis.inner_test = wait
    await asyncio.to_thread(test)
