"""The components of the OpenAPI document: JSON Schema 2020-12 for the responses of REST. Imports model and codelists."""
