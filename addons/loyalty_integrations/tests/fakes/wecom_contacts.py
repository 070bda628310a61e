"""The contacts of the fake WeCom and their tags, and its error codes."""

import hashlib

TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40056: "invalid agentid",
    40058: "invalid parameter",
    40068: "invalid tagid",
    40071: "tag name exists",
    40096: "invalid external userid",
    41048: "no suitable content",
    45009: "api freq out of limit",
    60111: "invalid string value",
    81013: "user & party & tag all invalid",
    84061: "not external contact",
    301002: "not allow operate another agent with this accesstoken",
}


class Failed(Exception):
    """Ends a request with an errcode."""


class Contacts:
    """Answers about contacts and tags; needs staff, contacts, groups, foreign_tags and _new()."""

    @staticmethod
    def _page(rows, asked):
        at, limit = int(asked.get("cursor") or 0), asked.get("limit", 50)
        return rows[at : at + limit], str(at + limit) if at + limit < len(rows) else ""

    def _do_externalcontact_get_follow_user_list(self, _request):
        return {"follow_user": sorted(self.staff, key=lambda userid: hashlib.sha256(userid.encode()).hexdigest())}

    def _do_externalcontact_list(self, request):
        userid = request.query["userid"]
        if userid not in self.staff:
            raise Failed(60111)
        found = [wm for wm, contact in self.contacts.items() if userid in contact["follows"]]
        if not found:
            raise Failed(84061)
        return {"external_userid": found}

    def _do_externalcontact_batch_get_by_user(self, request):
        asked = request.json()
        if not 1 <= len(asked["userid_list"]) <= 100 or asked["limit"] > 100:
            raise Failed(40058)
        if not set(asked["userid_list"]) <= self.staff:
            raise Failed(60111)
        pairs = [
            {"external_contact": self._contact(wm), "follow_info": self._follow(wm, userid, flat=True)}
            for userid in asked["userid_list"]
            for wm, contact in self.contacts.items()
            if userid in contact["follows"]
        ]
        if not pairs:
            raise Failed(84061)
        rows, following = self._page(pairs, asked)
        return {"external_contact_list": rows, "next_cursor": following}

    def _do_externalcontact_get(self, request):
        wm = request.query["external_userid"]
        if wm not in self.contacts:
            raise Failed(40096)
        follows = [self._follow(wm, userid) for userid in self.contacts[wm]["follows"]]
        if not follows:
            raise Failed(84061)
        rows, following = self._page(follows, {"cursor": request.query.get("cursor"), "limit": 500})
        return {"external_contact": self._contact(wm), "follow_user": rows, "next_cursor": following}

    def _contact(self, wm):
        contact = self.contacts[wm]
        shown = {"external_userid": wm, "name": contact["name"], "type": 1, "avatar": "", "gender": 0}
        return {**shown, "unionid": contact["unionid"]} if contact["unionid"] else shown

    def _follow(self, wm, userid, flat=False):
        follow = {"userid": userid, **self.contacts[wm]["follows"][userid]}
        ids = follow.pop("tags")
        if flat:
            return {**follow, "tag_id": ids}
        names = {t["id"]: (g["group_name"], t["name"]) for g in self.groups for t in g["tag"]}
        own = [{"group_name": names[i][0], "tag_name": names[i][1], "tag_id": i, "type": 1} for i in ids if i in names]
        return {**follow, "tags": [*own, {"group_name": "", "tag_name": "own remark", "type": 2}]}

    def _do_externalcontact_get_corp_tag_list(self, _request):
        return {"tag_group": [{**group, "tag": list(group["tag"])} for group in self.groups]}

    def _do_externalcontact_add_corp_tag(self, request):
        asked = request.json()
        group = next((g for g in self.groups if g["group_name"] == asked["group_name"]), None)
        if group and {t["name"] for t in group["tag"]} & {t["name"] for t in asked["tag"]}:
            raise Failed(40071)
        if any(not t["name"] or len(t["name"]) > 30 for t in asked["tag"]):
            raise Failed(40058)
        if group is None:
            group = {"group_id": self._new("etG"), "group_name": asked["group_name"], "tag": []}
            self.groups.append(group)
        made = [{"id": self._new("et"), "name": tag["name"], "order": 1} for tag in asked["tag"]]
        group["tag"] += made
        return {"tag_group": {**group, "tag": made}}

    def _do_externalcontact_mark_tag(self, request):
        asked = request.json()
        contact = self.contacts.get(asked["external_userid"])
        if contact is None:
            raise Failed(40096)
        if asked["userid"] not in contact["follows"]:
            raise Failed(84061)
        add, remove = asked.get("add_tag") or [], asked.get("remove_tag") or []
        if not set(add) | set(remove) <= {tag["id"] for group in self.groups for tag in group["tag"]}:
            raise Failed(40068)
        if self.foreign_tags & (set(add) | set(remove)):
            raise Failed(301002)
        tags = contact["follows"][asked["userid"]]["tags"]
        contact["follows"][asked["userid"]]["tags"] = [t for t in tags if t not in remove and t not in add] + add
        return {}
