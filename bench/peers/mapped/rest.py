"""FastAPI over SQLAlchemy: mapped classes, selectinload, pydantic models of the answer."""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from . import models
from .models import sessions

app = FastAPI(openapi_url=None)


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Actor(Shown):
    id: str
    name: str


class Location(Shown):
    id: str
    name: str
    latitude: float | None
    longitude: float | None


class Participation(Shown):
    id: str
    role: str
    actor: Actor


class FigureInList(Shown):
    id: str
    measure: str
    population: str | None
    best: float | None
    unit: str | None


class Figure(FigureInList):
    low: float | None
    high: float | None
    actor: Actor | None


class EventInList(Shown):
    id: str
    name: str
    kind: str
    started_on: dt.date | None
    country: str | None
    location: Location | None
    figures: list[FigureInList]


class Event(EventInList):
    ended_on: dt.date | None
    participations: list[Participation]
    figures: list[Figure]


class Events(Shown):
    data: list[EventInList]
    more: bool


class Month(Shown):
    month: str
    low: float
    best: float
    high: float


@app.get("/events/{id}")
async def event(id: str) -> Event:
    wanted = select(models.Event).where(models.Event.id == id).options(
        joinedload(models.Event.location),
        selectinload(models.Event.participations).joinedload(models.Participation.actor),
        selectinload(models.Event.figures).joinedload(models.Figure.actor),
    )  # fmt: skip
    async with sessions() as session:
        found: Any = await session.scalar(wanted)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/events")
async def events(country: str, since: dt.date, until: dt.date, limit: int = 100) -> Events:
    kept = models.Event
    wanted = (
        select(kept).where(kept.country == country, kept.started_on >= since, kept.started_on <= until)
        .options(joinedload(kept.location), selectinload(kept.figures))
        .order_by(kept.started_on.desc().nulls_last(), kept.id.desc().nulls_last()).limit(limit + 1)
    )  # fmt: skip
    async with sessions() as session:
        rows = list(await session.scalars(wanted))
    return Events.model_validate({"data": rows[:limit], "more": len(rows) > limit})


@app.get("/killed-by-month")
async def killed_by_month(country: str, since: dt.date, until: dt.date) -> list[Month]:
    figure, event = models.Figure, models.Event
    day = func.coalesce(figure.period_start, event.started_on)
    month = func.to_char(day, "YYYY-MM").label("month")
    sums = [func.sum(one).label(one.key) for one in (figure.low, figure.best, figure.high)]
    wanted = (
        select(month, *sums).select_from(event).join(figure, figure.event_key == event.key)
        .where(event.country == country, day >= since, day <= until, figure.measure == "killed")
        .group_by(month).order_by(month)
    )  # fmt: skip
    async with sessions() as session:
        return [Month.model_validate(row) for row in await session.execute(wanted)]
