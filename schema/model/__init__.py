"""What a fact is made of: kinds, fields, value types, claims, totals, revisions. Imports only codelists."""
