"""What comes, moves, is counted and leaves the pharmacy other than to a patient."""
