"""Two countries on loopback and the story they play: set up, steps, attacks, the table."""
