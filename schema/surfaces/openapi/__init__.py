"""The components of OpenAPI: JSON Schema 2020-12 for everything that REST answers about the kinds. Imports model and codelists."""
