"""The promises of Conflict Facts, each a test."""
