"""One build of one contestant in one cell: what fails, who builds, how it is played, and which grade it gets."""
