"""What a person calls a device, from the words that a browser says of itself: a help to memory, and maybe untrue."""

_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}
_BROWSERS = {
    "YaBrowser": "Yandex",
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


def to_device(words: str) -> str:
    """Such as `Chrome, Windows`; empty where nothing is known. The more special signs stand first in the tables."""
    known = [next((name for sign, name in table.items() if sign in words), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, known))
