"""What the tests share. A room imports only rooms before it; tests/README.md lists them in that order."""
