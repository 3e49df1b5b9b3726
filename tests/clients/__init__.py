"""Real clients of the API, which only `make clients` installs: JavaScript packages by npm, and Python packages, in an environment of their own."""
