"""Cases of the catalogue with real clients: `clients` starts them in a `Testbed`, `proof` checks the results."""
