"""The tables as mapped classes."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

CONNECTIONS = 16

engine = create_async_engine(
    "postgresql+asyncpg://", pool_size=CONNECTIONS, max_overflow=0, isolation_level="AUTOCOMMIT",
    connect_args={"dsn": os.environ["DATABASE_READ_URL"], "prepared_statement_cache_size": 500, "server_settings": {"jit": "off"}},
) if "DATABASE_READ_URL" in os.environ else None  # fmt: skip
sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {int: BigInteger}


def key() -> Mapped[int]:
    return mapped_column(primary_key=True)


class Source(Base):
    __tablename__ = "source"
    key: Mapped[int] = key()
    id: Mapped[str]
    title: Mapped[str | None]
    publisher: Mapped[str | None]
    url: Mapped[str | None]


class Actor(Base):
    __tablename__ = "actor"
    key: Mapped[int] = key()
    id: Mapped[str]
    name: Mapped[str]


class Location(Base):
    __tablename__ = "location"
    key: Mapped[int] = key()
    id: Mapped[str]
    name: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    name_claim: Mapped[int | None]
    point_claim: Mapped[int | None]


class Event(Base):
    __tablename__ = "event"
    key: Mapped[int] = key()
    id: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    started_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    country: Mapped[str | None]
    location_key: Mapped[int | None] = mapped_column("location", ForeignKey("location.key"))
    name_claim: Mapped[int | None]
    kind_claim: Mapped[int | None]
    time_claim: Mapped[int | None]
    country_claim: Mapped[int | None]
    place_claim: Mapped[int | None]
    location: Mapped[Location | None] = relationship()
    participations: Mapped[list[Participation]] = relationship()
    figures: Mapped[list[Figure]] = relationship()


class Participation(Base):
    __tablename__ = "participation"
    key: Mapped[int] = key()
    id: Mapped[str]
    event_key: Mapped[int] = mapped_column("event", ForeignKey("event.key"))
    actor_key: Mapped[int] = mapped_column("actor", ForeignKey("actor.key"))
    role: Mapped[str]
    actor: Mapped[Actor] = relationship()


class Figure(Base):
    __tablename__ = "figure"
    key: Mapped[int] = key()
    id: Mapped[str]
    event_key: Mapped[int] = mapped_column("event", ForeignKey("event.key"))
    actor_key: Mapped[int | None] = mapped_column("actor", ForeignKey("actor.key"))
    measure: Mapped[str]
    population: Mapped[str | None]
    low: Mapped[Decimal | None]
    best: Mapped[Decimal | None]
    high: Mapped[Decimal | None]
    unit: Mapped[str | None]
    period_start: Mapped[dt.date | None]
    measure_claim: Mapped[int | None]
    population_claim: Mapped[int | None]
    value_claim: Mapped[int | None]
    actor: Mapped[Actor | None] = relationship()


class EventClaim(Base):
    __tablename__ = "event_claim"
    key: Mapped[int] = key()
    record: Mapped[int]
    source_key: Mapped[int] = mapped_column("source", ForeignKey("source.key"))
    name: Mapped[str | None]
    kind: Mapped[str | None]
    started_on: Mapped[dt.date | None]
    country: Mapped[str | None]
    location_key: Mapped[int | None] = mapped_column("location", ForeignKey("location.key"))


class LocationClaim(Base):
    __tablename__ = "location_claim"
    key: Mapped[int] = key()
    record: Mapped[int]
    source_key: Mapped[int] = mapped_column("source", ForeignKey("source.key"))
    name: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class FigureClaim(Base):
    __tablename__ = "figure_claim"
    key: Mapped[int] = key()
    record: Mapped[int]
    source_key: Mapped[int] = mapped_column("source", ForeignKey("source.key"))
    measure: Mapped[str | None]
    population: Mapped[str | None]
    best: Mapped[Decimal | None]
    unit: Mapped[str | None]
