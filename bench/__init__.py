"""Benchmarks of queries and of loading, beside comparable servers, on data of a realistic size."""
