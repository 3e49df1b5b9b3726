"""The flags of implausible values, each with its sentence. A load keeps such values as their source states them; its receipt counts them."""

EARLIEST_YEAR = 1900  # No dataset of the field describes an event, or cites an article, of an earlier year.
MAX_DEGREES_OUTSIDE = 0.5  # A place may lie this far outside the bounding box of its country: coasts, borders, rounded coordinates.

# `api/sql/duckdb/flags.py` raises these, and checks on import that both modules have the same ones.
FLAGS = {
    "low_above_best": "A lower bound is above the best estimate.",
    "best_above_high": "A best estimate is above the upper bound.",
    "low_above_high": "A lower bound is above the upper bound, and no best estimate is stated.",
    "started_on_above_ended_on": "An event ends before it starts.",
    "period_start_above_period_end": "A period ends before it starts.",
    "active_from_above_active_to": "An actor ends before it begins.",
    "implausible_date": f"A date is before {EARLIEST_YEAR}, or after the end of next year.",
    "outside_country": f"A place lies more than {MAX_DEGREES_OUTSIDE} degrees outside the bounding box of its country.",
    "cumulative_falls": "A running total is lower than an earlier one of the same series.",
    "sentinel": "A value stands for a missing one, such as -1 in a count. It is unknown here, and stays in `original`.",
    "possible_sentinel": "A number is four or more nines, which some tables write for an unknown number. It is kept and counted; if it is not a real number, list it in the `sentinels` of a map.",
    "impossible_value": "A number cannot be what it counts, such as a negative or a fractional number of people. It is unknown here, and stays in `original`.",
    "contradictory_cells": "Two cells of a row contradict each other, such as the name of a country and a code of another, or a first day after the last one. Where nothing tells which is right, the value is unknown here; both stay in `original`.",
    "contradictory_bound": "A number contradicts how its source qualifies it, such as an upper bound that is `more_than`.",
    "not_kept": "A stated value does not fit its field, such as an address that is not a valid URL, a latitude without a longitude, a list where a name belongs, or an error of a spreadsheet. It stays in `original`.",
    "time_of_day": "A date has a time of day, for which there is no field. The day is kept; the time stays in `original`.",
    "mixed_dates": "A date is written as programs write it, and others of its column as text, as where a spreadsheet has made dates of some texts and may have exchanged day and month. It is kept; compare it with the source.",
    "wrong_weekday": "A date has a weekday that is not that of its day. The day is kept; compare it with the source.",
    "repeated": "A record occurs again, identical in every column. It is loaded once.",
    "total_row": "A row sums other rows of its table. It is not loaded, because everybody in it would be counted twice.",
    "possible_total": "A row may sum others: it has a word for a total, or it lacks a place or a date and has the sum of rows that have one, or their days or places are within its own. It is loaded; if it is a total, remove it from the file.",
    "invisible_character": "A name has a character that cannot be seen, such as a zero-width space or a second space. It is read without it; the cell stays in `original`.",
    "possible_rows": "A cell has lines with as many cells as the table: a quotation mark may be missing, and rows swallowed. Close it, or remove it.",
    "several_wordings": "One dataset describes one record in several wordings. Each becomes a claim.",
    "unknown_code": "A code, or the name of a country, is missing from the list in which it is looked up. Its meaning is unknown.",
}


def ordering_flag(low: str, high: str) -> str:
    """The flag of two fields whose values should ascend, and do not."""
    return f"{low}_above_{high}"
