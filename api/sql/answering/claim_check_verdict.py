"""The verdict on a sentence, from the claims that were judged: SQL over the step `judged_`."""

from __future__ import annotations

from schema.model.claim_checks import STATUSES, VERDICTS
from schema.model.completeness import complete

from ..text import quote_literal

# Verdicts from the first that applies to the last. What nobody gives any more in other words comes after what somebody does.
PLACES = ("supported", "rival_only", "superseded", "qualified", "superseded", "in_range", "deprecated", "counted_otherwise", "not_stated")
NO_LONGER_GIVEN = 4
complete("the places of verdicts in api/sql/answering/claim_check_verdict.py", PLACES, VERDICTS)
PUBLISHED, RIVAL, SUPERSEDED, DEPRECATED = STATUSES


def place() -> str:
    """The place in PLACES of the verdict that a claim `j` leads to; null if to none."""
    gives = "j.match in ('stated', 'number')"
    cases: list[tuple[str, str | int | None]] = [
        (f"cardinality(j.differs) > 0 and {_status_in(PUBLISHED, RIVAL)} and {gives}", "counted_otherwise"),
        ("cardinality(j.differs) > 0", None),
        (f"{_status_in(PUBLISHED)} and j.match = 'stated'", "supported"),
        (f"{_status_in(RIVAL)} and j.match = 'stated'", "rival_only"),
        (f"{_status_in(PUBLISHED, RIVAL)} and j.match = 'number'", "qualified"),
        (f"{_status_in(PUBLISHED)} and j.match = 'in_range'", "in_range"),
        (f"{_status_in(SUPERSEDED)} and j.match = 'stated'", "superseded"),
        (f"{_status_in(SUPERSEDED)} and j.match = 'number'", NO_LONGER_GIVEN),
        (f"{_status_in(DEPRECATED)} and {gives}", "deprecated"),
    ]
    return f"case {' '.join(f'when {condition} then {_number(verdict)}' for condition, verdict in cases)} end"


def verdict(of_a_country: bool) -> str:
    """The first place of all claims, and of the rows of the total of a country; `since`: the last revision that ended such a claim or total.

    Earlier totals are computed only if nothing that is said now leads to an earlier place.
    """
    places = "select place, since from judged_"
    if of_a_country:
        now = f"select from (select place from judged_ union all select place from totals_) n where n.place < {PLACES.index('superseded')}"
        places += f" union all select place, null from totals_ union all select place, since from earlier_ where not exists ({now})"
    ended = f"max(since) filter (where place in ({PLACES.index('superseded')}, {NO_LONGER_GIVEN}))"
    return (
        f"with places_ as ({places}), first_ as (select coalesce(min(place), {PLACES.index('not_stated')}) as place from places_) "
        f"select place, (select {ended} from places_ p where p.place = f.place) as since from first_ f"
    )


def _number(verdict: str | int | None) -> str:
    """A place in PLACES; the first of a verdict."""
    return "null" if verdict is None else str(verdict if isinstance(verdict, int) else PLACES.index(verdict))


def _status_in(*statuses: str) -> str:
    return f"j.become in ({', '.join(map(quote_literal, statuses))})"
