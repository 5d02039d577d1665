"""The engines: what trains a network. Each takes a run and a state and gives a state of the same kind back."""
