"""How real clients react to a fault: `clients` starts them in a `Testbed`, `proof` says whether the fault hurt."""
