"""The envelope of callbacks, against the vectors that the vendors publish and against whoever lacks the key."""

import base64
import doctest

from odoo.tests import BaseCase, tagged

from ..domain import envelope
from ..domain.envelope import Refused

WECOM_TOKEN = "123456"
WECOM_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
WECOM_CORP = "wx49f0ab532d5d035a"
WECOM_ECHO = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="

DING_KEY = "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7"
DING_OWNER = "ding6ccabc44d2c8d38b"
DING_TIME, DING_NONCE = "1608001896814", "WL4PK6yA"
DING_SEALED = (
    "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxOK+HZeKju4yhELOFchzNukR+t8SB/"
    "qk4ROMu3"
)

YON_SECRET = "0123456789abcdef0123456789abcdef01234567"
YON_APP = "41832a3d2df94989b500da6a22268747"
YON_MESSAGE = '{"type":"CHECK_URL","eventId":"e1","timestamp":1768464000000,"tenantId":"t1"}'
YON_SEALED = (
    "9xbhiWOec6DVwEl0nHlIyjkf+mKdUa36eXCQ06saX9M0wv9WhCStbatRDndkrw+bzlGe/CkPUhfpE5yWInwsm2HXJ0DLTguTUwoSLPYlSruobbAEEhFpyZAK"
    "wFdHmgcPaeJfml5r66M/LgACchTOn+mCrYW/0RwLCJx+L6nqa4PTgYjlrSyoWjt7lkMtW1ebEw+5n1tpbGxdhK+oIr3hYQ=="
)
RANDOM = b"1234567890123456"


