"""The store's promises, kept in PostgreSQL as in a file."""

from tests.service.test_stored import *
from tests.storage.test_pages import *
from tests.storage.test_store import *
from tests.storage.test_writers import *

del test_tiles_of_tiles_are_full_at_65536_leaves  # noqa: F821 - minutes of rows through one piece of code
