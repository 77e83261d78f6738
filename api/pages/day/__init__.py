"""What waits for whoever is here, and nothing else."""
