"""Every page in one list, a folder for each group of people."""

from litestar import Router

from api.pages.account.routes import pages as account
from api.pages.counter.pages import router as counter
from api.pages.day.pages import router as day
from api.pages.downtime.pages import router as downtime
from api.pages.family.pages import router as family
from api.pages.inspection.pages import router as inspection
from api.pages.office.routes import router as office
from api.pages.prescribing.pages import router as prescribing
from api.pages.stock.pages import router as stock
from api.pages.ward.pages import router as ward

PAGES: tuple[Router, ...] = (account, counter, day, downtime, inspection, stock, office, family, ward, prescribing)
