"""Published code lists and where they come from: vocabularies, countries, HXL tags. Imports nothing of ours."""
