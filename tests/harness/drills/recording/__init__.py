"""The recording of a healthy build: `store` keeps it, `sources` makes and replays it, `kinds` knows the hosts."""
