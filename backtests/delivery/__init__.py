"""Sending a written report to mailboxes and chats: in parts that fit, once, and recorded."""

from backtests.delivery.addresses import Address, load_addresses
from backtests.delivery.deliver import Delivery, deliver_folder, send_test
from backtests.delivery.split import split_message

__all__ = [
    "Address",
    "Delivery",
    "deliver_folder",
    "load_addresses",
    "send_test",
    "split_message",
]
