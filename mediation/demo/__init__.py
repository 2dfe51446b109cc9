"""Made-up histories, always through the actions: the demo, and stories told as dated moves."""
