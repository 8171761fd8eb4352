"""Commitments: promises to customers, with an owner and a due time. 承诺"""
