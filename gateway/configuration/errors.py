"""What is wrong with the configuration: raised where it is read, said by `ncpeh` in one line. Imports nothing."""


class SettingsError(Exception):
    """Configuration that cannot be used; the text names file, table and key."""
