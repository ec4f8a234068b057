"""The score board: its data and how it is shown."""
