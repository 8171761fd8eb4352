"""What-if in the supervisor's view: replay and staffing behind the API, in another process."""
