"""Models and handbooks from the province: fetched, verified, activated, given back by one press."""
