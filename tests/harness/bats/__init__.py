"""bats files as pytest items: one item a test, one bats process a file."""
