"""What an inspector sees and does: one screen of sentences, the rows behind each, a visit and what is taken away."""
