"""One file a family of types: what each asks, refuses and does."""
