"""The schema's history, one for both databases. New revisions: see CONTRIBUTING.md."""
