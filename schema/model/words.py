"""Words: a figure or a row of totals in a sentence, on every surface that has it."""

WORDS = "words"
WORDS_SENTENCE = (
    "All of it in a printable sentence without a full stop: its number with its bounds, what it counts, where and when, its sources, and what others "
    "say if it is disputed."
)
ROW_WORDS_SENTENCE = "The row in a printable sentence without a full stop, with its keys; it does not say the conditions of the request."
IF_REQUESTED = f"Only present if `{WORDS}` requests a language."
