"""What the tests share, from the ground up: run, shells, engine; only `plugin` knows pytest."""
