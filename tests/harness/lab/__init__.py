"""A lab of several upstreams with their faults; `python -m harness.lab` is the lab as a program."""
