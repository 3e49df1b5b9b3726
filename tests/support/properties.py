"""How many examples property tests run, how examples that are coroutines run, and which cases run by default."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable
from typing import Any

import pytest
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


def cases(every: Iterable[Any], usual: Collection[str]) -> list[Any]:
    """The parameters of a test, each named by its own name or text: by default those named in `usual` run, in the nightly run all."""
    named = {one if isinstance(one, str) else one.__name__: one for one in every}
    assert set(usual) <= set(named), f"{set(usual) - set(named)} are no cases"
    return [pytest.param(one, id=name, marks=() if name in usual else pytest.mark.nightly) for name, one in named.items()]


async def run_property(test: Any) -> None:
    """Run a property test whose examples are coroutines, on the event loop and with the fixtures of the test that calls this."""
    inner, loop = test.hypothesis.inner_test, asyncio.get_running_loop()

    def wait(*args: Any, **kwargs: Any) -> None:
        asyncio.run_coroutine_threadsafe(inner(*args, **kwargs), loop).result()

    test.hypothesis.inner_test = wait
    await asyncio.to_thread(test)
