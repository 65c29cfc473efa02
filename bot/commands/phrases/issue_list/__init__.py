"""Parse a list of issues in plain words (“my open bugs due this week”) into the conditions of a query. Pure."""
