"""How the tables of the built-in world `transport` are made; `make transport`."""
