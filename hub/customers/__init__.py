"""Customers: who reaches us, by which addresses, of which tier, and what is known of them. 客户"""
