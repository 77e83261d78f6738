"""What handlers of the counter share: the fields of a form that is sent, and why a patient is looked at."""

from typing import Annotated

from litestar.enums import RequestEncodingType
from litestar.params import Body

AT_THE_COUNTER = "at the counter"

Typed = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""A handler's parameter `data: Typed`: what was typed into a form, by the names of its fields."""
