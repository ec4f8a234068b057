"""Drills of anybody's Dockerfile: one healthy build is recorded, then replayed with faults for several contestants."""
