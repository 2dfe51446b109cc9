"""People: who may do what (permissions), accounts, sign-in sessions."""
