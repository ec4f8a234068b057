"""Answers questions about surviving outages from a small folder of documents."""

__version__ = "0.1.0"
