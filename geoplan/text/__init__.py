"""Vietnamese text: letters (NFC, folding), numbers and dates, legacy encodings, and text made safe for where it goes."""
