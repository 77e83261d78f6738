"""What is recorded, signed and answered again, with the entries in PostgreSQL."""

from tests.faults.test_machines import *
from tests.service.test_append import *
from tests.service.test_heads import *
from tests.service.test_replays import *
