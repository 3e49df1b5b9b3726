"""GraphQL queries of the fixtures: a deep one, one of several fields, and one of the past."""

from __future__ import annotations

DEEP_QUERY = """{
  event(id: "aleppo-offensive-2024") {
    name location { name partOf { name parts { nodes { name } totalCount } } }
    participations(first: 50) { nodes { role actor { name parts { nodes { name } } } } pageInfo { hasNextPage endCursor } }
    parts { totalCount edges { cursor node { name figures { nodes { low provenance { low { origins disputed claims {
      value source { title relays { title } } quotedFrom { title } } } } claims { nodes { source { title } } } } } } } }
  }
}"""


SEVERAL_ROOTS = (
    '{ a: event(id: "aleppo-offensive-2024") { name } b: actors(first: 3) { nodes { name } totalCount } revision { number } c: __typename }'
)


SNAPSHOT_QUERY = "{ snapshot(revision: 1) { revision { number } events(first: 2) { nodes { name figures { nodes { low } } } } } }"
