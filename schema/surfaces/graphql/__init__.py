"""The kinds as Strawberry types, and the meaning of each field. Imports model, codelists and Strawberry."""
