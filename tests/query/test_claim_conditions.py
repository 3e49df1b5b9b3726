"""Lists are narrowed to the records that a source or a collection makes claims about, on every surface, now and as of an earlier revision."""

from __future__ import annotations

import csv
import io
from typing import Any

from ..conftest import Instance, source
from ..support.properties import NIGHTLY

EVENTS = """claims:
  events:
    - {id: raid, name: Raid, kind: battle, country: SYR, started_on: 2024-05-01, ended_on: 2024-05-01}
    - {id: siege, name: Siege, kind: battle, country: SYR, started_on: 2024-06-01, ended_on: 2024-06-01}
  figures:
    - {id: raid-killed, event: raid, measure: killed, best: 5, unit: people, basis: flow}
    - {id: siege-killed, event: siege, measure: killed, best: 7, unit: people, basis: flow}
"""
RIVAL = """claims:
  figures:
    - {id: siege-killed, event: siege, measure: killed, best: 9, unit: people, basis: flow}
"""
SECRET = """claims:
  figures:
    - {id: raid-killed, event: raid, measure: killed, best: 6, unit: people, basis: flow}
"""


async def listed(instance: Instance, address: str, where: str, name: str = "figures", **at: object) -> list[str]:
    """The ids of a list: the same by REST and by GraphQL, in a page, in a count and in a file."""
    revision = "".join(f"&{name}={value}" for name, value in at.items())
    page = await instance.get(f"/v1/{address}&count=exact{revision}")
    found = [record["id"] for record in page["data"]]
    query = f"{name}(where: {where}) {{ totalCount nodes {{ slug }} }}"
    answer = await instance.graphql(f"{{ snapshot(revision: {at['revision']}) {{ {query} }} }}" if at else f"{{ {query} }}")
    connection: dict[str, Any] = (answer["snapshot"] if at else answer)[name]
    assert [node["slug"] for node in connection["nodes"]] == found
    assert connection["totalCount"] == page["count"] == len(found)
    kind, _, conditions = address.partition("?")
    file = (await instance.client.get(f"/v1/{kind}.csv?{conditions}{revision}")).text
    assert [row["id"] for row in csv.DictReader(io.StringIO(file))] == found
    return found


async def test_a_list_is_narrowed_to_what_a_source_or_a_collection_claims(instance: Instance) -> None:
    instance.write("press/paper.yaml", source("paper") + EVENTS)
    instance.write("official/ministry.yaml", source("ministry") + RIVAL)
    instance.write("official/secret.yaml", source("secret", redistributable=False) + SECRET)
    first = (await instance.load()).revision
    assert await listed(instance, "figures?claimed_by=ministry", '{claimedBy: {eq: "ministry"}}') == ["siege-killed"]
    both = '{claimedBy: {oneOf: ["ministry", "paper"]}}'
    assert await listed(instance, "figures?claimed_by.one_of=ministry,paper", both) == ["raid-killed", "siege-killed"]
    assert await listed(instance, "figures?collection=official", '{collection: {eq: "official"}}') == ["siege-killed"]
    if NIGHTLY:
        several = '{collection: {oneOf: ["official", "press"]}}'
        assert await listed(instance, "figures?collection.one_of=official,press", several) == ["raid-killed", "siege-killed"]
        assert await listed(instance, "figures?claimed_by=paper", '{claimedBy: {eq: "paper"}}') == ["raid-killed", "siege-killed"]
    # A withheld claim is not told of, not even by what it is about.
    assert await listed(instance, "figures?claimed_by=secret", '{claimedBy: {eq: "secret"}}') == []

    # On linked and on related records, and the other way round.
    assert await listed(instance, "figures?event.claimed_by=paper", '{event: {match: {claimedBy: {eq: "paper"}}}}') == [
        "raid-killed", "siege-killed"
    ]  # fmt: skip
    some = '{figures: {some: {collection: {eq: "official"}}}}'
    assert await listed(instance, "events?figures.some.collection=official", some, "events") == ["siege"]
    assert (await instance.graphql('{ figures(where: {not: {claimedBy: {eq: "ministry"}}}) { nodes { slug } } }'))["figures"]["nodes"] == [
        {"slug": "raid-killed"}
    ]
    # Totals add the same records: their published numbers, whichever claim these are from.
    (row,) = (await instance.get("/v1/figures/totals?claimed_by=ministry"))["data"]
    (all_rows,) = (await instance.get("/v1/figures/totals"))["data"]
    assert row["figures"] == 1 and all_rows["figures"] == 2 and row["best"] in (7, 9)

    # The claim ends, and with it the answer; an earlier revision keeps it.
    (instance.folder / "official" / "ministry.yaml").unlink()
    instance.write("official/ministry.yaml", source("ministry"))
    await instance.load()
    assert await listed(instance, "figures?claimed_by=ministry", '{claimedBy: {eq: "ministry"}}') == []
    assert await listed(instance, "figures?collection=official", '{collection: {eq: "official"}}') == []
    for address, where in (
        ("figures?claimed_by=ministry", '{claimedBy: {eq: "ministry"}}'), ("figures?collection=official", '{collection: {eq: "official"}}')
    ):  # fmt: skip
        assert await listed(instance, address, where, revision=first) == ["siege-killed"]
    assert await listed(instance, "figures?event.claimed_by=paper", '{event: {match: {claimedBy: {eq: "paper"}}}}', revision=first) == [
        "raid-killed", "siege-killed"
    ]  # fmt: skip
    (row,) = (await instance.get(f"/v1/figures/totals?claimed_by=ministry&revision={first}"))["data"]
    assert row["figures"] == 1

    # What does not exist is named.
    for condition, kind in (("claimed_by=nobody", "source 'nobody'"), ("collection=nowhere", "collection 'nowhere'")):
        for at in ("", f"&revision={first}"):
            (warning,) = (await instance.get(f"/v1/figures?{condition}{at}"))["warnings"]
            assert warning.startswith(f"a condition names {kind}, which does not exist in revision ")
    assert "warnings" not in await instance.get("/v1/figures?collection=official") and "warnings" not in await instance.get(
        f"/v1/events?collection=official&revision={first}"
    )
    for wrong, told in (
        ("claimed_by.ne=paper", "one_of"),
        ("claimed_by.publisher=x", "publisher"),
        ("claimed_by=", "empty"),
        ("collection=", "empty"),
    ):
        response = await instance.client.get(f"/v1/figures?{wrong}")
        assert response.status_code == 400 and told in response.json()["detail"], response.text
