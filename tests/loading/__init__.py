"""Tests of api/loading."""
