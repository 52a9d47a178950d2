"""How an upload is turned down."""


class Rejected(Exception):
    """The file can't be kept; the message says why, for the person who sent it."""


class TooLarge(Rejected):
    """The file alone, or with those that are there, takes more room than there is."""
