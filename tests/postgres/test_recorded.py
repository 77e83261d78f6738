"""What is recorded, signed and answered again, with the entries in PostgreSQL."""

from tests.service.test_append import *
from tests.service.test_governance import *
from tests.service.test_heads import *
from tests.service.test_previewing import *
from tests.service.test_replays import *
from tests.service.test_rules_by_seq import *
