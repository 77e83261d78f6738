"""A ward's pages, read out of PostgreSQL."""

from tests.api.pages.test_ward import *
