"""The shape of a code's words."""


class Sentence:
    """*said*: the most telling first, the last one without values; *advice*: what to do about it."""

    __slots__ = ("advice", "said")

    def __init__(self, *said: str, advice: str) -> None:
        self.said = said
        self.advice = advice