@tagged("post_install", "-at_install")
class TestEnvelope(BaseCase):
    def assert_refused(self, code, function, *args, **kwargs):
        with self.assertRaises(Refused) as caught:
            function(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)

    def test_doctests(self):
        self.assertEqual(doctest.testmod(envelope).failed, 0)

    # ------------------------------------------------------------------
    # Published vectors
    # ------------------------------------------------------------------

    def test_wecom_check_of_the_address(self):
        signature = "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96"
        envelope.check_signature(signature, WECOM_TOKEN, "1411443780", "437374425", WECOM_ECHO)
        self.assertEqual(envelope.unseal(envelope.aes_key(WECOM_KEY), WECOM_ECHO, WECOM_CORP), "5927782489442352469")

    def test_wechat_signature_without_ciphertext(self):
        signature = "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"
        self.assertEqual(envelope.sign("test", "1410685589", "test"), signature)
        envelope.check_signature(signature, "test", "1410685589", "test")

    def test_dingtalk_event(self):
        signature = "03044561471240d4a14bb09372dfcfd4fd0e40cb"
        envelope.check_signature(signature, "mryue", DING_TIME, DING_NONCE, DING_SEALED)
        told = envelope.unseal(envelope.aes_key(DING_KEY), DING_SEALED, DING_OWNER)
        self.assertEqual(told, '{"EventType":"check_url"}')

    def test_dingtalk_reply(self):
        sealed = envelope.seal(envelope.aes_key(DING_KEY), "success", DING_OWNER, RANDOM)
        self.assertEqual(sealed, "2UzJoJton0bJMAQF7A3bOGecNifPcoRPzahejI24sI4+k1oFTAPjw03IGqLyfWpFG9VlaslSWu0j5WIEWW1ggA==")
        signature = envelope.sign("mryue", DING_TIME, DING_NONCE, sealed)
        self.assertEqual(signature, "4f2f20ec5b83e45538452fe888ed5ce3828b3b7c")

    def test_yonyou_event_in_both_digests(self):
        encoded = envelope.padded_key(YON_SECRET)
        self.assertEqual(encoded, "0123456789abcdef0123456789abcdef01234567000")
        key = envelope.aes_key(encoded)
        self.assertEqual(envelope.seal(key, YON_MESSAGE, YON_APP, RANDOM), YON_SEALED)
        self.assertEqual(envelope.unseal(key, YON_SEALED, YON_APP), YON_MESSAGE)
        for signature in (
            "1a3071dca17969277bb8f53b9330f5dbde69a886",
            "5b5cac112fe0aab81606a4dca43554d80e0da4a3eea2d579341656a58390b072",
        ):
            signed = (YON_SECRET, "1768464000000", "n0nce", YON_SEALED)
            envelope.check_signature(signature, *signed, digests=("sha1", "sha256"))

    # ------------------------------------------------------------------
    # What must not pass
    # ------------------------------------------------------------------

    def test_a_changed_text_is_refused(self):
        signature = "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96"
        for changed in (("1411443781", "437374425", WECOM_ECHO), ("1411443780", "437374425", "A" + WECOM_ECHO[1:])):
            self.assert_refused("signature", envelope.check_signature, signature, WECOM_TOKEN, *changed)
        self.assert_refused("signature", envelope.check_signature, signature, "other", "1411443780", "437374425", WECOM_ECHO)

    def test_no_signature_is_refused(self):
        for signature in (None, "", "0" * 40, "x" * 40, "é" * 40):
            self.assert_refused("signature", envelope.check_signature, signature, WECOM_TOKEN, "1", "2", "3")

    def test_a_digest_that_the_sender_does_not_use_is_refused(self):
        signature = "5b5cac112fe0aab81606a4dca43554d80e0da4a3eea2d579341656a58390b072"
        signed = (YON_SECRET, "1768464000000", "n0nce", YON_SEALED)
        self.assert_refused("signature", envelope.check_signature, signature, *signed)

    def test_an_empty_token_proves_nothing(self):
        signature = envelope.sign("", "1", "2", "3")
        self.assert_refused("settings", envelope.check_signature, signature, "", "1", "2", "3")

    def test_a_missing_part_is_refused_though_it_is_signed(self):
        signature = envelope.sign("token", "1", "2", "")
        self.assert_refused("signature", envelope.check_signature, signature, "token", "1", "2", "")
        self.assert_refused("signature", envelope.check_signature, signature, "token", "1", "2", None)

    def test_an_envelope_for_another_receiver_is_refused(self):
        key = envelope.aes_key(WECOM_KEY)
        for other in ("wx49f0ab532d5d035b", WECOM_CORP[:-1], WECOM_CORP + "x"):
            self.assert_refused("receive_id", envelope.unseal, key, WECOM_ECHO, other)
        self.assert_refused("settings", envelope.unseal, key, WECOM_ECHO, "")

    def test_a_wrong_key_opens_nothing(self):
        with self.assertRaises(Refused):
            envelope.unseal(envelope.aes_key(DING_KEY), WECOM_ECHO, WECOM_CORP)

    def test_a_key_of_another_length_is_refused(self):
        for wrong in ("", WECOM_KEY[:-1], WECOM_KEY + "aaaa", "!" * 43, "密" * 43):
            self.assert_refused("settings", envelope.aes_key, wrong)

    def test_bad_ciphertext_is_refused(self):
        key = envelope.aes_key(WECOM_KEY)
        content = base64.b64decode(WECOM_ECHO)
        half = base64.b64encode(content[:24]).decode()
        cut = base64.b64encode(content[:32]).decode()  # whole blocks, no padding
        for sealed in ("", None, "%%%", "密文", half, cut):
            self.assert_refused("sealed", envelope.unseal, key, sealed, WECOM_CORP)

    def test_bad_padding_is_refused(self):
        key = envelope.aes_key(WECOM_KEY)
        message = RANDOM + (2).to_bytes(4, "big") + b"ok" + b"corp"
        for padding in (b"\0" * 6, b"\x21" * 6, b"\x01\x02\x03\x04\x05\x06", b"\x07" * 6, b"\x26" * 38):
            encryptor = envelope._cipher(key).encryptor()
            sealed = base64.b64encode(encryptor.update(message + padding) + encryptor.finalize()).decode()
            self.assert_refused("sealed", envelope.unseal, key, sealed, "corp")

    def test_a_length_beyond_the_end_is_refused(self):
        key = envelope.aes_key(WECOM_KEY)
        plain = RANDOM + (99).to_bytes(4, "big") + b"ok" + b"corp" + b"\x06" * 6
        encryptor = envelope._cipher(key).encryptor()
        sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
        self.assert_refused("sealed", envelope.unseal, key, sealed, "corp")

    def test_length_is_counted_in_bytes(self):
        key = envelope.aes_key(WECOM_KEY)
        for text in ("", "你好，张三🎉", "a" * 1000):
            self.assertEqual(envelope.unseal(key, envelope.seal(key, text, WECOM_CORP), WECOM_CORP), text)

    # ------------------------------------------------------------------
    # Time and XML
    # ------------------------------------------------------------------

    def test_five_minutes_are_the_limit_on_both_sides(self):
        for stamp in ("1768464000", "1768464000000"):
            for seconds in (-300, 0, 300):
                envelope.check_time(stamp, 1768464000 + seconds)
            for seconds in (-301, 301):
                self.assert_refused("stale", envelope.check_time, stamp, 1768464000 + seconds)

    def test_a_time_that_is_none_is_stale(self):
        for stamp in ("", None, "abc", "-1768464000", "1768464000.5", "９", "1e9"):
            self.assert_refused("stale", envelope.check_time, stamp, 1768464000)

    def test_entities_and_document_types_are_refused(self):
        for body in (
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml><Encrypt>&a;</Encrypt></xml>',
            b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>',
            b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><xml><Encrypt>a</Encrypt></xml>',
        ):
            self.assert_refused("body", envelope.read_xml, body)

    def test_what_is_no_xml_is_refused(self):
        for body in (b"", b"{}", b"<xml>", b"\xff\xfe", b"<xml>" + b"a" * envelope.LARGEST + b"</xml>", None):
            self.assert_refused("body", envelope.read_xml, body)

    def test_a_byte_order_mark_does_no_harm(self):
        body = "\ufeff<xml><Name>张三🎉</Name></xml>"
        self.assertEqual(envelope.read_xml(body), {"Name": "张三🎉"})
