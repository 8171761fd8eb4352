"""What speaks to vendors and is shared by channels: mail (email, fax), twilio (phone, SMS)."""
