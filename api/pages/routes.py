"""Every page in one list, a folder for each group of people."""

from litestar import Router

from api.pages.account.routes import pages as account
from api.pages.day.pages import router as day
from api.pages.stock.pages import router as stock

PAGES: tuple[Router, ...] = (account, day, stock)
