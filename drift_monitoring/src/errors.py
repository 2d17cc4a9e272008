"""What goes wrong outside of this program."""


class InputError(Exception):
    """Something that the user can put right; the message says what it is and what is wanted."""
