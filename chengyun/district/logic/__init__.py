"""What may stand where, and whether a shape is one: pure decisions of the district domain."""
