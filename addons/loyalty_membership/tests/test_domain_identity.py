from odoo.tests.common import BaseCase, tagged

from ..domain.identity import normalize_email, normalize_phone


@tagged("post_install", "-at_install")
class TestDomainIdentity(BaseCase):
    def test_every_spelling_of_a_phone_is_one_number(self):
        for raw in (
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "１３８００１３８０００",
            "+8613800138000",
            "+86-138 0013 8000",
            "＋86 (138) 0013-8000",
            "0086 13800138000",
            "86 13800138000",
            "\u202d13800138000\u202c",
            " 13800138000\n",
        ):
            with self.subTest(raw=raw):
                self.assertEqual(normalize_phone(raw, "CN"), "+8613800138000")

    def test_an_international_number_needs_no_region(self):
        for raw in ("+86 13800138000", "0086 138 0013 8000"):
            for region in (None, "US", "cn", "XX"):
                with self.subTest(raw=raw, region=region):
                    self.assertEqual(normalize_phone(raw, region), "+8613800138000")

    def test_a_national_number_belongs_to_the_region(self):
        self.assertEqual(normalize_phone("020 7946 0958", "GB"), "+442079460958")
        self.assertEqual(normalize_phone("010-65529988", "CN"), "+861065529988")
        self.assertIsNone(normalize_phone("13800138000", None))

    def test_what_is_no_phone_number_is_none(self):
        for raw in (
            None,
            "",
            " ",
            False,
            "hello",
            "123",
            "1380013800",
            "+",
            "00",
            "+999 1",
            "1" * 300,
        ):
            with self.subTest(raw=raw):
                self.assertIsNone(normalize_phone(raw, "CN"))

    def test_every_spelling_of_an_address_is_one(self):
        for raw in (
            "Li.Na@Example.com",
            " li.na@example.com\t",
            "ｌｉ．ｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "li.na@example.com\u200b",
        ):
            with self.subTest(raw=raw):
                self.assertEqual(normalize_email(raw), "li.na@example.com")

    def test_usual_addresses_are_understood(self):
        for address in ("a+b@sub.example.co", "o'neil_1@x-y.org", "李娜@例子.公司", "a@b.xn--p1ai"):
            with self.subTest(address=address):
                self.assertEqual(normalize_email(address), address)

    def test_what_is_no_single_address_is_none(self):
        for raw in (
            None,
            False,
            "",
            "li.na",
            "@example.com",
            "li@na@example.com",
            "li na@example.com",
            "a@example.com, b@example.com",
            "Li <a@example.com>",
            "a@example",
            "a@example..com",
            "a@-example.com",
            ".a@example.com",
            "a@example.com\nBcc: b@example.com",
            "a" * 250 + "@example.com",
        ):
            with self.subTest(raw=raw):
                self.assertIsNone(normalize_email(raw))
