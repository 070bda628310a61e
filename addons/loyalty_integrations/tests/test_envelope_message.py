"""WeCom's message as public libraries publish it: the same ciphertext and signature, and back again."""

from odoo.tests import BaseCase, tagged

from ..domain import envelope

TOKEN, KEY, CORP = "123456", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a"
AT, NONCE = "1411525903", "461056294"
MESSAGE = """<xml>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[test]]></Content>
<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>
<ToUserName><![CDATA[messense]]></ToUserName>
<AgentID>1</AgentID>
<CreateTime>1411525903</CreateTime>
</xml>"""
SEALED = (
    "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8GqxlhZgURnAtObvesEl5nZ+uBE8bviY0LW"
    "ke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2Q1qvSUCUld+/WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEB"
    "tb7muXsVbwbgX05UPPJvFurDXafG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFYFMNMpatF9XiKzHo3"
)
SIGNATURE = "407518b7649e86ef23978113f92d27afa9296533"


@tagged("standard", "post_install", "-at_install")
class TestEnvelopeMessage(BaseCase):
    def test_a_message_is_sealed_as_published(self):
        sealed = envelope.seal(envelope.aes_key(KEY), MESSAGE, CORP, random=b"1234567890123456")
        self.assertEqual((sealed, envelope.sign(TOKEN, AT, NONCE, sealed)), (SEALED, SIGNATURE))

    def test_the_published_message_is_opened(self):
        envelope.check_signature(SIGNATURE, TOKEN, AT, NONCE, SEALED)
        self.assertEqual(envelope.unseal(envelope.aes_key(KEY), SEALED, CORP), MESSAGE)
