"""Norwegian sources to the pivot and back: one reader or writer per message, told apart by its namespace."""
