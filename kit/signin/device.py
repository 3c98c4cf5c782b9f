"""What a device is called where its owner sees it among others."""

_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
_BROWSERS = {
    "SamsungBrowser": "Samsung Internet",
    "Whale": "Whale",
    "KAKAOTALK": "KakaoTalk",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


def device_words(user_agent: str) -> str:
    """A user agent in words one recognises one's phone by: `Android · Chrome`."""
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    browser = next((words for mark, words in _BROWSERS.items() if mark in user_agent), "")
    return " · ".join(part for part in (system, browser) if part) or user_agent[:40] or "?"
