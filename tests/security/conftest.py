"""What a reviewer of the kit's security has found stays found: each test here failed before the fault was mended.

Tests that need an engine are in `engine/`; the others run with the unit tests.
"""
