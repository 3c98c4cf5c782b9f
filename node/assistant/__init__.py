"""The assistant as the school sees it: who asks with which rights, what was answered from where."""
