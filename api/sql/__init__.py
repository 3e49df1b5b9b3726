"""All SQL the service runs, but for settling. Text and arguments; no I/O."""
