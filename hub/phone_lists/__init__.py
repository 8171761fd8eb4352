"""Lists of customers whom agents call: previewed, or dialled for each free agent."""
