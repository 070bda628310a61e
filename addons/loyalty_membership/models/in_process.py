"""Context values that only this process can say, since no caller from outside can send an object."""

#: The order books what its reward lines cost; native code that writes the card moves nothing.
ORDER_SPENDING = {"loyalty_order_spending": object()}
#: A manager adjusts a member's points on purpose and says why; allowed whatever state the member is in.
ADJUSTMENT = {"loyalty_adjustment": object()}
#: The card that is being made is a member's, who is made with it.
MEMBER_CARD = {"loyalty_member_create": object()}
#: The nightly job seals a day.
SEALING = {"loyalty_sealing": object()}
#: Whoever edits several lines of an order reconciles it once, at the end.
RECONCILE_LATER = {"loyalty_reconcile_later": object()}
#: Whoever makes these members has looked already whether somebody else is the same person.
LOOKED_UP = {"loyalty_looked_up": object()}
#: Whoever writes these contacts' phones and e-mails notes whom they name.
IDENTIFIED = {"loyalty_identified": object()}
#: A manager erases this person, whose member nobody else changes any more.
ERASING = {"loyalty_erasing": object()}
#: A redemption ends, and ends its own order and delivery.
ENDING = {"loyalty_ending": object()}
#: A redemption that was approved confirms its own order.
CONFIRMING = {"loyalty_confirming": object()}
#: A program is archived or restored; rewards of a membership that were archived before stay so.
REWARDS_STAY = {"loyalty_rewards_stay": object()}
#: These members are closed, or as strict as each other, because they are merged: nothing of theirs ends by that.
MERGING = {"loyalty_merging": object()}

#: Whoever writes who brought these members has looked whether they are one person, and notes the referral.
REFERRED = {"loyalty_referred": object()}
#: These members come from another system: who joined there is neither welcomed nor rewarded for what they did there.
MOVED_IN = {"loyalty_moved_in": object()}
#: Whoever writes a draw with several of its prizes notes their odds once, at the end.
ODDS_LATER = {"loyalty_odds_later": object()}
#: What is told here is for the member: others are named so that the member recognises them, and no more.
TOLD_TO_MEMBER = {"loyalty_told_to_member": object()}


class JourneyEvents(dict):
    """A journey acts: member id -> id of the ``loyalty.journey.event`` of the step. One event a member at a time.

    Whatever is queued or given meanwhile notes itself on the member's event.
    """

    # Fields that depend on it are cached by it: by which it is, not by what it holds.
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def journey_events(env):
    """The events of the journey step that is acting now; empty outside of journeys."""
    events = env.context.get("loyalty_journey_events")
    return events if isinstance(events, JourneyEvents) else JourneyEvents()


def says(env, marker):
    """Whether the context of ``env`` carries this marker of this process."""
    [(key, value)] = marker.items()
    return env.context.get(key) is value
