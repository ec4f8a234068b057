"""Where a program can run apart from the network of this machine: `cell_up`, `linked`, `inner_machine`."""
