"""The Docker engine of the tests, and builds on it: `Engine`, `Builder`, `cache_build`, `fetchers`."""
