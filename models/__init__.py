"""The assistant as a library: text extraction, and later index, retrieval, llama.cpp. Knows no server."""
