"""Contact Hub: phone, email, web chat and fax in one contact queue, routed by customer tier."""
