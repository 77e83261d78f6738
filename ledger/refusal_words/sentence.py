"""The shape of a code's words, and the advice that many of them share."""

LOOK = "Do not try to mend it by hand. Keep this folder as it is, and call the people who look after this machine."


class Sentence:
    """*said*: the most telling first, the last one without values; *advice*: what to do about it."""

    __slots__ = ("advice", "said")

    def __init__(self, *said: str, advice: str) -> None:
        self.said = said
        self.advice = advice
