"""When nothing can be recorded, and the day after: numbered sheets, what lies where, and their lines entered once."""
