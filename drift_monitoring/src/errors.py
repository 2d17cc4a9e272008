"""What goes wrong outside of this program."""


class InputError(Exception):
    """Something that the user can put right; the message says what it is and what is wanted."""


class PriorsRefused(InputError):
    """The reports are written, but new genre priors are not, as nothing shows that they help."""
