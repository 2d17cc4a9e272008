"""The one exception that a person is meant to read."""


class ServingError(Exception):
    """The service cannot work as it is set up; the message says why, and what helps."""
