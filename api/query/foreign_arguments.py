"""What other APIs call the arguments of a list, so that an error can name the one that is meant."""

from __future__ import annotations

import re

# For each purpose, the names that other APIs give to its argument, without underscores and in lower case.
NAMES = {
    "page": "page pagenumber pagenum p offset skip start startindex cursor nextpage before",
    "size": "perpage pagesize limit first take top count size rows maxresults maxrecords resultsperpage",
    "order": "sort sortby orderby order ordering sortorder sorting",
    "search": "q query search text term keyword keywords filter find name",
    "fields": "include includes expand embed populate select fields columns properties with",
    "since": "from since after start startdate datefrom fromdate startedafter mindate begin dateafter",
    "until": "to until end enddate dateto todate startedbefore maxdate datebefore",
    "date": "date day on datetime when time period daterange timerange",
    "area": "bbox boundingbox bounds viewport extent",
    "as_of": "at version snapshot asof",
}
PURPOSES = {name: purpose for purpose, names in reversed(NAMES.items()) for name in names.split()}


def purpose(name: str) -> str | None:
    """What an argument of this name is for in other APIs, a key of `NAMES`; None if it is not one of theirs."""
    return PURPOSES.get(re.sub(r"[_\-.\[\]]", "", name).lower())
