"""The mediation case tracker: IP disputes through the three-channel collaboration (三调联动)."""
