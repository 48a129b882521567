"""Vietnamese text: letters (NFC, folding), numbers and dates, older encodings, and text made safe for where it goes."""
