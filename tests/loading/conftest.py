"""The small world, loaded once for all tests that change it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ..conftest import Databases, Instance
from ..support.small_world import WORLD, document


@pytest_asyncio.fixture(scope="session")
async def world_template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the small world as its first revision, to be copied."""
    store = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("world"))
    await store.load(paper=document("paper", WORLD))
    return name


@pytest_asyncio.fixture
async def world(databases: Databases, world_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance with the small world as its first revision, whose application is not started."""
    instance = Instance(databases, name := await databases.fresh(world_template), tmp_path)
    instance.write("paper.yaml", document("paper", WORLD))
    yield instance
    await databases.drop(name)
