"""Strawberry over SQLAlchemy with DataLoaders: a statement for each level of a question, none for each row.

Rows of SQLAlchemy stand in for the types, so nothing is copied; mypy is not told.
"""
# mypy: ignore-errors

# Strawberry reads annotations when a class is made: no `from __future__ import annotations` here.
import datetime as dt
from collections import defaultdict
from functools import cached_property
from typing import Any

import orjson
import strawberry
from sqlalchemy import select, tuple_
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from . import models
from .models import sessions


class Loaders:
    """The DataLoaders of one request, each created when it is first used."""

    def one(self, model: Any) -> DataLoader[int, Any]:
        async def load(keys: list[int]) -> list[Any]:
            async with sessions() as session:
                found = {row.key: row for row in await session.scalars(select(model).where(model.key.in_(keys)))}
            return [found.get(key) for key in keys]

        return DataLoader(load)

    def many(self, model: Any, column: Any) -> DataLoader[int, list[Any]]:
        async def load(keys: list[int]) -> list[list[Any]]:
            found: dict[int, list[Any]] = defaultdict(list)
            wanted = select(model).where(column.in_(keys)).order_by(model.key)
            async with sessions() as session:
                for row in await session.scalars(wanted):
                    found[getattr(row, column.key)].append(row)
            return [found[key] for key in keys]

        return DataLoader(load)

    source = cached_property(lambda self: self.one(models.Source))
    actor = cached_property(lambda self: self.one(models.Actor))
    location = cached_property(lambda self: self.one(models.Location))
    participations = cached_property(lambda self: self.many(models.Participation, models.Participation.event_key))
    figures = cached_property(lambda self: self.many(models.Figure, models.Figure.event_key))
    event_claims = cached_property(lambda self: self.many(models.EventClaim, models.EventClaim.record))
    location_claims = cached_property(lambda self: self.many(models.LocationClaim, models.LocationClaim.record))
    figure_claims = cached_property(lambda self: self.many(models.FigureClaim, models.FigureClaim.record))


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Source:
    title: str | None
    publisher: str | None
    url: str | None


@strawberry.type
class Actor:
    id: strawberry.ID
    name: str


@strawberry.type
class Claim:
    key: strawberry.ID

    @strawberry.field
    async def source(self, info: Info) -> Source:
        return await info.context.source.load(self.source_key)


@strawberry.type
class LocationClaim(Claim):
    name: str | None
    latitude: float | None
    longitude: float | None


@strawberry.type
class FigureClaim(Claim):
    measure: str | None
    population: str | None
    best: float | None
    unit: str | None


@strawberry.type
class Location:
    id: strawberry.ID
    name: str
    latitude: float | None
    longitude: float | None
    name_claim: strawberry.ID | None
    point_claim: strawberry.ID | None

    @strawberry.field
    async def claims(self, info: Info) -> list[LocationClaim]:
        return await info.context.location_claims.load(self.key)


@strawberry.type
class EventClaim(Claim):
    name: str | None
    kind: str | None
    started_on: dt.date | None
    country: str | None

    @strawberry.field
    async def location(self, info: Info) -> Location | None:
        return await info.context.location.load(self.location_key) if self.location_key else None


@strawberry.type
class Participation:
    id: strawberry.ID
    role: str

    @strawberry.field
    async def actor(self, info: Info) -> Actor:
        return await info.context.actor.load(self.actor_key)


@strawberry.type
class Figure:
    id: strawberry.ID
    measure: str
    population: str | None
    low: float | None
    best: float | None
    high: float | None
    unit: str | None
    measure_claim: strawberry.ID | None
    population_claim: strawberry.ID | None
    value_claim: strawberry.ID | None

    @strawberry.field
    async def actor(self, info: Info) -> Actor | None:
        return await info.context.actor.load(self.actor_key) if self.actor_key else None

    @strawberry.field
    async def claims(self, info: Info) -> list[FigureClaim]:
        return await info.context.figure_claims.load(self.key)


@strawberry.type
class Event:
    id: strawberry.ID
    name: str
    kind: str
    started_on: dt.date | None
    ended_on: dt.date | None
    country: str | None
    name_claim: strawberry.ID | None
    kind_claim: strawberry.ID | None
    time_claim: strawberry.ID | None
    country_claim: strawberry.ID | None
    place_claim: strawberry.ID | None

    @strawberry.field
    async def location(self, info: Info) -> Location | None:
        return await info.context.location.load(self.location_key) if self.location_key else None

    @strawberry.field
    async def participations(self, info: Info) -> list[Participation]:
        return await info.context.participations.load(self.key)

    @strawberry.field
    async def figures(self, info: Info) -> list[Figure]:
        return await info.context.figures.load(self.key)

    @strawberry.field
    async def claims(self, info: Info) -> list[EventClaim]:
        return await info.context.event_claims.load(self.key)


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class EventConnection:
    nodes: list[Event]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def event(self, id: strawberry.ID) -> Event | None:
        async with sessions() as session:
            return await session.scalar(select(models.Event).where(models.Event.id == id))

    @strawberry.field
    async def events(self, country: str, since: dt.date, until: dt.date, first: int = 50, after: str | None = None) -> EventConnection:
        event = models.Event
        wanted = select(event).where(event.country == country, event.started_on >= since, event.started_on <= until)
        if after is not None:
            day, _, id = after.partition(" ")
            wanted = wanted.where(tuple_(event.started_on, event.id) < (dt.date.fromisoformat(day), id))
        wanted = wanted.order_by(event.started_on.desc().nulls_last(), event.id.desc().nulls_last()).limit(first + 1)
        async with sessions() as session:
            rows = list(await session.scalars(wanted))
        page = rows[:first]
        last = f"{page[-1].started_on} {page[-1].id}" if page else None
        return EventConnection(nodes=page, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=last))


class Served(GraphQL[Loaders, None]):
    async def get_context(self, request: Any, response: Any) -> Loaders:
        return Loaders()

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


caches = [lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)]
schema = strawberry.Schema(Query, extensions=caches, config=StrawberryConfig(auto_camel_case=True))
app = Served(schema, graphql_ide=None)
