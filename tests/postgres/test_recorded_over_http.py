"""The API records and answers again, with the entries in PostgreSQL."""

from tests.api.v1.test_recording import *
