"""One file for each migration: what changed, once and for all."""
