"""Papers as PDF files, drawn with fonts of our own in a process of its own."""
