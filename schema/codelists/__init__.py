"""Published code lists with their origins: vocabularies, countries, states, HXL tags. Imports nothing else of the project."""
