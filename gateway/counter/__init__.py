"""The Norwegian pharmacy's counter: which form asks for a foreign patient, and what may be handed out to her."""
