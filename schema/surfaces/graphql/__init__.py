"""The kinds as Strawberry types, and the meaning of each of their fields. Imports model, codelists and Strawberry."""
