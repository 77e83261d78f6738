"""The store's promises, kept in PostgreSQL as in a file."""

from tests.service.test_stored import *
from tests.storage.test_pages import *
from tests.storage.test_store import *
from tests.storage.test_writers import *
