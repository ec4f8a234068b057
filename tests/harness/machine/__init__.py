"""Commands on this machine, and what they leave behind: `run`, `kit_modules`, `cleanup`, `leftovers`, `load`."""
