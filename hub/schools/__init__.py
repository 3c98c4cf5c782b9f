"""Schools of the province: invitations, enrolment, certificates, standing, state."""
