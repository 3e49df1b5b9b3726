"""Which of several servers is read: one that has the needed revision, a standby rather than the primary, and never an older state."""

from __future__ import annotations

import pytest

from api.store import host_watch as node_watch
from api.store.database_hosts import Nodes
from api.store.host_watch import NodeState, NodeWatch
from api.store.revisions import RevisionListener

URLS = ("postgresql://u@primary/d", "postgresql://u@one/d", "postgresql://u@two/d")
PRIMARY, ONE, TWO = URLS


class Asked:
    """What the servers say, and how often they were asked."""

    def __init__(self) -> None:
        self.says: dict[str, NodeState | None] = {PRIMARY: NodeState(False, 3), ONE: NodeState(True, 1), TWO: NodeState(True, 1)}
        self.count = 0

    async def __call__(self, url: str) -> NodeState | None:
        self.count += 1
        return self.says[url]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(node_watch, "_state", asked := Asked())
    return asked


@pytest.fixture
def watch() -> NodeWatch:
    nodes = Nodes("postgresql://u@primary,one,two/d")
    nodes.current = ONE
    return NodeWatch(nodes, RevisionListener(nodes))


async def test_a_needed_revision_is_read_where_it_is(watch: NodeWatch, asked: Asked) -> None:
    assert await watch.reach(1) and watch.nodes.current == ONE
    watch.looked = -9.0
    assert await watch.reach(3) and watch.nodes.current == PRIMARY
    watch.nodes.move(ONE)
    watch.looked = -9.0
    asked.says[TWO] = NodeState(True, 3)
    assert await watch.reach(2) and watch.nodes.current == TWO
    watch.looked = -9.0
    asked.says = dict.fromkeys(URLS)
    assert not await watch.reach(2) and watch.nodes.current == TWO


async def test_many_requests_for_a_revision_of_the_future_ask_the_servers_once(watch: NodeWatch, asked: Asked) -> None:
    for _ in range(50):
        assert not await watch.reach(999_999_999)
    assert asked.count == len(URLS) and watch.nodes.current == ONE
    alone = Nodes("postgresql://u@one/d")
    assert not await NodeWatch(alone, RevisionListener(alone)).reach(1) and asked.count == len(URLS)


async def test_a_standby_is_read_again_once_it_is_not_behind(watch: NodeWatch, asked: Asked) -> None:
    watch.nodes.move(PRIMARY)
    watch.revisions.newest = 3
    await watch.look(0)
    watch._return_to_standby()
    assert watch.nodes.current == PRIMARY
    asked.says[TWO] = NodeState(True, 3)
    await watch.look(0)
    watch.revisions.newest = 4  # Heard since.
    watch._return_to_standby()
    assert watch.nodes.current == PRIMARY
    watch.revisions.newest = 3
    watch._return_to_standby()
    assert watch.nodes.current == TWO


async def test_lag_is_the_time_since_another_server_has_had_a_revision(
    watch: NodeWatch, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch.look(0)
    watch.appeared.clear()
    watch.appeared += [(1, 5.0), (2, 8.0), (3, 9.0)]
    monkeypatch.setattr("api.store.host_watch.time.monotonic", lambda: 10.0)
    assert [watch.lag(url) for url in URLS] == [0.0, 2.0, 2.0]
    watch.states[ONE] = None
    assert watch.lag(ONE) is None
    assert watch.named()["two:5432"] == (NodeState(True, 1), 2.0, False)
