"""What can be run on this machine, and what is left on it afterwards: `run`, `cleanup`, `leftovers`, `kit_modules`."""
