"""Officers of the provincial office: accounts, roles, sign-in to the console."""
