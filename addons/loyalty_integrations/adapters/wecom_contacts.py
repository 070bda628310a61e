"""WeCom's external contacts: the customers whom staff have added, each known to one or more of them."""

from datetime import UTC, datetime

from ..domain.outcomes import Gone
from .base import Page, Record

#: Most staff and contacts of one page.
PAGE = 100
#: Seconds of rest after all was read, for each page that it took, and at most: everything is read every time.
REST, LONGEST_REST = 30, 43200


def record(contact, follow, ours=None):
    """One contact as one staff member knows him.

    :param ours: dict id -> name of the tags that mirror what members are; None: the connection mirrors none

    >>> record({"external_userid": "wm1", "name": "张三"}, {"userid": "li", "remark_mobiles": ["138 0013 8000"]}).values["mobile"]
    '13800138000'
    """
    mobiles = [m for m in ("".join(c for c in m if c in "+0123456789") for m in follow.get("remark_mobiles") or []) if m]
    added = follow.get("createtime")
    values = {
        "external_userid": contact["external_userid"],
        "name": contact.get("name") or "",
        "unionid": contact.get("unionid") or "",
        "mobile": mobiles[0] if mobiles else "",
        "mobiles": ",".join(mobiles),
        "remark": follow.get("remark") or "",
        "userid": follow.get("userid") or "",
        "state": follow.get("state") or "",
        "tag_ids": tag_ids(follow),
        "tags": None if ours is None else sorted(ours[tag] for tag in tag_ids(follow) if tag in ours),
        "added": datetime.fromtimestamp(int(added), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if added else "",
    }
    return Record(contact["external_userid"], values)


def tag_ids(follow):
    """Sorted ids of the company's tags, in either form that WeCom has for them."""
    given = follow.get("tag_id") or [tag.get("tag_id") for tag in follow.get("tags") or []]
    return sorted(filter(None, given))


class Contacts:
    """Reads contacts.

    :param api: the adapter, for its ``ask`` and ``tell``
    """

    def __init__(self, api):
        self._api = api

    def _ours(self):
        if not self._api.settings.get("tag_group"):
            return None
        return {tag: name for name, tag in self._api.tags.known().items()}

    def read_page(self, cursor):
        """The next page of all contacts of all staff; there is no way to ask for the changed ones only.

        Staff are taken in the order of their ids, 100 at a time. A contact of several staff comes once of each. After the last
        page there is nothing for a while: what is new, callbacks tell at once.

        :param cursor: {"users": these staff, "next": WeCom's own, "pages": read so far}, {"rest_until": seconds}, or {}
        """
        if (cursor.get("rest_until") or 0) > self._api.clock():
            return Page([], cursor, True)
        users, at, pages = cursor.get("users") or [], cursor.get("next") or "", cursor.get("pages") or 0
        if not at:
            users = self._staff_after(users[-1] if users else "")
        if not users:
            return Page([], self._rest(pages), True)
        asked = {"userid_list": users, "cursor": at, "limit": PAGE}
        try:
            body = self._api.tell("externalcontact/batch/get_by_user", asked)
        except Gone:  # 84061: none of them has a contact
            body = {}
        listed = body.get("external_contact_list") or []
        ours = self._ours() if listed else None
        found = [record(one["external_contact"], one["follow_info"], ours) for one in listed]
        following = body.get("next_cursor") or ""
        done = not following and len(users) < PAGE
        if done:
            return Page(found, self._rest(pages + 1), True)
        return Page(found, {"users": users, "next": following, "pages": pages + 1}, False)

    def _rest(self, pages):
        return {"rest_until": int(self._api.clock()) + min(REST * pages, LONGEST_REST)}

    def _staff_after(self, userid):
        return sorted(u for u in self.staff() if u > userid)[:PAGE]

    def staff(self):
        """User ids of the staff who serve customers, of those that the app sees."""
        return self._api.ask("externalcontact/get_follow_user_list").get("follow_user") or []

    def fetch(self, external_userid):
        """All that is known of one contact now: a ``Record`` of each of its staff.

        :raise Gone: it is no contact of the company (any more)
        """
        contact, follows = self._contact(external_userid)
        ours = self._ours()
        return [record(contact, follow, ours) for follow in follows]

    def followers(self, external_userid):
        """dict userid -> set of the company's tag ids."""
        return {follow["userid"]: set(tag_ids(follow)) for follow in self._contact(external_userid)[1]}

    def _contact(self, external_userid):
        contact, follows, cursor = {}, [], ""
        while True:
            params = {"external_userid": external_userid, "cursor": cursor}
            body = self._api.ask("externalcontact/get", params, of_one=True)
            contact = contact or body["external_contact"]
            follows += body.get("follow_user") or []
            cursor = body.get("next_cursor") or ""
            if cursor:
                continue
            if not follows:
                raise Gone("nobody of the staff has this contact any more", "no_follower")
            return contact, follows
