"""Tags on WeCom contacts: those of one group mirror what a member is with us; all others are left alone."""

from ..domain.outcomes import Permanent
from .base import Failure, Sent
from .wecom_codes import NO_TAG, TAG_EXISTS

#: Characters of a tag's name.
NAME_SIZE = 30


def named(payload):
    """The names of all tags of our group that a payload asks for, as WeCom keeps them; None: it says nothing of tags.

    >>> named({"tier": "金卡 ", "tags": ["高价值", "金卡", "", None]}), named({"tier": None}), named({"name": "张三"})
    (['金卡', '高价值'], [], None)
    """
    if not {"tier", "tags"} & payload.keys():
        return None
    tags = payload.get("tags") or []
    names = [payload.get("tier"), *([tags] if isinstance(tags, str) else tags)]
    return list(dict.fromkeys(name.strip()[:NAME_SIZE] for name in names if name and name.strip()))


class Tags:
    """The tags of the connection's group, read once and again when they turn out to be others.

    :param api: the adapter, for its ``ask`` and ``tell``
    """

    def __init__(self, api):
        self._api = api
        self._known = None

    def known(self, fresh=False):
        """dict name -> id of the group's tags."""
        if self._known is None or fresh:
            body = self._api.tell("externalcontact/get_corp_tag_list", {"tag_id": [], "group_id": []})
            group = self._api.settings["tag_group"]
            groups = [g for g in body.get("tag_group") or [] if g.get("group_name") == group and not g.get("deleted")]
            self._known = {t["name"]: t["id"] for g in groups for t in g.get("tag") or [] if not t.get("deleted")}
        return self._known

    def ids(self, names):
        """Ids of the tags of these names; what is missing is made."""
        if not set(names) <= set(self.known()):
            self._make([name for name in names if name not in self.known(fresh=True)])
        return [self.known()[name] for name in names]

    def _make(self, names):
        if not names:
            return
        group = self._api.settings["tag_group"]
        try:
            # Names are unique in a group: a repeat is refused, so a lost answer does no harm.
            self._api.tell("externalcontact/add_corp_tag", {"group_name": group, "tag": [{"name": n} for n in names]})
        except Permanent as error:
            if error.code not in TAG_EXISTS:
                raise
        missing = [name for name in names if name not in self.known(fresh=True)]
        if missing:
            raise Permanent(f"these tags could not be made: {', '.join(missing)}", "no_tag")

    def mirror(self, external_id, followers, names):
        """Give the contact these tags of our group, and no others of it.

        :param followers: dict userid -> set of tag ids that this staff member's contact has now
        :return: ``Sent``; ``failed``: staff members at whom it was not possible
        """
        try:
            return self._mirror(external_id, followers, names)
        except Permanent as error:
            if error.code not in NO_TAG:
                raise
        self.known(fresh=True)  # somebody deleted one meanwhile
        return self._mirror(external_id, followers, names)

    def _mirror(self, external_id, followers, names):
        wanted = self.ids(names)
        ours = set(self.known().values())
        failed, marked = [], 0
        for userid, has in followers.items():
            add, remove = [t for t in wanted if t not in has], sorted((has & ours) - set(wanted))
            if not add and not remove:
                continue
            body = {"userid": userid, "external_userid": external_id, "add_tag": add, "remove_tag": remove}
            try:
                self._api.tell("externalcontact/mark_tag", body, of_one=True)
                marked += 1
            except Permanent as error:
                if error.code in NO_TAG or len(failed) + 1 == len(followers):
                    raise
                failed.append(Failure(userid, error.code, error.message))
        return Sent(external_id=external_id, detail=f"marked at {marked} of {len(followers)}", failed=tuple(failed))
