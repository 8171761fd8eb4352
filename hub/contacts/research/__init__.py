"""What customers think: of us, by surveys; of others, by what they name."""
