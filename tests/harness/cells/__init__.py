"""Networks and namespaces of their own for programs of a test: `cell_up`, `linked`, `inner_machine`."""
