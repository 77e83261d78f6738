"""The ward's pages in one list."""

from litestar import Router

from api.pages.ward.bedside import bedside, bedside_for
from api.pages.ward.counting import empties, handover
from api.pages.ward.doses import broken, dose, doses, find
from api.pages.ward.history import history, history_for

router = Router(
    "/", route_handlers=[doses, dose, find, bedside, bedside_for, broken, handover, empties, history, history_for]
)
