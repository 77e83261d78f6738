"""The API reads figures, lists and patients out of PostgreSQL."""

from tests.api.v1.test_reading import *
