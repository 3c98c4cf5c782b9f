"""Official notices: written by the province, delivered to schools, followed per school."""
