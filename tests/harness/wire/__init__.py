"""Upstreams on a socket, faults included: `serve` starts one, and its `Journal` has the requests that it saw."""
