"""What is done with every customer of a class, step by step."""
