"""Families: what waits, the notice, the return and its slip, and what is recorded at a patient's home."""
