"""Every role of a GraphQL field has its query node, and every query node has a field."""

from __future__ import annotations

import pytest

from api.graphql.roles import ROLES, check_roles
from schema.kinds import KINDS
from schema.model.declaration_error import BadDeclaration

from ..support.derived_once import surface_of

SURFACE = surface_of(KINDS)


def test_a_role_that_no_field_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_roles(SURFACE)
    monkeypatch.setitem(ROLES, "dead", ROLES["id"])
    with pytest.raises(BadDeclaration, match=r"ROLES in api/graphql/roles\.py has dead, which nothing uses"):
        check_roles(SURFACE)


def test_a_field_whose_role_has_no_node_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ROLES, "disputed")
    with pytest.raises(BadDeclaration, match=r"ROLES in api/graphql/roles\.py lacks disputed"):
        check_roles(SURFACE)
