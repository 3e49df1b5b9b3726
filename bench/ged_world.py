"""The world that generated events happen in: countries, places by number, actors and the dyads that they form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from .ged_words import group, name

ACTORS = 1_800
CIVILIANS = 1  # As in the data, the one actor that every one-sided dyad has.
REGIONS = 12  # Each country has so many first-level units, and each of these eight second-level ones.


@dataclass(frozen=True)
class Country:
    """A country as UCDP writes it, its Gleditsch-Ward code, and a box well inside it: south, west, height and width in degrees."""

    name: str
    code: int
    iso: str
    region: str
    south: float
    west: float
    height: float
    width: float


# Those with most events first: their weight falls with their position.
COUNTRIES = tuple(
    Country(*row)
    for row in (
        ("Syria", 652, "SYR", "Middle East", 34.6, 37.2, 1.0, 2.0), ("Afghanistan", 700, "AFG", "Asia", 32.5, 64.0, 2.5, 4.0),
        ("Ukraine", 369, "UKR", "Europe", 47.8, 27.5, 2.5, 8.0), ("Mexico", 70, "MEX", "Americas", 22.5, -104.0, 3.0, 4.0),
        ("Iraq", 645, "IRQ", "Middle East", 32.5, 43.0, 2.5, 1.6), ("Nigeria", 475, "NGA", "Africa", 7.5, 5.0, 4.5, 5.5),
        ("DR Congo (Zaire)", 490, "COD", "Africa", -4.0, 19.0, 6.0, 7.5), ("Somalia", 520, "SOM", "Africa", 2.5, 43.0, 2.0, 1.5),
        ("Ethiopia", 530, "ETH", "Africa", 6.5, 37.0, 5.0, 4.0), ("India", 750, "IND", "Asia", 16.0, 76.0, 8.0, 4.0),
        ("Myanmar (Burma)", 775, "MMR", "Asia", 19.0, 95.0, 4.5, 2.0), ("Pakistan", 770, "PAK", "Asia", 26.5, 64.5, 3.0, 4.0),
        ("Sudan", 625, "SDN", "Africa", 12.0, 25.0, 6.0, 8.0), ("Colombia", 100, "COL", "Americas", 2.5, -75.5, 5.0, 4.0),
        ("Brazil", 140, "BRA", "Americas", -15.0, -54.0, 9.0, 9.0), ("Yemen (North Yemen)", 678, "YEM", "Middle East", 14.5, 44.0, 1.5, 3.0),
        ("Philippines", 840, "PHL", "Asia", 16.0, 120.6, 1.2, 0.7), ("Algeria", 615, "DZA", "Africa", 28.0, 0.0, 6.0, 6.0),
        ("Mali", 432, "MLI", "Africa", 13.5, -8.0, 1.2, 3.0), ("Burkina Faso", 439, "BFA", "Africa", 11.6, -3.5, 1.6, 3.5),
        ("Turkey", 640, "TUR", "Europe", 38.0, 30.0, 2.0, 10.0), ("South Sudan", 626, "SSD", "Africa", 6.0, 28.0, 2.5, 4.0),
        ("Russia (Soviet Union)", 365, "RUS", "Europe", 52.0, 44.0, 8.0, 10.0), ("Uganda", 500, "UGA", "Africa", 0.5, 31.0, 2.2, 2.2),
        ("Angola", 540, "AGO", "Africa", -14.0, 14.5, 6.0, 5.5), ("Sri Lanka", 780, "LKA", "Asia", 7.0, 80.2, 1.8, 1.0),
        ("Central African Republic", 482, "CAF", "Africa", 5.6, 17.0, 2.0, 5.5), ("Peru", 135, "PER", "Americas", -13.0, -75.0, 4.0, 2.5),
        ("Bangladesh", 771, "BGD", "Asia", 23.0, 89.4, 2.0, 1.4), ("Namibia", 565, "NAM", "Africa", -25.0, 16.0, 6.0, 3.0),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where something happened, as the cells of a row have it."""

    name: str
    adm_1: str
    adm_2: str
    latitude: float
    longitude: float
    precision: int

    @property
    def cell(self) -> int:
        """The number of the half-degree cell of PRIO-GRID."""
        return math.floor((self.latitude + 90) * 2) * 720 + math.floor((self.longitude + 180) * 2) + 1


