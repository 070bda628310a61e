"""Secrets at rest: encrypted and authenticated (Fernet: AES-128-CBC and HMAC-SHA256), with keys that can be changed."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """A key is none, or a secret was encrypted with a key that isn't there any more."""


def new_key():
    """A new key as text: 44 characters, url-safe base64."""
    return Fernet.generate_key().decode()


class Vault:
    """Encrypts with the first of these keys; decrypts with any of them, so that a key can be changed step by step.

    >>> old, new = new_key(), new_key()
    >>> kept = Vault([old]).encrypt("secret")
    >>> "secret" in kept, Vault([new, old]).decrypt(kept)
    (False, 'secret')
    >>> Vault([new]).decrypt(kept)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    VaultError: no key opens it
    """

    def __init__(self, keys):
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys if key.strip()])
        except (ValueError, TypeError) as error:
            raise VaultError("a key must be 32 bytes in url-safe base64") from error

    def encrypt(self, text):
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, kept):
        """
        :raise VaultError: none of the keys has encrypted it, or it was changed since
        """
        try:
            return self._fernet.decrypt(kept).decode()
        except (InvalidToken, TypeError) as error:
            raise VaultError("no key opens it") from error
