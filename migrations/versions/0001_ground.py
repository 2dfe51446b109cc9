"""The ground: the audit trail with its triggers, the register, the accounts, the cases.

Written against an empty database. Changes the schema only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mediation.audit import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False, comment="gapless from 1"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True, comment="account, none for the machine and for visitors"),
        sa.Column("actor_role", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True, comment="the actor's organisation at the time"),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_ref", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column(
            "detail", sa.Text(), nullable=False, comment="canonical JSON: ids and names of fields, never their values"
        ),
        sa.Column("alg", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False, comment="the seal before: unique, so the chain cannot fork"),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("mac", name=op.f("uq_audit_event_mac")),
        sa.UniqueConstraint("prev", name=op.f("uq_audit_event_prev")),
    )
    op.create_index(op.f("ix_audit_event_action"), "audit_event", ["action"])
    op.create_index(op.f("ix_audit_event_actor_id"), "audit_event", ["actor_id"])
    op.create_index(op.f("ix_audit_event_object_type_object_ref"), "audit_event", ["object_type", "object_ref"])

    triggers.create(op.get_bind())
    op.create_table(
        "counter",
        sa.Column("series", sa.Text(), nullable=False, comment="'zone', or 'organisation:<id>'"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_counter")),
    )
    op.create_table(
        "mediator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Not unique: people share names."),
        sa.Column(
            "gender",
            sa.Enum("female", "male", name="gender", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "serious_fault_on",
            sa.Date(),
            nullable=True,
            comment="Day of a serious fault found by the competent body; closes the award's gate for the year.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediator")),
    )
    op.create_index(op.f("ix_mediator_name"), "mediator", ["name"])

    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "short_name",
            sa.String(length=20),
            nullable=False,
            comment="Stands in the numbers of its proceedings: nobody else's.",
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "committee",
                "court",
                "administrative_organ",
                "service_institution",
                "other_institution",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "park",
            sa.Enum(
                "chancheng",
                "nanhai",
                "shunde",
                "gaoming",
                "sanshui",
                "zone",
                name="park",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            nullable=False,
            comment="False: takes no new proceeding and no new mediator; its past stays.",
        ),
        sa.Column(
            "limit_count",
            sa.Integer(),
            nullable=True,
            comment="Its own time limit where the law sets none (administrative mediation); empty: the zone's default.",
        ),
        sa.Column(
            "limit_unit",
            sa.Enum(
                "calendar_days",
                "working_days",
                "months",
                name="limitunit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.CheckConstraint("(limit_count IS NULL) = (limit_unit IS NULL)", name=op.f("ck_organisation_limit_whole")),
        sa.CheckConstraint("limit_count > 0", name=op.f("ck_organisation_limit_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
        sa.UniqueConstraint("short_name", name=op.f("uq_organisation_short_name")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"])

    op.create_table(
        "site_setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site_setting")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="Argon2id, with its own parameters inside"),
        sa.Column(
            "role",
            sa.Enum(
                "mediator",
                "clerk",
                "organisation_admin",
                "zone_admin",
                "award_staff",
                "auditor",
                "system_admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("mediator_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="zh_Hans or en; empty: nothing chosen yet"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.CheckConstraint("mediator_id IS NULL OR role = 'mediator'", name=op.f("ck_account_only_a_mediator_is_one")),
        sa.CheckConstraint(
            "organisation_id IS NOT NULL OR role NOT IN ('mediator', 'clerk', 'organisation_admin')",
            name=op.f("ck_account_organisation_needed"),
        ),
        sa.ForeignKeyConstraint(["mediator_id"], ["mediator.id"], name=op.f("fk_account_mediator_id_mediator")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_account_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("mediator_id", name=op.f("uq_account_mediator_id")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_index(op.f("ix_account_organisation_id"), "account", ["organisation_id"])

    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="The zone's number, for life"),
        sa.Column(
            "number_year", sa.Integer(), nullable=False, comment="Year of receipt in Asia/Shanghai, never recomputed"
        ),
        sa.Column("number_seq", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "party",
                "committee",
                "court",
                "administrative_organ",
                "platform",
                "exhibition",
                "hotline",
                "police_government",
                "other",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column(
            "park",
            sa.Enum(
                "chancheng",
                "nanhai",
                "shunde",
                "gaoming",
                "sanshui",
                "zone",
                name="park",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
            comment="The dispute's park; empty: not stated",
        ),
        sa.Column(
            "primary_kind",
            sa.Enum(
                "invention",
                "utility_model",
                "design",
                "patent",
                "trade_mark",
                "copyright",
                "software",
                "trade_secret",
                "geographical_indication",
                "layout_design",
                "plant_variety",
                "other",
                name="rightkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("facts", sa.Text(), nullable=False, comment="The facts in a line"),
        sa.Column("infringing_act", sa.Text(), nullable=True, comment="Code of cases.acts"),
        sa.Column(
            "difficulty",
            sa.Enum(
                "simple",
                "ordinary",
                "difficult",
                name="difficulty",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("amount_claimed", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("series", sa.Text(), nullable=True, comment="Name of a declared series (批量维权)"),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="Entered by mistake; its number stays taken (作废)"),
        sa.Column(
            "salt",
            sa.Text(),
            nullable=False,
            comment="Commitments in the audit chain are keyed with it",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "event_count", sa.Integer(), nullable=False, comment="seq of the last event: each move changes this row"
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.Column(
            "state",
            sa.Enum(
                "undecided",
                "never_accepted",
                "open",
                "suspended",
                "ended",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            comment="derived",
        ),
        sa.Column("accepted_on", sa.Date(), nullable=True, comment="derived: first acceptance, never moves"),
        sa.Column("ended_on", sa.Date(), nullable=True, comment="derived: day it last stopped being open"),
        sa.Column(
            "outcome_class",
            sa.Enum(
                "success",
                "part",
                "failure",
                "neutral",
                "never_started",
                name="outcomeclass",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
            comment="derived",
        ),
        sa.Column(
            "entry_channel",
            sa.Enum(
                "people",
                "judicial",
                "administrative",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
            comment="derived: first accepted",
        ),
        sa.Column("entry_organisation_id", sa.Integer(), nullable=True, comment="derived"),
        sa.Column("current_proceeding_id", sa.Integer(), nullable=True, comment="derived: the latest proceeding"),
        sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name=op.f("ck_cases_ended_has_day")),
        sa.CheckConstraint(
            "(state IN ('undecided', 'never_accepted')) = (accepted_on IS NULL)", name=op.f("ck_cases_accepted_has_day")
        ),
        sa.CheckConstraint("ended_on >= accepted_on", name=op.f("ck_cases_ended_after_accepted")),
        sa.ForeignKeyConstraint(
            ["entry_organisation_id"], ["organisation.id"], name=op.f("fk_cases_entry_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("number_year", "number_seq", name=op.f("uq_cases_number_year_number_seq")),
    )
    op.create_index(op.f("ix_cases_accepted_on"), "cases", ["accepted_on"])
    op.create_index(op.f("ix_cases_current_proceeding_id"), "cases", ["current_proceeding_id"])
    op.create_index(op.f("ix_cases_ended_on"), "cases", ["ended_on"])
    op.create_index("ix_cases_list", "cases", ["is_void", "received_on", "id"])
    op.create_index(op.f("ix_cases_series"), "cases", ["series"])
    op.create_index("ix_cases_state", "cases", ["state", "received_on", "id"])

    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "none",
                "level_4",
                "level_3",
                "level_2",
                "level_1",
                name="mediatorlevel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("specialities", sa.JSON(), nullable=False, comment="Codes of kinds of right"),
        sa.Column("from_on", sa.Date(), nullable=True, comment="First day; empty exactly when from_unknown"),
        sa.Column("until_on", sa.Date(), nullable=True, comment="Last day it holds; empty: it holds still"),
        sa.Column("from_unknown", sa.Boolean(), nullable=False, comment="An import did not know the first day"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.CheckConstraint("(from_on IS NULL) = from_unknown", name=op.f("ck_registration_from_known_or_not")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_registration_days_in_order")),
        sa.ForeignKeyConstraint(["mediator_id"], ["mediator.id"], name=op.f("fk_registration_mediator_id_mediator")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_registration_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    op.create_index(op.f("ix_registration_mediator_id"), "registration", ["mediator_id"])
    op.create_index(op.f("ix_registration_organisation_id"), "registration", ["organisation_id"])

    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day of the training"),
        sa.Column("hours", sa.Numeric(precision=6, scale=1), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_training_hours_positive")),
        sa.ForeignKeyConstraint(["mediator_id"], ["mediator.id"], name=op.f("fk_training_mediator_id_mediator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    op.create_index(op.f("ix_training_mediator_id"), "training", ["mediator_id"])

    op.create_table(
        "ip_right",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invention",
                "utility_model",
                "design",
                "patent",
                "trade_mark",
                "copyright",
                "software",
                "trade_secret",
                "geographical_indication",
                "layout_design",
                "plant_variety",
                "other",
                name="rightkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Text(), nullable=True, comment="As written"),
        sa.Column("number_key", sa.Text(), nullable=True, comment="Normalised, for finding"),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "in_force",
                "expired",
                "disputed",
                name="rightstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("nice_class", sa.Integer(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_ip_right_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_right")),
    )
    op.create_index(op.f("ix_ip_right_case_id"), "ip_right", ["case_id"])
    op.create_index(op.f("ix_ip_right_number_key"), "ip_right", ["number_key"])
    op.create_index(
        "uq_ip_right_primary",
        "ip_right",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    )

    op.create_table(
        "party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "applicant",
                "respondent",
                "third_party",
                name="partyrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("legal", "natural", name="partykind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=True, comment="Credit code or resident id, normalised"),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True, comment="Agent's name and office"),
        sa.Column("agent_contact", sa.Text(), nullable=True),
        sa.Column("designations", sa.JSON(), nullable=False, comment="Codes of terms.Designation"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_party_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index(op.f("ix_party_case_id"), "party", ["case_id"])
    op.create_index(op.f("ix_party_identifier"), "party", ["identifier"])
    op.create_index(op.f("ix_party_name"), "party", ["name"])

    op.create_table(
        "proceeding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="1, 2, … within the case"),
        sa.Column(
            "channel",
            sa.Enum(
                "people",
                "judicial",
                "administrative",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="The organisation's own number, kept for ever"),
        sa.Column("number_year", sa.Integer(), nullable=False),
        sa.Column("number_seq", sa.Integer(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="Entered by mistake; its number stays taken (作废)"),
        sa.Column("registered_by_id", sa.Integer(), nullable=True, comment="Account; empty: an import"),
        sa.Column("unknown_facts", sa.Text(), nullable=False, comment="Facts an import could not know: ,code,code,"),
        sa.Column(
            "court_procedure",
            sa.Enum(
                "ordinary", "simplified", name="courtprocedure", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("is_complex", sa.Boolean(), nullable=False, comment="Complex patent matter: longer limit"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.Column(
            "state",
            sa.Enum(
                "registered",
                "not_accepted",
                "accepted",
                "mediating",
                "suspended",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state_before",
            sa.Enum(
                "registered",
                "not_accepted",
                "accepted",
                "mediating",
                "suspended",
                "ended",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
            comment="What a suspension left",
        ),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column(
            "entry_form",
            sa.Enum(
                "own",
                "delegated",
                "entrusted",
                "invited",
                "transferred",
                "joint",
                "assisted",
                name="entryform",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("letter_number", sa.Text(), nullable=True),
        sa.Column("referral_on", sa.Date(), nullable=True),
        sa.Column("respondent_consent_on", sa.Date(), nullable=True),
        sa.Column("not_accepted_on", sa.Date(), nullable=True),
        sa.Column(
            "not_accepted_reason",
            sa.Enum(
                "respondent_refused",
                "respondent_silent",
                "not_competent",
                "materials_missing",
                "withdrawn_early",
                "passed_on",
                "other",
                name="notacceptedreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("first_contact_on", sa.Date(), nullable=True),
        sa.Column("fresh_consent_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "agreed_written",
                "agreed_oral",
                "agreed_part",
                "settled_withdrawn",
                "withdrawn",
                "transferred",
                "sham_found",
                "refused_by_party",
                "unreachable",
                "deadlock",
                "limit_passed",
                "refused_to_sign",
                "other_neutral",
                "other_failure",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("outcome_reason", sa.Text(), nullable=True),
        sa.Column("routes_explained", sa.Boolean(), nullable=True),
        sa.Column(
            "onward_route",
            sa.Enum(
                "none",
                "trial",
                "adjudication",
                "arbitration",
                "police",
                name="onwardroute",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column(
            "result_class",
            sa.Enum(
                "success",
                "part",
                "failure",
                "neutral",
                "never_started",
                name="outcomeclass",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
            comment="derived: class of the outcome, before any annulment",
        ),
        sa.Column("voided_on", sa.Date(), nullable=True, comment="derived: day its last agreement was annulled"),
        sa.Column("agreed_on", sa.Date(), nullable=True, comment="derived: first signing of an agreement"),
        sa.Column(
            "due_on", sa.Date(), nullable=True, comment="derived: last day of its limit with stops, extension"
        ),
        sa.Column(
            "due_certain", sa.Boolean(), nullable=False, comment="derived: the calendar knew every year it touched"
        ),
        sa.Column("is_extended", sa.Boolean(), nullable=False, comment="derived: the limit was extended"),
        sa.Column("original_due_on", sa.Date(), nullable=True, comment="derived: the limit without extension"),
        sa.Column("lead_id", sa.Integer(), nullable=True, comment="derived: present lead"),
        sa.CheckConstraint("(outcome IS NULL) = (state <> 'ended')", name=op.f("ck_proceeding_outcome_when_ended")),
        sa.CheckConstraint(
            "channel <> 'administrative' OR entry_form NOT IN ('own', 'delegated', 'entrusted', 'invited', 'transferred', 'joint', 'assisted') OR state NOT IN ('accepted', 'mediating', 'suspended', 'ended') OR respondent_consent_on IS NOT NULL OR unknown_facts LIKE '%,respondent_consent_on,%'",
            name=op.f("ck_proceeding_administrative_needs_respondent_consent_on"),
        ),
        sa.CheckConstraint(
            "channel <> 'judicial' OR entry_form NOT IN ('delegated', 'entrusted') OR state NOT IN ('accepted', 'mediating', 'suspended', 'ended') OR letter_number IS NOT NULL OR unknown_facts LIKE '%,letter_number,%'",
            name=op.f("ck_proceeding_judicial_needs_letter_number"),
        ),
        sa.CheckConstraint(
            "channel <> 'judicial' OR entry_form NOT IN ('delegated', 'entrusted') OR state NOT IN ('accepted', 'mediating', 'suspended', 'ended') OR referral_on IS NOT NULL OR unknown_facts LIKE '%,referral_on,%'",
            name=op.f("ck_proceeding_judicial_needs_referral_on"),
        ),
        sa.CheckConstraint(
            "outcome <> 'transferred' OR result_class = 'neutral'", name=op.f("ck_proceeding_transferred_is_neutral")
        ),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'mediating', 'suspended', 'ended') OR accepted_on IS NOT NULL OR unknown_facts LIKE '%,accepted_on,%'",
            name=op.f("ck_proceeding_needs_accepted_on"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('ended') OR ended_on IS NOT NULL OR unknown_facts LIKE '%,ended_on,%'",
            name=op.f("ck_proceeding_needs_ended_on"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('mediating') OR first_contact_on IS NOT NULL OR unknown_facts LIKE '%,first_contact_on,%'",
            name=op.f("ck_proceeding_needs_first_contact_on"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('mediating') OR started_on IS NOT NULL OR unknown_facts LIKE '%,started_on,%'",
            name=op.f("ck_proceeding_needs_started_on"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('ended') OR outcome IS NOT NULL OR unknown_facts LIKE '%,outcome,%'",
            name=op.f("ck_proceeding_needs_outcome"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('not_accepted') OR not_accepted_on IS NOT NULL OR unknown_facts LIKE '%,not_accepted_on,%'",
            name=op.f("ck_proceeding_needs_not_accepted_on"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('registered', 'not_accepted', 'accepted', 'mediating', 'suspended', 'ended') OR entry_form IS NOT NULL OR unknown_facts LIKE '%,entry_form,%'",
            name=op.f("ck_proceeding_needs_entry_form"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('registered', 'not_accepted', 'accepted', 'mediating', 'suspended', 'ended') OR received_on IS NOT NULL OR unknown_facts LIKE '%,received_on,%'",
            name=op.f("ck_proceeding_needs_received_on"),
        ),
        sa.CheckConstraint("(result_class IS NULL) = (outcome IS NULL)", name=op.f("ck_proceeding_outcome_has_class")),
        sa.CheckConstraint("accepted_on >= received_on", name=op.f("ck_proceeding_accepted_on_after_received_on")),
        sa.CheckConstraint("accepted_on >= referral_on", name=op.f("ck_proceeding_accepted_on_after_referral_on")),
        sa.CheckConstraint(
            "accepted_on >= respondent_consent_on", name=op.f("ck_proceeding_accepted_on_after_respondent_consent_on")
        ),
        sa.CheckConstraint("closed_on >= ended_on", name=op.f("ck_proceeding_closed_on_after_ended_on")),
        sa.CheckConstraint("closed_on >= not_accepted_on", name=op.f("ck_proceeding_closed_on_after_not_accepted_on")),
        sa.CheckConstraint("ended_on >= accepted_on", name=op.f("ck_proceeding_ended_on_after_accepted_on")),
        sa.CheckConstraint("ended_on >= started_on", name=op.f("ck_proceeding_ended_on_after_started_on")),
        sa.CheckConstraint("filed_on >= closed_on", name=op.f("ck_proceeding_filed_on_after_closed_on")),
        sa.CheckConstraint(
            "not_accepted_on >= received_on", name=op.f("ck_proceeding_not_accepted_on_after_received_on")
        ),
        sa.CheckConstraint("started_on >= accepted_on", name=op.f("ck_proceeding_started_on_after_accepted_on")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_proceeding_case_id_cases")),
        sa.ForeignKeyConstraint(["lead_id"], ["mediator.id"], name=op.f("fk_proceeding_lead_id_mediator")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_proceeding_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proceeding")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_proceeding_case_id_seq")),
        sa.UniqueConstraint("number", name=op.f("uq_proceeding_number")),
        sa.UniqueConstraint(
            "organisation_id",
            "number_year",
            "number_seq",
            name=op.f("uq_proceeding_organisation_id_number_year_number_seq"),
        ),
    )
    op.create_index(op.f("ix_proceeding_accepted_on"), "proceeding", ["accepted_on"])
    op.create_index(op.f("ix_proceeding_ended_on"), "proceeding", ["ended_on"])
    op.create_index(op.f("ix_proceeding_lead_id"), "proceeding", ["lead_id"])
    op.create_index("ix_proceeding_organisation_state", "proceeding", ["organisation_id", "state", "due_on"])
    op.create_index(
        "uq_proceeding_live",
        "proceeding",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("NOT is_void AND state IN ('registered', 'accepted', 'mediating', 'suspended')"),
        postgresql_where=sa.text("NOT is_void AND state IN ('registered', 'accepted', 'mediating', 'suspended')"),
    )

    op.create_table(
        "search_text",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_search_text_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_text")),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_why",
            sa.Enum(
                "signed_out",
                "ended_by_owner",
                "password_changed",
                "account_changed",
                "account_disabled",
                name="signinend",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_session")),
    )
    op.create_index(op.f("ix_sign_in_session_account_id"), "sign_in_session", ["account_id"])
    op.create_index(op.f("ix_sign_in_session_last_seen_at"), "sign_in_session", ["last_seen_at"])

    op.create_table(
        "spell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ended_on >= opened_on", name=op.f("ck_spell_days_in_order")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_spell_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spell")),
    )
    op.create_index(op.f("ix_spell_case_id"), "spell", ["case_id"])
    op.create_index("ix_spell_days", "spell", ["opened_on", "ended_on"])

    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False, comment="SHA-256 of the form as sent"),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_submission_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_submission_account_id_key")),
    )
    op.create_index(op.f("ix_submission_at"), "submission", ["at"])

    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column(
            "form",
            sa.Enum(
                "written",
                "oral",
                "court_statement",
                "performed_at_once",
                name="agreementform",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope",
            sa.Enum("whole", "part", name="agreementscope", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("respondents", sa.JSON(), nullable=False, comment="Ids of the parties bound"),
        sa.Column(
            "signed_on", sa.Date(), nullable=True, comment="Last party's signature; empty: an import did not know"
        ),
        sa.Column("mediator_signed_on", sa.Date(), nullable=True),
        sa.Column("sealed_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True, comment="derived by the channel's rule"),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("performance_due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("in_force", "void", name="agreementstate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column(
            "performance",
            sa.Enum(
                "not_due",
                "performed",
                "late",
                "partly",
                "not_performed",
                "enforced",
                "sued",
                name="performancestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("performed_on", sa.Date(), nullable=True),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.CheckConstraint("(state = 'void') = (voided_on IS NOT NULL)", name=op.f("ck_agreement_void_has_day")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_agreement_amount_positive")),
        sa.CheckConstraint("effective_on >= signed_on", name=op.f("ck_agreement_effective_after_signed")),
        sa.CheckConstraint("voided_on >= signed_on", name=op.f("ck_agreement_void_after_signed")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_agreement_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_proceeding_id"), "agreement", ["proceeding_id"])

    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "lead", "co", "assistant", name="mediatorrole", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("share", sa.Integer(), nullable=False, comment="Percent of the volume of work"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column(
            "relation",
            sa.Enum(
                "none", "consented", "related", name="relation", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
            comment="Check for relation; empty: import",
        ),
        sa.Column("by_self", sa.Boolean(), nullable=False, comment="Assigned by the mediator itself; shown"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name=op.f("ck_assignment_share_percent")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_assignment_days_in_order")),
        sa.ForeignKeyConstraint(["mediator_id"], ["mediator.id"], name=op.f("fk_assignment_mediator_id_mediator")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_assignment_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_mediator_id"), "assignment", ["mediator_id"])
    op.create_index(op.f("ix_assignment_proceeding_id"), "assignment", ["proceeding_id"])
    op.create_index(
        "uq_assignment_lead",
        "assignment",
        ["proceeding_id"],
        unique=True,
        sqlite_where=sa.text("role = 'lead' AND until_on IS NULL"),
        postgresql_where=sa.text("role = 'lead' AND until_on IS NULL"),
    )

    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="Recording order within the case"),
        sa.Column("proceeding_id", sa.Integer(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "register",
                "accept",
                "refuse",
                "withdraw_early",
                "assign",
                "replace",
                "start",
                "suspend",
                "resume",
                "extend",
                "agree",
                "end",
                "offer",
                "recall",
                "offer_accepted",
                "offer_rejected",
                "reopen",
                "supplement",
                "annul",
                "perform",
                "apply_confirmation",
                "decide_confirmation",
                "follow_up",
                "correct",
                "void_entry",
                "close",
                "file",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_from", sa.Text(), nullable=True),
        sa.Column("state_to", sa.Text(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True, comment="The day it took effect"),
        sa.Column("at_utc", sa.DateTime(timezone=True), nullable=False, comment="The instant it was recorded"),
        sa.Column("by_id", sa.Integer(), nullable=True, comment="Account; empty: the system"),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why so late, why corrected, why undone"),
        sa.Column("is_late", sa.Boolean(), nullable=False, comment="Recorded long after it took effect"),
        sa.Column("undo", sa.JSON(), nullable=False, comment="What VOID_ENTRY puts back"),
        sa.Column("voided_by", sa.Integer(), nullable=True, comment="seq of the VOID_ENTRY that undid it"),
        sa.Column(
            "digest", sa.Text(), nullable=False, comment="Keyed with the case's salt; the audit chain commits to it"
        ),
        sa.Column("audit_seq", sa.Integer(), nullable=False, comment="The audit event that commits to the digest"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_event_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_case_event_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_case_event_case_id_seq")),
    )
    op.create_index("ix_case_event_audit", "case_event", ["audit_seq"])
    op.create_index(op.f("ix_case_event_proceeding_id"), "case_event", ["proceeding_id"])

    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("new_due_on", sa.Date(), nullable=False),
        sa.Column("applicant_consents", sa.Boolean(), nullable=False),
        sa.Column("respondent_consents", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("applicant_consents AND respondent_consents", name=op.f("ck_extension_both_consent")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_extension_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index(op.f("ix_extension_proceeding_id"), "extension", ["proceeding_id"])

    op.create_table(
        "external_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "court",
                "platform",
                "administrative",
                "confirmation",
                "ledger",
                "other",
                name="numberkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Text(), nullable=False, comment="As written"),
        sa.Column("number_key", sa.Text(), nullable=False, comment="Normalised, for finding"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_external_number_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_external_number_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_number")),
        sa.UniqueConstraint("case_id", "kind", "number_key", name=op.f("uq_external_number_case_id_kind_number_key")),
    )
    op.create_index(op.f("ix_external_number_case_id"), "external_number", ["case_id"])
    op.create_index(op.f("ix_external_number_number_key"), "external_number", ["number_key"])

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=True, comment="1 to 5"),
        sa.Column("turned_criminal", sa.Boolean(), nullable=False),
        sa.Column("new_risk", sa.Text(), nullable=True),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_follow_up_satisfaction_scale")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_follow_up_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_proceeding_id"), "follow_up", ["proceeding_id"])

    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("to_organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "to_channel",
            sa.Enum(
                "people",
                "judicial",
                "administrative",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "competence",
                "parties_choice",
                "failed",
                "other",
                name="handoverreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("paper", sa.Text(), nullable=True),
        sa.Column("paper_number", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("respondents", sa.JSON(), nullable=False, comment="Ids of the parties concerned"),
        sa.Column("offered_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "rejected",
                "recalled",
                name="offerstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "rejection",
            sa.Enum(
                "not_competent",
                "papers_missing",
                "party_unwilling",
                "capacity",
                "other",
                name="offerrejection",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("receiver_id", sa.Integer(), nullable=True, comment="The receiver's proceeding"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (receiver_id IS NOT NULL)", name=op.f("ck_offer_accepted_has_receiver")
        ),
        sa.CheckConstraint("(state = 'pending') = (answered_on IS NULL)", name=op.f("ck_offer_answered_has_day")),
        sa.CheckConstraint("(state = 'rejected') = (rejection IS NOT NULL)", name=op.f("ck_offer_rejected_has_reason")),
        sa.CheckConstraint("answered_on >= offered_on", name=op.f("ck_offer_days_in_order")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_offer_case_id_cases")),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name=op.f("fk_offer_proceeding_id_proceeding")),
        sa.ForeignKeyConstraint(["receiver_id"], ["proceeding.id"], name=op.f("fk_offer_receiver_id_proceeding")),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"], ["organisation.id"], name=op.f("fk_offer_to_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(op.f("ix_offer_proceeding_id"), "offer", ["proceeding_id"])
    op.create_index("ix_offer_to", "offer", ["to_organisation_id", "state"])
    op.create_index(
        "uq_offer_pending",
        "offer",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )

    op.create_table(
        "result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "agreed",
                "not_agreed",
                "withdrawn",
                "transferred",
                "unknown",
                name="partyresult",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_result_party_id_party")),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name=op.f("fk_result_proceeding_id_proceeding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("proceeding_id", "party_id", name=op.f("uq_result_proceeding_id_party_id")),
    )
    op.create_index(op.f("ix_result_proceeding_id"), "result", ["proceeding_id"])

    op.create_table(
        "suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column(
            "from_unknown", sa.Boolean(), nullable=False, comment="An import did not know the day: runs from acceptance"
        ),
        sa.Column("resumed_on", sa.Date(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "appraisal",
                "validity",
                "sham_check",
                "other",
                "unknown",
                name="suspendreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("resumed_on >= from_on", name=op.f("ck_suspension_days_in_order")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_suspension_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
    )
    op.create_index(op.f("ix_suspension_proceeding_id"), "suspension", ["proceeding_id"])

    op.create_table(
        "tenure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proceeding_id", sa.Integer(), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("took_over", sa.Boolean(), nullable=False),
        sa.Column("handed_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["mediator_id"], ["mediator.id"], name=op.f("fk_tenure_mediator_id_mediator")),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name=op.f("fk_tenure_proceeding_id_proceeding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenure")),
    )
    op.create_index(op.f("ix_tenure_mediator_id"), "tenure", ["mediator_id"])
    op.create_index(op.f("ix_tenure_proceeding_id"), "tenure", ["proceeding_id"])

    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("court", sa.Text(), nullable=True, comment="Empty: an import did not know"),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "applied",
                "accepted",
                "confirmed",
                "rejected",
                "withdrawn",
                name="confirmationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows with every change; a form older than it is refused."
        ),
        sa.CheckConstraint("decided_on >= applied_on", name=op.f("ck_confirmation_days_in_order")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_confirmation_agreement_id_agreement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_confirmation_agreement_id")),
    )


def downgrade() -> None:
    """The same step back (tests only)."""
    op.drop_table("confirmation")
    op.drop_table("tenure")
    op.drop_table("suspension")
    op.drop_table("result")
    op.drop_table("offer")
    op.drop_table("follow_up")
    op.drop_table("external_number")
    op.drop_table("extension")
    op.drop_table("case_event")
    op.drop_table("assignment")
    op.drop_table("agreement")
    op.drop_table("submission")
    op.drop_table("spell")
    op.drop_table("sign_in_session")
    op.drop_table("search_text")
    op.drop_table("proceeding")
    op.drop_table("party")
    op.drop_table("ip_right")
    op.drop_table("training")
    op.drop_table("registration")
    op.drop_table("cases")
    op.drop_table("account")
    op.drop_table("site_setting")
    op.drop_table("sign_in_failure")
    op.drop_table("organisation")
    op.drop_table("mediator")
    op.drop_table("counter")
    triggers.drop(op.get_bind())
    op.drop_table("audit_event")
