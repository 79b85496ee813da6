"""catenary."""
