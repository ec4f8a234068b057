"""How an upstream answers over a socket, faults included: `serve` starts one, its `Journal` has what it saw."""
