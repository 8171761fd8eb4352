"""The contact store: conversations, contacts, interactions, attachments. 联络"""
