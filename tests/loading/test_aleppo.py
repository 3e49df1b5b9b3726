"""The collection Aleppo 2024 is what its article says: where each actor and place is named, and how each number is qualified."""

from __future__ import annotations

import re

import pytest
import yaml

from ..conftest import ROOT

ARTICLES = ROOT.parent / "shared" / "seeds"
DOCUMENT = yaml.safe_load((ROOT / "fixtures" / "aleppo-2024" / "pravda-ru-aleppo-2024.yaml").read_text("utf-8"))
# The words by which the article names an actor or a place.
NAMED = {
    "syria-government": r"government (troops|forces)|the government\b|Russian and Syrian strikes",
    "syrian-armed-forces": r"government (troops|forces)|Syrian Armed Forces|Syrian military personnel",
    "syrian-security-apparatus": "security apparatus",
    "bashar-al-assad": "Assad",
    "syrian-opposition-forces": r"[Rr]ebel|[Oo]pposition forces|militants|fighters",
    "al-fatah-al-mubin": "Fatah",
    "free-syrian-army": "Free Syrian Army",
    "syrian-islamist-groups": "Islamist",
    "hayat-tahrir-al-sham": "HTS",
    "russia": "Russia",
    "russian-aerospace-forces": "Aerospace",
    "russian-reconciliation-center": "Reconciliation",
    "iran": "Iran",
    "united-states": "United States",
    "turkey": "Turkey",
    "nato": "NATO",
    "nato-member-states": "NATO",
    "gulf-cooperation-council": "Gulf",
    "gulf-cooperation-council-member-states": "Gulf",
    "civilians-syria": "civilians",
    "aleppo-residents": r"[Rr]esidents",
    "syrian-protesters": "protests",
    "syria": r"Syria\b",
    "aleppo-city": "Aleppo",
    "damascus-city": "Damascus",
    "idlib-governorate": "Idlib province",
    "idlib-city": "regional capitals .* Idlib",
    "raqqa-city": "Raqqa",
    "aleppo-western-outskirts": "outskirts",
    "aleppo-western-part": "western and central",
    "aleppo-central-part": "cent(ral|er of)",
    "aleppo-university-campus": "campus",
    "areas-south-of-idlib": "areas south",
}
OTHERS = {"turkey": {("actors", 3), ("locations", 8)}}  # The article speaks of the neighbour in one paragraph, and of the state in another.
ALSO = {"aleppo-city": {4}}  # As "the city".


def paragraphs() -> list[str]:
    found = [*ARTICLES.glob("000_*.txt")]
    if not found:
        pytest.skip(f"needs {ARTICLES}")
    return found[0].read_text("utf-8").splitlines()


def numbers(locator: str) -> set[int]:
    """The paragraphs of a locator such as `paragraphs 1, 2 and 4 to 12`."""
    assert re.fullmatch(r"paragraphs? \d+(, \d+)*( to \d+)?(, \d+)*( and \d+( to \d+)?)?", locator), locator
    spans = re.findall(r"(\d+)(?: to (\d+))?", locator)
    return {number for first, last in spans for number in range(int(first), int(last or first) + 1)}


@pytest.mark.parametrize("plural", ["actors", "locations"])
def test_a_locator_has_every_paragraph_that_names_the_record(plural: str) -> None:
    text = paragraphs()
    for claim in DOCUMENT["claims"][plural]:
        named = {number for number, paragraph in enumerate(text, 1) if number < 13 and re.search(NAMED[claim["id"]], paragraph)}
        named = (named | ALSO.get(claim["id"], set())) - {number for place, number in OTHERS.get(claim["id"], ()) if place == plural}
        assert numbers(claim["locator"]) == named, claim["id"]


def test_every_locator_is_a_list_of_paragraphs() -> None:
    for claims in DOCUMENT["claims"].values():
        for claim in claims:
            assert max(numbers(claim["locator"])) <= 12, claim["id"]


def test_every_number_is_in_its_paragraph_with_its_qualifier() -> None:
    """A round number without a qualifier has no quantifier: as `exact` it would be a maximum in totals."""
    text, qualified = paragraphs(), {"more_than": r"(More than|Over) ", "at_least": r"At least [\w\s,-]*", "exact": "", None: ""}
    for claim in DOCUMENT["claims"]["figures"]:
        assert len(claim.keys() & {"low", "best", "high"}) == 1, claim["id"]
        number = claim.get("low", claim.get("best"))
        (paragraph,) = numbers(claim["locator"])
        written = {4: "Four"}.get(number, f"{number:,}")
        assert re.search(rf"{qualified[claim.get('quantifier')]}\b{written}\b", text[paragraph - 1]), claim["id"]
        assert ("low" in claim) == (claim.get("quantifier") in ("more_than", "at_least")), claim["id"]
        assert claim.get("quantifier") != "exact" or number % 10, claim["id"]


def test_a_credited_source_is_quoted_with_nothing_that_was_inferred() -> None:
    """No credited source dates anything, names a country or ties what it tells to a larger event: these fields are the article's or ours."""
    inferred = {"started_on", "ended_on", "date_precision", "period_start", "period_end", "country", "part_of", "clarity"}
    for claims in DOCUMENT["claims"].values():
        for claim in claims:
            assert not claim.get("quoted_from") or not claim.keys() & inferred, claim["id"]


def test_what_is_inferred_for_a_quoted_event_says_so() -> None:
    events = DOCUMENT["claims"]["events"]
    quoted = {claim["id"] for claim in events if "quoted_from" in claim}
    own = {
        claim["id"]: claim
        for claim in events
        if "quoted_from" not in claim and "started_on" in claim and not re.search(r"paragraphs? 1\b", claim["locator"])
    }
    assert {"aleppo-displacement-2024", "aleppo-flight-to-idlib-2024", "aleppo-territory-captured-2024"} <= quoted & own.keys()
    assert [name for name in sorted(quoted & own.keys()) if "nferred" not in own[name].get("note", "")] == []
