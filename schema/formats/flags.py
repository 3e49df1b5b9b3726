"""What a load keeps as its source says it, and tells: the flags of a receipt, each with its sentence."""

EARLIEST = 1900  # No dataset of the field tells of an event, or cites an article, of an earlier year.
EDGE = 0.5  # Degrees that a place may lie outside the box around its country: coasts, borders, rounded coordinates.

FLAGS = {
    "low_above_best": "A lower bound is above the best estimate.",
    "best_above_high": "A best estimate is above the upper bound.",
    "started_on_above_ended_on": "An event ends before it starts.",
    "period_start_above_period_end": "A period ends before it starts.",
    "active_from_above_active_to": "An actor ends before it begins.",
    "implausible_date": f"A date is before {EARLIEST}, or later than the year after this one.",
    "outside_country": f"A place lies more than {EDGE} degrees outside the box around the country that is named for it.",
    "cumulative_falls": "A running total is lower than it was.",
    "sentinel": "A value says that there is none, as -1 in a count.",
    "repeated": "A record comes again, the same throughout; it is taken once.",
    "several_wordings": "One dataset speaks of one record in several wordings; each is a claim of its own.",
    "unknown_code": "A code is not in the list that it is looked up in; what it stands for is unknown.",
}
