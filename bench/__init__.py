"""Benchmarks: what is measured, beside what, on data of the field's real size."""
