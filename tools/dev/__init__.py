"""The developer's entry script behind ./dev. Standard library only."""
