"""The channels (渠道): a fourth one costs an entry here, a migration and translations of page text.

Holds the `Channel` list and its one table `CHANNELS`. Must not hold moves (see `cases/workflow`).
"""

from __future__ import annotations

from dataclasses import dataclass

from mediation.terms import EntryForm, OrganisationKind, Outcome
from mediation.words import Term, Words


class Channel(Term):
    """People's, judicial, administrative mediation."""

    PEOPLE = "people", "人民调解", "People's mediation"
    JUDICIAL = "judicial", "司法调解", "Judicial mediation"
    ADMINISTRATIVE = "administrative", "行政调解", "Administrative mediation"


@dataclass(frozen=True)
class ChannelRules:
    """What is peculiar to one channel.

    `organisation_kinds`: whose natural channel it is (prefills intake, never refuses).
    `entry_forms`: offered in this order. `accept_facts`: codes of `cases.facts.Fact` that ACCEPT must
    bring besides the date, each with the entry forms it is asked for. `accepted_title`: what the day of
    acceptance is called here. `outcome_titles`: the channel's own words for an outcome.
    """

    short: Words
    organisation_kinds: frozenset[OrganisationKind]
    entry_forms: tuple[EntryForm, ...]
    accept_facts: tuple[tuple[str, frozenset[EntryForm]], ...] = ()
    accepted_title: Words = Words("受理日期", "Accepted on")
    outcome_titles: tuple[tuple[Outcome, Words], ...] = ()

    def outcome_words(self, outcome: Outcome) -> Words:
        """The channel's title for `outcome`."""
        return dict(self.outcome_titles).get(outcome, outcome.words)


_REFERRED = frozenset({EntryForm.DELEGATED, EntryForm.ENTRUSTED})

CHANNELS: dict[Channel, ChannelRules] = {
    Channel.PEOPLE: ChannelRules(
        short=Words("人民", "People's"),
        organisation_kinds=frozenset({OrganisationKind.COMMITTEE, OrganisationKind.OTHER_INSTITUTION,
                                      OrganisationKind.SERVICE_INSTITUTION}),
        entry_forms=(EntryForm.OWN, EntryForm.TRANSFERRED, EntryForm.JOINT, EntryForm.ASSISTED),
    ),
    Channel.JUDICIAL: ChannelRules(
        short=Words("司法", "Judicial"),
        organisation_kinds=frozenset({OrganisationKind.COURT}),
        entry_forms=(EntryForm.DELEGATED, EntryForm.ENTRUSTED, EntryForm.INVITED, EntryForm.OWN,
                     EntryForm.TRANSFERRED, EntryForm.JOINT, EntryForm.ASSISTED),
        # A referral comes by the court's letter; it is accepted when the mediator signs for the file.
        accept_facts=(("letter_number", _REFERRED), ("referral_on", _REFERRED)),
        accepted_title=Words("签收（受理）日期", "Signed for (accepted) on"),
    ),
    Channel.ADMINISTRATIVE: ChannelRules(
        short=Words("行政", "Administrative"),
        organisation_kinds=frozenset({OrganisationKind.ADMINISTRATIVE_ORGAN}),
        entry_forms=(EntryForm.OWN, EntryForm.TRANSFERRED, EntryForm.JOINT, EntryForm.ASSISTED),
        # Administrative mediation is opened only with the respondent's consent.
        accept_facts=(("respondent_consent_on", frozenset(EntryForm)),),
        accepted_title=Words("立案日期", "Case opened on"),
        # 撤销案件 is the administrative title of a failure, not of a withdrawal.
        outcome_titles=((Outcome.DEADLOCK, Words("撤销案件（调解不成）", "Case revoked (mediation failed)")),),
    ),
}


def natural_channel(kind: OrganisationKind) -> Channel:
    """The channel an organisation of `kind` usually works in (prefills intake)."""
    return next((c for c, rules in CHANNELS.items() if kind in rules.organisation_kinds), Channel.PEOPLE)
