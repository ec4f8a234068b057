"""The board as one page of HTML."""
