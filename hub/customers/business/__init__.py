"""What the business's own systems know of customers: orders, products, repairs, balances, feeds."""
