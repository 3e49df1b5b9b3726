"""Words in the names of columns by which the first draft of a map places them. They are guesses, and a draft says so."""

from __future__ import annotations

from .spellings import NULL_WORDS

# By target, words or pairs of words, in small letters, that the name of a column consists of. The first target that fits is taken.
WORDS: dict[str, tuple[str, ...]] = {
    "row.id": ("id", "incident id", "event id", "record id", "case id", "reference", "ref"),
    "event.date": ("date", "day", "incident date", "event date", "date of event", "date of incident", "when", "datum", "fecha"),
    "event.started_on": ("start", "start date", "date start", "from", "begin"),
    "event.ended_on": ("end", "end date", "date end", "until", "to"),
    "event.country": ("country", "country code", "iso", "iso3", "country iso"),
    "event.name": ("event", "event name", "title", "incident"),
    "event.summary": ("summary", "description", "event description", "what happened"),
    "event.kind": ("type", "event type", "incident type", "kind", "category"),
    "place.name": ("place", "town", "city", "village", "location", "place name", "locality", "site", "where"),
    "place.latitude": ("lat", "latitude", "y"),
    "place.longitude": ("lon", "lng", "long", "longitude", "x"),
    "admin1.name": ("province", "governorate", "state", "region", "oblast", "admin1", "adm1", "admin 1", "adm 1", "admin1 name"),
    "admin2.name": ("district", "county", "raion", "municipality", "admin2", "adm2", "admin 2", "adm 2", "admin2 name"),
    "source.url": ("url", "link", "source url", "source link"),
    "source.title": ("source", "source name", "reported by"),
    "perpetrator.name": ("perpetrator", "attacker", "actor", "armed group", "responsible", "killed by"),
    "killed.best": ("killed", "deaths", "dead", "fatalities", "deaths total", "total killed", "people killed", "muertos"),
    "killed.low": ("killed min", "killed low", "min killed", "deaths min", "deaths low", "low"),
    "killed.high": ("killed max", "killed high", "max killed", "deaths max", "deaths high", "high"),
    "injured.best": ("injured", "wounded", "people injured", "heridos"),
    "displaced.best": ("displaced", "idps", "people displaced"),
    "missing.best": ("missing", "people missing"),
    "drop": ("name of victim", "victim", "victim name", "victims", "full name"),
}
# What the draft says of each figure and actor whose columns it placed.
FIGURES = {
    "killed": "{measure: killed, population: all, unit: people, basis: flow}",
    "injured": "{measure: injured, population: all, unit: people, basis: flow}",
    "displaced": "{measure: displaced, population: all, unit: people, basis: flow}",
    "missing": "{measure: missing, population: all, unit: people, basis: flow}",
}
# Columns that are called running totals are figures of their own.
CUMULATIVE = "-cumulative"
FIGURES |= {f"{name}{CUMULATIVE}": values.replace("basis: flow", "basis: cumulative") for name, values in FIGURES.items()}
DESCRIBING = (
    "event",
    "place",
    "admin1",
    "admin2",
    "perpetrator",
)  # The parts of a row that say what it is about, rather than what is counted.
ACTORS = {"perpetrator": "{role: agent}"}
DATE_PATTERNS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
)
GUESSED_NULLS = (*NULL_WORDS, "unknown", "not known", "?", "—", "n.d.")  # Words that a draft of a map takes for none.
SENTINELS = ("-9", "-99", "-999", "-9999", "9999")
