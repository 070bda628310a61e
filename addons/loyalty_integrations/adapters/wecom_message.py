"""The bodies of WeCom messages: cards to staff, and mass messages to contacts. Pure functions."""

import html

TITLE_BYTES, DESCRIPTION_BYTES, BUTTON_CHARS, TEXT_BYTES, CONTACT_TEXT_BYTES = 128, 512, 4, 2048, 4000
#: The longest time for which WeCom drops a message that it has already delivered, in seconds.
DUPLICATE_INTERVAL = 14400
#: Most staff in one message.
MOST_STAFF = 1000


def cut(text, size, encode=str):
    """The longest beginning of ``text`` that has at most ``size`` bytes of UTF-8 once it is encoded; never half a character.

    >>> cut("积分到账", 8), cut("abc", 8)
    ('积分', 'abc')
    >>> cut("a<b", 4, escape), cut("a<b", 5, escape)
    ('a', 'a&lt;')
    """
    parts = []
    for character in text:
        part = encode(character)
        size -= len(part.encode())
        if size < 0:
            break
        parts.append(part)
    return "".join(parts)


def escape(text):
    """For a card's description, which is read as HTML.

    >>> escape("<b> & 'x'\\n")
    '&lt;b&gt; &amp; &#x27;x&#x27;<br>'
    """
    return html.escape(text).replace("\n", "<br>")


def marked(url, key):
    """The link with the push's key as its fragment, by which two messages that say the same are told apart.

    >>> marked("https://x.example/m/1", "k1"), marked("https://x.example/#/m", "k1"), marked("", "k1")
    ('https://x.example/m/1#loy-k1', 'https://x.example/#/m', '')
    """
    return url if not url or "#" in url else f"{url}#loy-{key}"


def staff_message(payload, key, agent_id):
    """Body of ``/cgi-bin/message/send``: a text card, or a text where there is no link. Texts are cut to WeCom's limits."""
    url, title, text = marked(payload.get("url") or "", key), payload.get("title") or "", payload.get("text") or ""
    body = {
        "touser": "|".join(payload["to"]["staff"]),
        "toparty": "",
        "totag": "",
        "agentid": int(agent_id),
        "enable_id_trans": 0,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_INTERVAL,
    }
    if not url:
        told = "\n".join(filter(None, (title, text)))
        return {**body, "msgtype": "text", "text": {"content": cut(told, TEXT_BYTES)}}
    card = {
        "title": cut(title or text, TITLE_BYTES),
        "description": cut(text or title, DESCRIPTION_BYTES, escape),
        "url": url,
    }
    if payload.get("button"):
        card["btntxt"] = payload["button"][:BUTTON_CHARS]
    return {**body, "msgtype": "textcard", "textcard": card}


def contact_message(payload, key, sender):
    """Body of ``/cgi-bin/externalcontact/add_msg_template``: a text and, where there is a link, its card."""
    title, text, url = payload.get("title") or "", payload.get("text") or "", marked(payload.get("url") or "", key)
    told = "\n".join(filter(None, (title, text)))
    body = {
        "chat_type": "single",
        "external_userid": [payload["to"]["external"]],
        "sender": sender,
        "text": {"content": cut(told, CONTACT_TEXT_BYTES)},
    }
    if url:
        link = {"title": cut(title or text, TITLE_BYTES), "desc": cut(text, DESCRIPTION_BYTES), "url": url}
        body["attachments"] = [{"msgtype": "link", "link": link}]
    return body
