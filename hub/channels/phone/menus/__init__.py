"""Menus: what callers are asked by keypad before they come to a queue.

`model`: a menu as it is set up, `check`: what is wrong with one; `walk`: what a key leads to, pure;
`texts`: what is said in between; `front`: the shell between the webhooks and the door.
"""

from .check import check_menu
from .model import Branch, Choice, Menu, PhoneMenu

__all__ = ["Branch", "Choice", "Menu", "PhoneMenu", "check_menu"]
