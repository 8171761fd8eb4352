"""Storage: the writer and readers, transactions, outbox, leases, blobs. See design.md section 4."""

from .blobs import BlobRef, Blobs, DirectoryBlobs
from .look import LIMIT, NOW, Look
from .partial import in_words, partial_index
from .store import Store
from .tx import Batch, Tx, batch, batch_ahead
from .types import Json, UTCDateTime, metadata

__all__ = [
    "LIMIT",
    "NOW",
    "Batch",
    "BlobRef",
    "Blobs",
    "DirectoryBlobs",
    "Json",
    "Look",
    "Store",
    "Tx",
    "UTCDateTime",
    "batch",
    "batch_ahead",
    "in_words",
    "metadata",
    "partial_index",
]
