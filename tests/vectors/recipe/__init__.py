"""What make_vectors.py writes: the cases, each with its expected answer written by hand."""
