"""Changes facts: loads, undo and withholding, each one transaction and one revision. Imports intake, sql.loading and schema."""
