"""The scalars of the GraphQL schema, and the Strawberry configuration that uses them."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from ...model import types
from ...model.completeness import complete


def _as_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text, between quotation marks")  # graphql-core adds the type, the value and the place.
    return value


# Values stay JSON text here: the value types parse those of a request, and PostgreSQL writes those of a response.
DATE = strawberry.scalar(
    name="Date", description="An ISO 8601 date, such as 2024-11-27.", serialize=str, parse_value=_as_text,
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
)  # fmt: skip
DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A date and time as in RFC 3339, such as 2024-12-01T00:00:00Z; in responses always in UTC. As an argument it may lack the seconds or the time zone, "
    "which is UTC then, and a date alone means the end of that day in UTC.",
    serialize=str, parse_value=_as_text, specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
)  # fmt: skip


class Url(str):
    """The Python type that stands for the scalar URL."""

    __slots__ = ()


URL = strawberry.scalar(
    name="URL", description="An http or https address, absolute, as its publisher writes it.", serialize=str, parse_value=_as_text,
    specified_by_url="https://url.spec.whatwg.org/",
)  # fmt: skip


class Scalar(NamedTuple):
    """`python`: the type that Strawberry maps to the scalar. `word`: what names of types are made of, as `Text` in `TextFilter`."""

    python: Any
    word: str


# By the name of the scalar, which `Type.graphql` gives.
SCALARS = {
    "String": Scalar(str, "Text"),
    "Int": Scalar(int, "Integer"),
    "Float": Scalar(float, "Number"),
    "Boolean": Scalar(bool, "Boolean"),
    "Date": Scalar(dt.date, "Date"),
    "JSON": Scalar(JSON, "Record"),
    "URL": Scalar(Url, "URL"),
}
complete(
    "SCALARS in schema/surfaces/graphql/scalars.py",
    SCALARS,
    {type.graphql for type in vars(types).values() if isinstance(type, types.Type)},
)


def config() -> StrawberryConfig:
    """The Strawberry configuration for the schema of a Surface."""
    return StrawberryConfig(auto_camel_case=True, scalar_map={dt.date: DATE, dt.datetime: DATE_TIME, Url: URL})
