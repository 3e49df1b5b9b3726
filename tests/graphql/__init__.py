"""Tests of api/graphql."""
