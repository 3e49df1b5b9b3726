"""Checks of sentences, in words: what a check can find, and how a claim can relate to the number of a sentence."""

from __future__ import annotations

# The first that applies is the verdict. Code and meaning.
VERDICTS = {
    "supported": "The number that is published says what the sentence says: in the same words, or in words from which it follows.",
    "rival_only": "A source says so, but the number that is published is that of another source, which says otherwise.",
    "superseded": "A source said so, and no longer does: its claim was corrected or retracted in the revision `superseded_in`, or a later "
    "release of the source says otherwise. Or it gave the number in other words, and nobody gives it any more.",
    "qualified": "A source gives this number, but as a bound, as an approximation, as extrapolated or computed, or with another qualifier than the sentence: print it with its words. "
    "Or it is the total of a country, which is that of the events that are recorded: there may be others.",
    "in_range": "Nobody gives this number for what the sentence counts, but it lies within the range of the number that is published.",
    "deprecated": "Only a claim says so that its collection has marked as wrong.",
    "counted_otherwise": "A source gives this number for something else: `differs` says in which respects. Or the total of a country gives it, which may be of other days, or of places abroad.",
    "not_stated": "Nobody says so. That does not make the sentence wrong: nobody else may have counted.",
}
VERDICT_SENTENCE = "Whether a sentence is still right; the first that applies, of `" + "`, `".join(VERDICTS) + "`."
MATCHES = {
    "stated": "It says what the sentence says, or more.",
    "number": "It gives the same number in other words, such as `more than 14,000` where the sentence says 14,000.",
    "contradicts": "It rules the sentence out: it gives at most 60 where the sentence says more than 60.",
    "in_range": "The number lies between its bounds.",
    "otherwise": "It says something else.",
}
MATCHES_SENTENCE = "How what a claim says relates to the sentence."
STATUSES = {
    "published": "It is the claim whose number is published, or agrees with that.",
    "rival": "It stands, and another claim is published.",
    "superseded": "It was corrected or retracted, or a later release of its source says otherwise.",
    "deprecated": "Its collection has marked it as wrong.",
}
STATUSES_SENTENCE = "What has become of a claim."
DIFFERENCES = {
    "event": "It is about one event, and the sentence about a country.",
    "unit": "It counts in another unit, or does not say in which.",
    "population": "It counts other people, or does not say which.",
    "actor": "It counts for an actor that the sentence does not name, or for another one.",
    "location": "It is about another place.",
    "basis": "It is a number of a period, of a day or a running total, and the sentence is of another sort.",
    "period": "It covers other days.",
}
DIFFERENCES_SENTENCE = "In which respects a claim counts something else than the sentence does."
EVIDENCE_SENTENCE = "The claims that the verdict rests on, then those whose numbers are published for what the sentence counts, and those about single events of a country that give its number; at most 20."
HOLDS_ON_SENTENCE = (
    "The day on which the number holds that the verdict rests on, if that is a stock or a running total: print it with this day, since later there may be more. "
    "Null if it is the number of a period, if there are several days, or if the sentence is about a country."
)
ITEM_HOLDS_ON_SENTENCE = (
    "The day on which it holds, if it is a stock or a running total; null for a number of a period, or if the day is not stated."
)
SUPERSEDED_SENTENCE = "The last revision that ended such a claim, or added the later release; null unless the verdict is `superseded`."
CHECK_SENTENCE = (
    "Whether a number in a sentence is still right: who says so, in which words, and since when no longer. The sentence is about one event, or about "
    "a country, whose total by the rule of `/v1/figures/totals` it is then compared with. Whatever it does not name, it means in general: everybody, in "
    "the whole event, whoever suffered it, in people where people are counted."
)
# Each argument with its description. The other names of fields are those of figures.
ARGUMENTS = {
    "measure": "What was counted.",
    "value": "The number in the sentence.",
    "quantifier": "The words before the number, such as `more_than` or `at_least`; without it, the sentence gives the number alone.",
    "event": "The event that the sentence is about, by its id. Give this or `country`.",
    "country": "The country that the sentence is about. Give this or `event`.",
    "population": "Which people were counted; everybody if it is left out.",
    "actor": "The actor that suffered the loss or made the gain, by its id.",
    "location": "The place that the number is about, by its id, if it is not the place of the event.",
    "unit": "The unit of the number; the usual one of the measure if it is left out.",
    "basis": "Whether the sentence gives the number of a period, of a day, or a running total; any if it is left out.",
    "from": "The first day that the sentence covers.",
    "to": "The last day that the sentence covers; of a stock or a running total, the day on which it holds.",
}
REQUIRED = ("measure", "value")
EVENT, COUNTRY, FROM, TO, VALUE = "event", "country", "from", "to", "value"
