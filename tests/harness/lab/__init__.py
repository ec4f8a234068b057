"""Which upstreams a lab has and which faults they show; `python -m harness.lab` is the lab as a program."""
