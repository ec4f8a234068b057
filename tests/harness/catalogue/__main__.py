"""Prints docs/clients.md."""

from harness.catalogue.page import page

print(page(), end="")