def place(country: Country, number: int) -> Place:
    """The country's place of a number: always the same one, so that nothing needs to be kept."""
    mixed = (number * 0x9E3779B97F4A7C15 + country.code * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 29
    adm_1 = mixed % REGIONS
    adm_2 = mixed // REGIONS % 8
    precision = (1, 1, 1, 1, 1, 1, 2, 2, 3, 5)[mixed // 1000 % 10]
    ending = ("town", "village", "city", "district", "camp")[number % 5]
    latitude, longitude = (
        country.south + country.height * (mixed >> 20 & 0xFFFF) / 0x10000,
        country.west + country.width * (mixed >> 40 & 0xFFFF) / 0x10000,
    )
    unit_2 = f"{name(country.code * 200 + adm_1 * 8 + adm_2)} district" if mixed >> 58 else ""
    return Place(f"{name(number)} {ending}", province(country, adm_1), unit_2, round(latitude, 6), round(longitude, 6), precision)


def province(country: Country, number: int) -> str:
    return f"{name(country.code * 50 + number)} province"


def wide_place(country: Country, number: int) -> Place:
    """A first-level administrative unit or, if the number belongs to none, the country itself."""
    if number >= REGIONS:
        return Place(country.name, "", "", round(country.south + country.height / 2, 6), round(country.west + country.width / 2, 6), 6)
    share = (number + 0.5) / REGIONS
    own = province(country, number)
    return Place(own, own, "", round(country.south + country.height * share, 6), round(country.west + country.width * (1 - share), 6), 4)


@dataclass(frozen=True)
class Actor:
    id: int
    name: str
    country: Country | None = None  # Of which it is the government.


@dataclass(frozen=True)
class Dyad:
    """Two sides that fight, or one that kills civilians, in a conflict."""

    id: int
    violence: int
    conflict: tuple[int, str]
    a: Actor
    b: Actor

    @property
    def name(self) -> str:
        return f"{self.a.name} - {self.b.name}"


def dyads(seed: int, first: int) -> dict[Country, list[Dyad]]:
    """The dyads of every country: a little fewer than there are actors, each armed group in one of its own."""
    rng = Random(f"{seed} dyads")
    civilians = Actor(CIVILIANS, "Civilians")
    states = {country: Actor(first + 100 + n, f"Government of {country.name}", country) for n, country in enumerate(COUNTRIES)}
    found = {country: [_dyad(state.id, 3, state, civilians)] for country, state in states.items()}
    groups: dict[Country, list[Actor]] = {country: [] for country in COUNTRIES}
    for n in range(len(COUNTRIES), ACTORS - 1):
        country = COUNTRIES[int(len(COUNTRIES) * rng.random() ** 2)]
        actor, rivals = Actor(first + 100 + n, group(n + seed * 5000, country.name)), groups[country]
        violence = rng.choice((1, 1, 2, 3, 3)) if rivals else 1
        other = {1: states[country], 2: rivals[int(len(rivals) * rng.random())] if rivals else actor, 3: civilians}[violence]
        found[country].append(_dyad(actor.id, violence, *((actor, other) if violence == 3 else (other, actor))))
        rivals.append(actor)
    return found


def _dyad(id: int, violence: int, a: Actor, b: Actor) -> Dyad:
    if violence > 1 or a.country is None:
        return Dyad(id, violence, (id + 10_000, f"{a.name} - {b.name}"), a, b)
    code = a.country.code
    first = a.id - 100 - COUNTRIES.index(a.country)
    if id % 2:
        return Dyad(id, violence, (first + 5_000 + code, f"{a.country.name}: Government"), a, b)
    return Dyad(id, violence, (first + 6_000 + code, f"{a.country.name}: {name(code)}"), a, b)
