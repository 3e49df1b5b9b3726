"""REST over HTTP: URLs become queries, answers become JSON, CSV, GeoJSON and OpenAPI. Imports http, store, query and schema."""
