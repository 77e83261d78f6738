"""What goes wrong in the field, with the entries in PostgreSQL."""

from tests.faults.test_machines import *
from tests.faults.test_mending import *
from tests.faults.test_packs_and_quantities import *
from tests.faults.test_people_and_time import *
