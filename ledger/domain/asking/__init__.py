"""What is asked before an act, and the courses that it is asked about."""
