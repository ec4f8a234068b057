"""Those that need an engine: run one after the other, on an engine that nobody else uses."""
